import { describe, it } from 'vitest';
import { random } from '../../../random.js';
import { optimize } from '../../optimize/optimize.js';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder, noise } from '../../testing/random-graph.js';

describe('batchNorm', () => {
  it.each([[[5]], [[1, 7, 5]], [[3, 4, 5]]])('lowered, over %j', (shape) => {
    const b = new Builder(shape);
    const [gamma, beta, mean] = [1, 2, 3].map((seed) => noise(random(seed), 5)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const variance = noise(random(4), 5).map((v) => v * v + 0.2);
    const constants = [gamma, beta, mean, variance].map((data) => b.constant([5], data));
    const graph = optimize(b.graph(b.op('batchNorm', [0, ...constants], { epsilon: 1e-3 })));
    expectLike(graph, (row) => {
      const [m, v, o, s] = [mean, variance, beta, gamma].map((data) => tf.tensor1d(data)) as tf.Tensor1D[];
      return tf.batchNorm(batchOfOne(row, shape), m!, v!, o, s, 1e-3);
    });
    expectInt8LikeReal(graph);
  });
});
