import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';
import { transpose } from './op.js';

const orders: readonly (readonly [readonly number[], readonly number[], boolean])[] = [
  [[3, 4, 5], [0, 1, 2], true],
  [[3, 4, 5], [1, 0, 2], false],
  [[3, 4, 5], [2, 0, 1], false],
  [[3, 4, 5], [2, 1, 0], false],
  [[1, 4, 5], [1, 0, 2], true],
  [[1, 4, 5], [2, 0, 1], false],
  [[3, 1, 5], [0, 2, 1], true],
  [[6, 2], [1, 0], false],
  [[1, 1, 7], [2, 1, 0], true],
  [[2, 3, 2, 4], [0, 1, 3, 2], false],
];

describe('transpose', () => {
  it.each(orders)('%j in the order %j, only renames: %s', (shape, perm, renames) => {
    const b = new Builder(shape);
    const graph = b.graph(b.op('transpose', [0], { perm }));
    expectLike(graph, (row) => tf.transpose(batchOfOne(row, shape), [0, ...perm.map((d) => d + 1)]));
    expectInt8LikeReal(graph);
    const [input, output] = graph.tensors as [(typeof graph.tensors)[0], (typeof graph.tensors)[0]];
    expect(transpose.renames!({ name: 't', attributes: { perm }, inputs: [input], output })).toBe(renames);
  });

  it('refuses what is not an order, and more dimensions than loops', () => {
    const b = new Builder([2, 3, 4, 5]);
    for (const perm of [
      [0, 1, 2],
      [0, 0, 1, 2],
      [0, 1, 2, 4],
    ]) {
      expect(() => b.op('transpose', [0], { perm })).toThrow(/SHAPE_MISMATCH/);
    }
    expect(() => b.op('transpose', [0], { perm: [3, 2, 1, 0] })).toThrow(/SHAPE_MISMATCH/);
  });
});
