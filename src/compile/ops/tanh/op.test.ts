import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, fingerprint, storedTable, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

const f = Math.fround;

describe('tanh', () => {
  const b = new Builder([50]);
  const graph = b.graph(b.op('tanh', [0]));

  it('computes what tfjs does', () => {
    expectLike(graph, (row) => tf.tanh(batchOfOne(row, [50])));
    expectInt8LikeReal(graph);
  });

  // The curve is exact to 1e-7, so that only results very near to a half may round the other way.
  it('int8: rounds the real curve, for every stored value', () => {
    for (const scale of [0.002, 0.02, 0.047, 0.1, 1.3]) {
      storedTable('tanh', [f(scale), -17], [1 / 128, 0]).forEach((stored, i) => {
        const x = (i - 128 + 17) * f(scale);
        const real = Math.min(127, 128 * Math.tanh(x));
        expect(Math.abs(stored - real)).toBeLessThanOrEqual(0.5001);
      });
    }
  });

  // Fingerprints of the 256 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.001, -128, 546220061],
    [0.001, 127, 3783167409],
    [0.0117, 5, 1606818715],
    [0.0312, 0, 668653641],
    [0.0471, -17, 1657511119],
    [0.0625, -128, 2876079365],
    [0.0625, 127, 1920650419],
    [0.12345, 5, 3843437886],
    [0.9, 0, 1038628533],
    [7.3, -17, 2341260981],
  ])('int8: input scale %d and zero point %d give the reference bits', (scale, zeroPoint, expected) => {
    expect(fingerprint(storedTable('tanh', [f(scale), zeroPoint], [1 / 128, 0]))).toBe(expected);
  });
});
