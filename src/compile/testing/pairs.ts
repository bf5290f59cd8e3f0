/** Tests that operators on pairs of elements have in common. */
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
} from './conformance.js';
import { Builder, randomRows } from './random-graph.js';

/** An operator `y = f(a, b)` and what other programs say of it. */
export interface Pairs {
  readonly kind: 'mul' | 'sub';
  readonly float: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  readonly real: (a: number, b: number) => number;
  /** Scales of a, b and y, and of all 65536 stored results of a program that does the reference's arithmetic. */
  readonly fingerprints: readonly (readonly [Scale, Scale, Scale, number])[];
}

const stored32 = ([scale, zero]: Scale): Scale => [Math.fround(scale), zero];

/** Activation, broadcasting and int8 arithmetic of an operator on pairs. */
export function describePairs({ kind, float, real, fingerprints }: Pairs): void {
  describe(kind, () => {
    it.each(['none', 'relu', 'relu6'] as const)('clamps: %s', (activation) => {
      const b = new Builder([3, 4, 2]);
      const graph = b.graph(b.op(kind, [b.op('relu6', [0]), 0], { activation }));
      const clampBy = { none: (x: tf.Tensor) => x, relu: tf.relu, relu6: tf.relu6 }[activation];
      expectLike(graph, (row) => {
        const x = batchOfOne(row, [3, 4, 2]);
        return clampBy(float(tf.relu6(x), x));
      });
    });

    it.each(broadcasts())('broadcasts %j with a constant %j, first: %s', (shape, other, first) => {
      const b = new Builder(shape);
      const [values] = randomRows(new Builder(other).graph(0), 1, 3) as [Float32Array];
      const operands = [0, b.constant(other, values)];
      const graph = b.graph(b.op(kind, first ? operands.reverse() : operands));
      expectLike(graph, (row) => {
        const [x, constant] = [batchOfOne(row, shape), tf.tensor(values, [...other])];
        return first ? float(constant, x) : float(x, constant);
      });
      expectInt8LikeReal(graph);
    });

    it.each(fingerprints)('int8: %j and %j to %j gives the reference bits', (a, b, output, expected) => {
      const stored = storedPairs(kind, stored32(a), stored32(b), stored32(output));
      expect(fingerprint(stored)).toBe(expected);
      const worst = stored.reduce((most, value, i) => {
        const x = ((i >> 8) - 128 - a[1]) * a[0];
        const y = ((i & 255) - 128 - b[1]) * b[0];
        const wanted = output[1] + real(x, y) / output[0];
        return Math.max(most, Math.abs(value - Math.max(-128, Math.min(127, wanted))));
      }, 0);
      // Both roundings of the reference together.
      expect(worst).toBeLessThanOrEqual(0.75);
    });
  });
}
