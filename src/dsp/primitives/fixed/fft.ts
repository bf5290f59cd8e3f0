import type { Work } from '../../../cost.js';

/** `value[k] + rest[k] / 256 = 32768 sin(2 pi k / size)`, k = 0..size/4. */
export interface SineTable {
  readonly value: Uint16Array;
  readonly rest: Int8Array;
}

/** A sum of powers: `high 2^26 + low`. */
export interface Total {
  readonly high: number;
  readonly low: number;
}

export function sineTable(size: number): SineTable {
  const sines = Float64Array.from({ length: size / 4 + 1 }, (_, k) => 32_768 * Math.sin((2 * Math.PI * k) / size));
  const value = Uint16Array.from(sines, Math.round);
  const rest = Int8Array.from(sines, (v, k) => Math.min(127, Math.round(256 * (v - value[k]!))));
  return { value, rest };
}

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

/**
 * The vector (a, b) turned by an angle: a c + b s, rounded down. The rest of sine and cosine meets the upper halves of a
 * and b only, as it is done without long products.
 */
function turned(a: number, b: number, c: number, s: number, cRest: number, sRest: number): number {
  const rest = 256 * (((a + 32_768) >> 16) * cRest + ((b + 32_768) >> 16) * sRest);
  return Math.floor((a * c + b * s + rest) / 32_768);
}

/**
 * Powers `|X[b] / 2^powerShift|^2`, b = 0..size/2, of the spectrum of `size` whole numbers; returns their sum.
 *
 * `x [size], power [size/2 + 1]`; x is lost. The algorithm of the float transform (see ../fft/fft.ts) with sines of 24
 * bits. Samples are shifted right by `shift` first, if that is positive; then their magnitudes sum up to at most 2^29, and so does every
 * value on the way, so none overflows and none has to be scaled down between passes. Powers are exact whole numbers:
 * the caller's `powerShift` keeps them below 2^53. Performs the same operations as fft.h.
 *
 * @example
 * ```ts
 * powerSpectrum(Int32Array.of(1, 1, 1, 1), sineTable(4), 0, 0, power); // power is now 16, 0, 0
 * ```
 */
export function powerSpectrum(
  x: Int32Array,
  sine: SineTable,
  shift: number,
  powerShift: number,
  power: Float64Array,
): Total {
  const size = x.length;
  const half = (1 << powerShift) >> 1;
  const powerOf = (re: number, im: number): number =>
    ((Math.abs(re) + half) >> powerShift) ** 2 + ((Math.abs(im) + half) >> powerShift) ** 2;
  for (let n = size; n >= 4; n >>= 1) {
    const points = n >> 2;
    const step = size / n;
    split(x, n, sine, n === size ? Math.max(0, shift) : 0);
    transform(x, n >> 1, points, sine);
    for (let k = 0; k < points; k++) {
      const bin = 4 * k + 1;
      power[(2 * bin < n ? bin : n - bin) * step] = powerOf(x[(n >> 1) + k]!, x[(n >> 1) + points + k]!);
    }
  }
  power[0] = powerOf(x[0]! + x[1]!, 0);
  power[size >> 1] = powerOf(x[0]! - x[1]!, 0);
  return totalOf(power);
}

function totalOf(power: Float64Array): Total {
  let high = 0;
  let low = 0;
  for (const value of power) {
    const upper = Math.floor(value / 2 ** 26);
    high += upper;
    low += value - upper * 2 ** 26;
  }
  const carry = Math.floor(low / 2 ** 26);
  return { high: high + carry, low: low - carry * 2 ** 26 };
}

/**
 * Halves the problem: x[0..n/2) becomes the real samples whose spectrum are the even bins; x[n/2..n) the complex ones,
 * real parts first, whose spectrum are the bins 4k + 1.
 */
function split(x: Int32Array, n: number, sine: SineTable, shift: number): void {
  const half = n >> 1;
  const points = n >> 2;
  const { value, rest } = sine;
  const quarter = value.length - 1;
  const step = (4 * quarter) / n;
  for (let i = 0; i < points; i++) {
    const c = value[quarter - i * step]!;
    const s = value[i * step]!;
    const cRest = rest[quarter - i * step]!;
    const sRest = rest[i * step]!;
    const a = x[i]! >> shift;
    const b = x[i + points]! >> shift;
    const e = x[i + half]! >> shift;
    const f = x[i + half + points]! >> shift;
    x[i] = a + e;
    x[i + points] = b + f;
    x[i + half] = turned(a - e, b - f, c, -s, cRest, -sRest);
    x[i + half + points] = -turned(b - f, a - e, c, s, cRest, sRest);
  }
}

/** Complex transform in place: real parts from `re`, imaginary parts behind them. */
function transform(z: Int32Array, re: number, points: number, sine: SineTable): void {
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
function radix4(z: Int32Array, re: number, points: number, length: number, sine: SineTable): void {
  const q = sine.value.length - 1;
  const d = length;
  for (let j = 0; j < length; j++) {
    const k = j * (q / length);
    // For j = 0 the angles are 0, and a turned vector is the vector.
    for (let p = re + j; p < re + points; p += 4 * d) {
      const i = p + points;
      turn(z, p + d, i + d, 2 * k, sine);
      turn(z, p + 2 * d, i + 2 * d, k, sine);
      turn(z, p + 3 * d, i + 3 * d, 3 * k, sine);
      butterfly4(z, p, i, d);
    }
  }
}

/** Turns the point at re and im by the angle -2 pi k / size, k < 3 size/4. */
function turn(z: Int32Array, re: number, im: number, k: number, { value, rest }: SineTable): void {
  const q = value.length - 1;
  const flipC = k > q ? -1 : 1;
  const flipS = k > 2 * q ? -1 : 1;
  const atC = Math.abs(q - k);
  const beyond = k > 2 * q ? k - 2 * q : k;
  const kC = atC > q ? 2 * q - atC : atC;
  const kS = beyond > q ? 2 * q - beyond : beyond;
  const c = flipC * value[kC]!;
  const s = flipS * value[kS]!;
  const cRest = flipC * rest[kC]!;
  const sRest = flipS * rest[kS]!;
  const a = z[re]!;
  const b = z[im]!;
  z[re] = turned(a, b, c, s, cRest, sRest);
  z[im] = turned(b, a, c, -s, cRest, -sRest);
}

/** Four-point butterfly of points `d` apart, the middle two swapped. */
function butterfly4(z: Int32Array, p: number, i: number, d: number): void {
  const ar = z[p]!;
  const ai = z[i]!;
  const cr = z[p + d]!;
  const ci = z[i + d]!;
  const br = z[p + 2 * d]!;
  const bi = z[i + 2 * d]!;
  const dr = z[p + 3 * d]!;
  const di = z[i + 3 * d]!;
  z[p] = ar + cr + br + dr;
  z[i] = ai + ci + bi + di;
  z[p + d] = ar - cr + bi - di;
  z[i + d] = ai - ci - br + dr;
  z[p + 2 * d] = ar + cr - br - dr;
  z[i + 2 * d] = ai + ci - bi - di;
  z[p + 3 * d] = ar - cr - bi + di;
  z[i + 3 * d] = ai - ci + br - dr;
}
