import { describe, expect, it } from 'vitest';
import { Builder } from '../testing/random-graph.js';
import { scaleGroups } from './scale-groups.js';

describe('scaleGroups', () => {
  it('joins outputs to inputs and the inputs of a concat to one another, through what only moves values', () => {
    const b = new Builder([4, 4, 2]);
    const padded = b.op('pad', [0], { pads: [1, 1, 1, 1] });
    const pooled = b.op('maxPool2d', [padded], { pool: [3, 3] });
    const active = b.op('leakyRelu', [0], { alpha: 0.1 });
    const bounded = b.op('tanh', [0]);
    const concat = b.op('concat', [pooled, active, bounded], { axis: 2 });
    const apart = b.op('relu', [concat]);
    const { group, sources } = scaleGroups(b.graph(apart));
    expect([padded, pooled, active, concat].map((i) => group[i])).toEqual(Array(4).fill(group[0]));
    expect(sources.get(group[0]!)!.toSorted((x, y) => x - y)).toEqual([0, active, concat]);
    expect(sources.get(group[bounded]!)).toBeUndefined();
    expect(sources.get(group[apart]!)).toEqual([apart]);
  });
});
