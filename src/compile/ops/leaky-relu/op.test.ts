import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, fingerprint, storedTable, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

const f = Math.fround;

describe('leakyRelu', () => {
  it.each([0, 0.1, 0.3, 1.5, -0.5])('slope %d', (alpha) => {
    const b = new Builder([50]);
    const graph = b.graph(b.op('leakyRelu', [0], { alpha }));
    expectLike(graph, (row) => tf.leakyRelu(batchOfOne(row, [50]), alpha));
    expectInt8LikeReal(graph);
  });

  it('int8: is within a step of the real function, for every stored value', () => {
    const table = storedTable('leakyRelu', [f(0.05), 10], [f(0.07), -20], { alpha: f(0.2) });
    table.forEach((stored, i) => {
      const x = (i - 128 - 10) * f(0.05);
      const real = -20 + (x > 0 ? x : x * f(0.2)) / f(0.07);
      expect(Math.abs(stored - Math.max(-128, Math.min(127, real)))).toBeLessThanOrEqual(0.75);
    });
  });

  // Fingerprints of the 256 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.001, -128, 0.0093, 3, 247234236],
    [0.001, -128, 0.2, 3, 98059833],
    [0.0117, -128, 0.05, 3, 383392004],
    [0.0312, -128, 0.0312, 3, 1063027029],
    [0.0471, -128, 0.0093, 3, 4275550943],
    [0.0471, -128, 0.2, 3, 913172292],
    [0.0625, -128, 0.05, 3, 4269360325],
    [0.12345, -128, 0.0312, 3, 2144772801],
    [0.9, -128, 0.0093, 3, 3380888364],
    [0.9, -128, 0.2, 3, 2462265277],
  ])('int8: from %d, %d to %d, %d gives the reference bits', (scaleIn, zeroIn, scaleOut, zeroOut, expected) => {
    const table = storedTable('leakyRelu', [f(scaleIn), zeroIn], [f(scaleOut), zeroOut], { alpha: f(0.3) });
    expect(fingerprint(table)).toBe(expected);
  });
});
