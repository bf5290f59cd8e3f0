import { describe, expect, it } from 'vitest';
import { conforms } from '../testing/conformance.js';
import { bindSignal, codeOf, runStage } from '../testing/index.js';
import { raw } from './raw.js';

conforms({ name: 'raw', golden: 'raw', version: 1, schema: raw.schema, stage: bindSignal(raw(), 10, ['x', 'y'], 50) });

describe('raw', () => {
  it('scales images too', () => {
    const image = {
      kind: 'image',
      axes: [
        { name: 'height', size: 1 },
        { name: 'width', size: 2 },
      ],
    } as const;
    const bound = raw({ scale: 0.5 }).bind(image);
    expect([...runStage(bound, Float32Array.of(3, 5))]).toEqual([1.5, 2.5]);
  });

  it('refuses a factor that is not finite', () => {
    expect(codeOf(() => raw({ scale: Number.NaN }))).toBe('BAD_OPTION');
  });

  it('counts the same work for every value, and less without a factor', () => {
    const work = (samples: number, scale: number) => bindSignal(raw({ scale }), samples, ['x'], 50).work;
    expect(work(200, 0.5).flop).toBeCloseTo(10 * work(20, 0.5).flop!);
    expect(work(20, 1)).toEqual({ int: work(20, 0.5).int });
  });
});
