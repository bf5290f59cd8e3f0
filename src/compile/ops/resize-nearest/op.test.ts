import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('resizeNearest', () => {
  const sizes: readonly (readonly [number, number])[] = [
    [4, 5],
    [8, 10],
    [3, 7],
    [1, 1],
    [9, 2],
  ];
  const modes = [{}, { alignCorners: true }, { halfPixelCenters: true }];
  for (const size of sizes) {
    it.each(modes)(`4 by 5 to ${size.join(' by ')}, %j`, (mode) => {
      const b = new Builder([4, 5, 3]);
      const graph = b.graph(b.op('resizeNearest', [0], { size, ...mode }));
      const { alignCorners = false, halfPixelCenters = false } = mode as Record<string, boolean>;
      expectLike(graph, (row) => {
        const x = batchOfOne(row, [4, 5, 3]) as tf.Tensor4D;
        return tf.image.resizeNearestNeighbor(x, [...size], alignCorners, halfPixelCenters);
      });
      expectInt8LikeReal(graph);
    });
  }

  it('refuses sizes that are none', () => {
    const b = new Builder([4, 5, 3]);
    expect(() => b.op('resizeNearest', [0], { size: [0, 3] })).toThrow(/SHAPE_MISMATCH/);
    expect(() => b.op('resizeNearest', [0], { size: [1.5, 3] })).toThrow(/SHAPE_MISMATCH/);
  });
});
