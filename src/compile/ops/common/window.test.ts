import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../../errors.js';
import type { Attributes, Padding } from '../../graph.js';
import type { Node } from '../../op.js';
import { padsOf, windowOf } from './window.js';

function node(attributes: Attributes, shape = [7, 6, 2]): Node {
  return {
    name: 'n',
    inputs: [{ name: 'x', shape, dtype: 'f32' }],
    output: { name: 'y', shape, dtype: 'f32' },
    attributes,
  };
}

describe('windows', () => {
  it('with padding in numbers see what they would see of an input with as many zeros around it', () => {
    const pads = { top: 2, bottom: 1, left: 0, right: 2 };
    const strides = [2, 1] as const;
    const w = windowOf(node({ padding: pads, strides }), [3, 3], 4);
    const wide = windowOf(node({ strides }, [7 + 3, 6 + 2, 2]), [3, 3], 4);
    expect([w.outHeight, w.outWidth]).toEqual([wide.outHeight, wide.outWidth]);
    expect([...w.rows.origin]).toEqual([...wide.rows.origin].map((o) => o - pads.top));
    expect([...w.columns.origin]).toEqual([...wide.columns.origin]);
    expect([...w.rows.first]).toEqual([2, 0, 0, 0]);
    expect([...w.rows.end]).toEqual([3, 3, 3, 3]);
    expect([...w.columns.end]).toEqual([3, 3, 3, 3, 2, 1]);
  });

  it('know their padding in numbers', () => {
    for (const strides of [
      [1, 1],
      [2, 3],
    ] as const) {
      for (const dilations of [
        [1, 1],
        [2, 1],
      ] as const) {
        const same = node({ padding: 'same', strides, dilations });
        const numbers = node({ padding: padsOf(same, [3, 4]), strides, dilations });
        expect(windowOf(numbers, [3, 4], 1)).toEqual(windowOf(same, [3, 4], 1));
      }
    }
    expect(padsOf(node({ padding: 'valid' }), [3, 3])).toEqual({ top: 0, bottom: 0, left: 0, right: 0 });
  });

  it.each([-1, 0.5, 3, 1e9, Number.NaN, '1'])('refuse a padding of %s', (top) => {
    const padding = { top, bottom: 0, left: 0, right: 0 } as Padding;
    expect(() => windowOf(node({ padding }), [3, 3], 1)).toThrow(ImpulseError);
  });
});
