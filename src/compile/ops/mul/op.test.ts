import { describe, expect, it } from 'vitest';
import {
  batchOfOne,
  broadcasts,
  expectInt8LikeReal,
  expectLike,
  fingerprint,
  type Scale,
  storedPairs,
  tf,
} from '../../testing/conformance.js';
import { Builder, randomRows } from '../../testing/random-graph.js';

const real = ([scale, zero]: Scale): Scale => [Math.fround(scale), zero];

describe('mul', () => {
  it.each(['none', 'relu', 'relu6'] as const)('clamps: %s', (activation) => {
    const b = new Builder([3, 4, 2]);
    const graph = b.graph(b.op('mul', [b.op('relu6', [0]), 0], { activation }));
    const clampBy = { none: (x: tf.Tensor) => x, relu: tf.relu, relu6: tf.relu6 }[activation];
    expectLike(graph, (row) => {
      const x = batchOfOne(row, [3, 4, 2]);
      return clampBy(tf.mul(tf.relu6(x), x));
    });
  });

  it.each(broadcasts())('broadcasts %j with a constant %j, first: %s', (shape, other, first) => {
    const b = new Builder(shape);
    const [values] = randomRows(new Builder(other).graph(0), 1, 3) as [Float32Array];
    const operands = [0, b.constant(other, values)];
    const graph = b.graph(b.op('mul', first ? operands.reverse() : operands));
    expectLike(graph, (row) => {
      const [x, constant] = [batchOfOne(row, shape), tf.tensor(values, [...other])];
      return first ? tf.mul(constant, x) : tf.mul(x, constant);
    });
    expectInt8LikeReal(graph);
  });

  // Fingerprints of all 65536 results of a program that does the reference's arithmetic in its own integer types.
  it.each<[Scale, Scale, Scale, number]>([
    [[0.02, -3], [0.05, 11], [0.04, -20], 1208120682],
    [[0.1, -128], [0.003, 0], [0.06, 7], 3419531319],
    [[0.0471, 127], [0.0471, -128], [0.09, 0], 3325501794],
    [[0.0312, 5], [0.7, -90], [0.41, 3], 3576664680],
  ])('int8: %j and %j to %j gives the reference bits', (a, b, output, expected) => {
    const stored = storedPairs('mul', real(a), real(b), real(output));
    expect(fingerprint(stored)).toBe(expected);
    const worst = stored.reduce((most, value, i) => {
      const x = ((i >> 8) - 128 - a[1]) * a[0];
      const y = ((i & 255) - 128 - b[1]) * b[0];
      const wanted = output[1] + (x * y) / output[0];
      return Math.max(most, Math.abs(value - Math.max(-128, Math.min(127, wanted))));
    }, 0);
    // Both roundings of the reference together.
    expect(worst).toBeLessThanOrEqual(0.75);
  });
});
