import { describe, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf, weights } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('dense', () => {
  it.each([
    [1, 1],
    [7, 3],
    [64, 12],
    [33, 20],
  ])('%d inputs, %d outputs', (inputSize, outputs) => {
    for (const activation of ['none', 'relu', 'relu6'] as const) {
      const b = new Builder([inputSize]);
      const { inputs, w, bias } = weights(b, [outputs, inputSize], outputs, inputSize);
      const graph = b.graph(b.op('dense', [0, ...inputs], { activation }));
      expectLike(graph, (row) => {
        const y = tf.matMul(batchOfOne(row, [inputSize]), tf.tensor2d(w, [outputs, inputSize]), false, true);
        const sum = tf.add(y, tf.tensor1d(bias));
        return activation === 'none' ? sum : activation === 'relu' ? tf.relu(sum) : tf.relu6(sum);
      });
      expectInt8LikeReal(graph);
    }
  });
});
