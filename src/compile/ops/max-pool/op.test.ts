import { describe, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf, windows } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('maxPool2d', () => {
  for (const { shape, kernel, attributes } of windows()) {
    const { padding, strides, dilations } = attributes;
    if (Math.max(...dilations!) > 1) continue;
    it(`${shape} by ${kernel}, ${padding}, stride ${strides}`, () => {
      const b = new Builder([...shape, 3]);
      const graph = b.graph(b.op('maxPool2d', [0], { padding: padding!, strides: strides!, pool: kernel }));
      expectLike(graph, (row) => {
        return tf.maxPool(batchOfOne(row, [...shape, 3]) as tf.Tensor4D, kernel, [...strides!], padding!);
      });
      expectInt8LikeReal(graph);
    });
  }

  it('clamps by its activation', () => {
    const b = new Builder([4, 4, 2]);
    const graph = b.graph(b.op('maxPool2d', [0], { pool: [2, 2], strides: [2, 2], activation: 'relu' }));
    expectLike(graph, (row) => tf.relu(tf.maxPool(batchOfOne(row, [4, 4, 2]) as tf.Tensor4D, 2, 2, 'valid')));
    expectInt8LikeReal(graph);
  });
});
