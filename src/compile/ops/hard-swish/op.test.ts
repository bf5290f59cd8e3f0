import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, fingerprint, storedTable, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

const f = Math.fround;

describe('hardSwish', () => {
  it('computes x * relu6(x + 3) / 6', () => {
    const b = new Builder([50]);
    const graph = b.graph(b.op('hardSwish', [0]));
    expectLike(graph, (row) => {
      const x = batchOfOne(row, [50]);
      return tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6);
    });
    expectInt8LikeReal(graph);
  });

  it.each([0.002, 0.02, 0.06, 0.15])(
    'int8: is within one step of the real function, for every stored value at %d',
    (scale) => {
      storedTable('hardSwish', [f(scale), -30], [f(0.05), -100]).forEach((stored, i) => {
        const x = (i - 128 + 30) * f(scale);
        const real = -100 + (x * Math.min(6, Math.max(0, x + 3))) / 6 / f(0.05);
        expect(Math.abs(stored - Math.max(-128, Math.min(127, real)))).toBeLessThanOrEqual(1);
      });
    },
  );

  // Fingerprints of the 256 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.001, -128, 0.0093, 3, 3971942426],
    [0.001, -128, 0.2, 3, 1517861942],
    [0.0117, -128, 0.05, 3, 192188397],
    [0.0312, -128, 0.0312, 3, 4292212819],
    [0.0471, -128, 0.0093, 3, 1097102852],
    [0.0471, -128, 0.2, 3, 3191513654],
    [0.0625, -128, 0.05, 3, 2275256524],
    [0.12345, -128, 0.0312, 3, 2312211719],
    [0.9, -128, 0.0093, 3, 651985898],
    [0.9, -128, 0.2, 3, 1335618866],
  ])('int8: from %d, %d to %d, %d gives the reference bits', (scaleIn, zeroIn, scaleOut, zeroOut, expected) => {
    expect(fingerprint(storedTable('hardSwish', [f(scaleIn), zeroIn], [f(scaleOut), zeroOut]))).toBe(expected);
  });

  it('int8: refuses an input scale that its arithmetic cannot take', () => {
    expect(() => storedTable('hardSwish', [200, 0], [1, 0])).toThrow(/UNSUPPORTED/);
  });
});
