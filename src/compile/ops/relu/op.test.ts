import { describe, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe.each(['relu', 'relu6'] as const)('%s', (kind) => {
  it('clamps', () => {
    const b = new Builder([50]);
    const graph = b.graph(b.op(kind, [0]));
    const scaled = (row: Float32Array): tf.Tensor => batchOfOne(row, [50]);
    expectLike(graph, (row) => (kind === 'relu' ? tf.relu(scaled(row)) : tf.relu6(scaled(row))));
    expectInt8LikeReal(graph);
  });
});
