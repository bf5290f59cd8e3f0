import { describe, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf, weights, windows } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('depthwiseConv2d', () => {
  for (const multiplier of [1, 2]) {
    for (const { shape, kernel, attributes } of windows()) {
      const { padding, strides, dilations } = attributes;
      // tfjs has one stride for both dimensions, and none besides 1 under dilation.
      if (strides![0] !== strides![1]) continue;
      it(`${shape} by ${kernel}, multiplier ${multiplier}, ${padding}, stride ${strides}, dilation ${dilations}`, () => {
        const b = new Builder([...shape, 3]);
        const { inputs, w, bias } = weights(b, [1, ...kernel, 3 * multiplier], 3 * multiplier, 1);
        const graph = b.graph(b.op('depthwiseConv2d', [0, ...inputs], attributes));
        expectLike(graph, (row) => {
          const filter = tf.tensor4d(w, [...kernel, 3, multiplier]);
          const x = batchOfOne(row, [...shape, 3]) as tf.Tensor4D;
          const y = tf.depthwiseConv2d(x, filter, [...strides!], padding!, 'NHWC', [...dilations!]);
          return tf.add(y, tf.tensor1d(bias));
        });
        expectInt8LikeReal(graph);
      });
    }
  }
});
