import type { Work } from '../../../cost.js';

/** `32768 sin(2 pi k / size)`, k = 0..size/4, rounded. */
export const sineTable = (size: number): Uint16Array =>
  Uint16Array.from({ length: size / 4 + 1 }, (_, k) => Math.round(32_768 * Math.sin((2 * Math.PI * k) / size)));

/** Counts of {@link powerSpectrum}, as the loops in fft.h do them. */
export function fftWork(size: number): Work {
  let int = 0;
  for (let n = size; n >= 4; n /= 2) int += 26 * (n / 4) + transformWork(n / 4) + 16 * (n / 4);
  return { int };
}

function transformWork(points: number): number {
  const odd = Math.log2(points) % 2 === 1;
  let int = 10 * points;
  for (let length = odd ? 2 : 1; length < points; length *= 4) {
    int += (points / 4) * 16 + (points / 4 / length) * (length - 1) * 54;
  }
  return int;
}

/** (a c + b s) / 32768, rounded down; exact, because no product is longer than 46 bits. */
const turned = (a: number, b: number, c: number, s: number): number => Math.floor((a * c + b * s) / 32_768);

/**
 * Powers `|X[b] / 2^powerShift|^2`, b = 0..size/2, of the spectrum of `size` whole numbers; returns their sum.
 *
 * `x [size], power [size/2 + 1]`; x is lost. The algorithm of the float transform (see ../fft/fft.ts) with sines of 16
 * bits. Samples are shifted right by `shift` first, if that is positive; then their magnitudes sum up to at most 2^30, and so does every
 * value on the way, so none overflows and none has to be scaled down between passes. Powers are exact whole numbers:
 * the caller's `powerShift` keeps them and their sums below 2^53. Performs the same operations as fft.h.
 *
 * @example
 * ```ts
 * powerSpectrum(Int32Array.of(1, 1, 1, 1), sineTable(4), 0, 0, power); // power is now 16, 0, 0
 * ```
 */
export function powerSpectrum(
  x: Int32Array,
  sine: Uint16Array,
  shift: number,
  powerShift: number,
  power: Float64Array,
): number {
  const size = x.length;
  const powerOf = (re: number, im: number): number =>
    (Math.abs(re) >> powerShift) ** 2 + (Math.abs(im) >> powerShift) ** 2;
  let total = 0;
  for (let n = size; n >= 4; n >>= 1) {
    const points = n >> 2;
    const step = size / n;
    split(x, n, sine, n === size ? Math.max(0, shift) : 0);
    transform(x, n >> 1, points, sine);
    for (let k = 0; k < points; k++) {
      const bin = 4 * k + 1;
      const value = powerOf(x[(n >> 1) + k]!, x[(n >> 1) + points + k]!);
      power[(2 * bin < n ? bin : n - bin) * step] = value;
      total += value;
    }
  }
  power[0] = powerOf(x[0]! + x[1]!, 0);
  power[size >> 1] = powerOf(x[0]! - x[1]!, 0);
  return total + power[0]! + power[size >> 1]!;
}

/**
 * Halves the problem: x[0..n/2) becomes the real samples whose spectrum are the even bins; x[n/2..n) the complex ones,
 * real parts first, whose spectrum are the bins 4k + 1.
 */
function split(x: Int32Array, n: number, sine: Uint16Array, shift: number): void {
  const half = n >> 1;
  const points = n >> 2;
  const quarter = sine.length - 1;
  const step = (4 * quarter) / n;
  for (let i = 0; i < points; i++) {
    const c = sine[quarter - i * step]!;
    const s = sine[i * step]!;
    const a = x[i]! >> shift;
    const b = x[i + points]! >> shift;
    const e = x[i + half]! >> shift;
    const f = x[i + half + points]! >> shift;
    x[i] = a + e;
    x[i + points] = b + f;
    x[i + half] = turned(a - e, b - f, c, -s);
    x[i + half + points] = -turned(b - f, a - e, c, s);
  }
}

/** Complex transform in place: real parts from `re`, imaginary parts behind them. */
function transform(z: Int32Array, re: number, points: number, sine: Uint16Array): void {
  reverseBits(z, re, points);
  let length = 1;
  if ((points & 0x55555555) === 0) {
    for (let i = re; i < re + 2 * points; i += 2) {
      const odd = z[i + 1]!;
      z[i + 1] = z[i]! - odd;
      z[i] = z[i]! + odd;
    }
    length = 2;
  }
  for (; length < points; length *= 4) radix4(z, re, points, length, sine);
}

function reverseBits(z: Int32Array, re: number, points: number): void {
  for (let i = 1, j = 0; i < points; i++) {
    let bit = points >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(z, re + i, re + j);
      swap(z, re + points + i, re + points + j);
    }
  }
}

function swap(z: Int32Array, i: number, j: number): void {
  const value = z[i]!;
  z[i] = z[j]!;
  z[j] = value;
}

/** Combines four transforms of `length` points each, everywhere in z. Bit-reversed order swaps the middle two. */
function radix4(z: Int32Array, re: number, points: number, length: number, sine: Uint16Array): void {
  const q = sine.length - 1;
  const d = length;
  for (let j = 0; j < length; j++) {
    const k = j * (q / length);
    const k2 = 2 * k;
    const k3 = 3 * k;
    const c1 = sine[q - k]!;
    const s1 = sine[k]!;
    const c2 = k2 <= q ? sine[q - k2]! : -sine[k2 - q]!;
    const s2 = k2 <= q ? sine[k2]! : sine[2 * q - k2]!;
    const c3 = k3 <= q ? sine[q - k3]! : k3 <= 2 * q ? -sine[k3 - q]! : -sine[3 * q - k3]!;
    const s3 = k3 <= q ? sine[k3]! : k3 <= 2 * q ? sine[2 * q - k3]! : -sine[k3 - 2 * q]!;
    // For j = 0 the angles are 0 and `turned` gives its first argument.
    for (let p = re + j; p < re + points; p += 4 * d) {
      const i = p + points;
      const cr = turned(z[p + d]!, z[i + d]!, c2, s2);
      const ci = turned(z[i + d]!, z[p + d]!, c2, -s2);
      const br = turned(z[p + 2 * d]!, z[i + 2 * d]!, c1, s1);
      const bi = turned(z[i + 2 * d]!, z[p + 2 * d]!, c1, -s1);
      const dr = turned(z[p + 3 * d]!, z[i + 3 * d]!, c3, s3);
      const di = turned(z[i + 3 * d]!, z[p + 3 * d]!, c3, -s3);
      const ar = z[p]!;
      const ai = z[i]!;
      z[p] = ar + cr + br + dr;
      z[i] = ai + ci + bi + di;
      z[p + d] = ar - cr + bi - di;
      z[i + d] = ai - ci - br + dr;
      z[p + 2 * d] = ar + cr - br - dr;
      z[i + 2 * d] = ai + ci - bi - di;
      z[p + 3 * d] = ar - cr - bi + di;
      z[i + 3 * d] = ai - ci + br - dr;
    }
  }
}
