import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, fingerprint, storedTable, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

const f = Math.fround;

describe('logistic', () => {
  const b = new Builder([50]);
  const graph = b.graph(b.op('logistic', [0]));

  it('computes what tfjs does', () => {
    expectLike(graph, (row) => tf.sigmoid(batchOfOne(row, [50])));
    expectInt8LikeReal(graph);
  });

  // The curve is exact to 1e-7, so that only results very near to a half may round the other way.
  it('int8: rounds the real curve, for every stored value', () => {
    for (const scale of [0.002, 0.02, 0.047, 0.1, 1.3]) {
      storedTable('logistic', [f(scale), -17], [1 / 256, -128]).forEach((stored, i) => {
        const x = (i - 128 + 17) * f(scale);
        const real = Math.min(127, 256 / (1 + Math.exp(-x)) - 128);
        expect(Math.abs(stored - real)).toBeLessThanOrEqual(0.5001);
      });
    }
  });

  // Fingerprints of the 256 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.001, -128, 1996666226],
    [0.001, 127, 2032905886],
    [0.0117, 5, 1612464732],
    [0.0312, 0, 1261127364],
    [0.0471, -17, 1029067148],
    [0.0625, -128, 2998100069],
    [0.0625, 127, 3303709277],
    [0.12345, 5, 2253463527],
    [0.9, 0, 3176766526],
    [7.3, -17, 2341260981],
  ])('int8: input scale %d and zero point %d give the reference bits', (scale, zeroPoint, expected) => {
    expect(fingerprint(storedTable('logistic', [f(scale), zeroPoint], [1 / 256, -128]))).toBe(expected);
  });
});
