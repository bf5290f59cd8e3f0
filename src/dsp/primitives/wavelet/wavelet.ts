import type { Work } from '../../../cost.js';
import { Sum } from '../compensated/compensated.js';
import { mirrored } from '../mirror/mirror.js';

const f32 = Math.fround;
const sum = new Sum();

/** Values that {@link analyse} gives for n samples. */
export function halfCount(n: number, taps: number): number {
  return Math.floor((n + taps - 1) / 2);
}

/** Counts of {@link analyse}. */
export function analyseWork(n: number, taps: number): Work {
  const count = halfCount(n, taps);
  return { flop: 8 * taps * count, int: (3 * taps + 10) * count };
}

/**
 * One half of one level of the discrete wavelet transform (Mallat 1989): `y[i] = sum_j filter[j] x[2i + 1 - j]`, where
 * `x[0..n-1]` goes on as its own mirror image (half-point symmetry). Returns the count of y. Needs at least as many samples
 * as taps. Sums carry their rounding errors along: histograms of the result notice the last digits. Performs the same float32 operations as wavelet.h.
 *
 * @example
 * ```ts
 * const y = new Float32Array(2);
 * analyse(Float32Array.of(1, 3, 5, 7), 4, Float32Array.of(0.5, 0.5), y); // 2; y is 2, 6
 * ```
 */
export function analyse(x: Float32Array, n: number, filter: Float32Array, y: Float32Array): number {
  const taps = filter.length;
  const count = halfCount(n, taps);
  for (let i = 0; i < count; i++) {
    const latest = 2 * i + 1;
    const isInside = latest + 1 >= taps && latest < n;
    sum.clear();
    for (let j = 0; j < taps; j++) {
      const at = isInside ? latest - j : mirrored(latest - j, n);
      sum.add(f32(filter[j]! * x[at]!));
    }
    y[i] = sum.value();
  }
  return count;
}
