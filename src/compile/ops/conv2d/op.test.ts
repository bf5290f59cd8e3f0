import { describe, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf, weights, windows } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('conv2d', () => {
  for (const { shape, kernel, attributes } of windows()) {
    const { padding, strides, dilations } = attributes;
    it(`${shape} by ${kernel}, ${padding}, stride ${strides}, dilation ${dilations}`, () => {
      const b = new Builder([...shape, 3]);
      const { inputs, w, bias } = weights(b, [4, ...kernel, 3], 4, 1);
      const graph = b.graph(b.op('conv2d', [0, ...inputs], attributes));
      expectLike(graph, (row) => {
        const filter = tf.transpose(tf.tensor4d(w, [4, ...kernel, 3]), [1, 2, 3, 0]);
        const x = batchOfOne(row, [...shape, 3]) as tf.Tensor4D;
        const y = tf.conv2d(x, filter, [...strides!], padding!, 'NHWC', [...dilations!]);
        return tf.add(y, tf.tensor1d(bias));
      });
      expectInt8LikeReal(graph);
    });
  }

  it.each(['relu', 'relu6'] as const)('clamps by its activation: %s', (activation) => {
    const b = new Builder([1, 20, 2]);
    const { inputs, w, bias } = weights(b, [5, 1, 3, 2], 5, 2);
    const graph = b.graph(b.op('conv2d', [0, ...inputs], { activation }));
    expectLike(graph, (row) => {
      const filter = tf.transpose(tf.tensor4d(w, [5, 1, 3, 2]), [1, 2, 3, 0]);
      const x = batchOfOne(row, [1, 20, 2]) as tf.Tensor4D;
      const y = tf.add(tf.conv2d(x, filter, 1, 'valid'), tf.tensor1d(bias));
      return activation === 'relu' ? tf.relu(y) : tf.relu6(y);
    });
    expectInt8LikeReal(graph);
  });
});
