import { describe, expect, it } from 'vitest';
import type { Slice } from '../../graph.js';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';
import { stridedSlice } from './op.js';

const slice = (begin: number[], end: number[], strides: number[]): Slice => ({ begin, end, strides });
const slices: readonly (readonly [readonly number[], Slice, boolean])[] = [
  [[4, 5, 3], slice([0, 0, 0], [4, 5, 3], [1, 1, 1]), true],
  [[4, 5, 3], slice([1, 2, 0], [3, 5, 3], [1, 1, 1]), false],
  [[4, 5, 3], slice([0, 1, 2], [4, 5, 3], [2, 3, 1]), false],
  [[4, 5, 3], slice([3, 4, 2], [-1, -1, -1], [-1, -2, -1]), false],
  [[4, 5, 3], slice([3, 0, 1], [0, 5, 2], [-2, 1, 1]), false],
  [[1, 9, 2], slice([0, 8, 0], [1, 2, 2], [1, -1, 1]), false],
  [[7], slice([1], [6], [2]), false],
];

describe('stridedSlice', () => {
  it.each(slices)('%j by %j, only renames: %s', (shape, part, renames) => {
    const b = new Builder(shape);
    const graph = b.graph(b.op('stridedSlice', [0], { slice: part }));
    // tfjs counts negative ends from the back, so ends before the first value are masked.
    const mask = part.end.reduce((bits, end, d) => bits | (end === -1 ? 2 << d : 0), 0);
    const [begin, end, strides] = [
      [0, ...part.begin],
      [1, ...part.end],
      [1, ...part.strides],
    ];
    expectLike(graph, (row) => tf.stridedSlice(batchOfOne(row, shape), begin, end, strides, 0, mask));
    expectInt8LikeReal(graph);
    const [input, output] = graph.tensors as [(typeof graph.tensors)[0], (typeof graph.tensors)[0]];
    expect(stridedSlice.renames!({ name: 's', attributes: { slice: part }, inputs: [input], output })).toBe(renames);
  });

  it('refuses parts outside of the input, empty ones and steps of 0', () => {
    const b = new Builder([7]);
    const parts: readonly (readonly [number, number, number])[] = [
      [0, 8, 1],
      [-1, 3, 1],
      [7, 8, 1],
      [3, 3, 1],
      [3, 5, -1],
      [2, -2, -1],
      [0, 3, 0],
      [0.5, 3, 1],
    ];
    for (const [begin, end, stride] of parts) {
      expect(() => b.op('stridedSlice', [0], { slice: slice([begin], [end], [stride]) })).toThrow(/SHAPE_MISMATCH/);
    }
    expect(() => b.op('stridedSlice', [0])).toThrow(/SHAPE_MISMATCH/);
  });
});
