import type { Work } from '../../../cost.js';
import { powerOfTwo } from '../../../params.js';

const f32 = Math.fround;

/** Rule of every `fftLength` parameter. */
export const FFT_RULE = {
  min: 4,
  max: 16_384,
  check: (size: number): string | undefined => powerOfTwo(size) && 'a power of two from 4 to 16384',
};

const tables = new Map<number, Float32Array>();

/**
 * The only table the transform needs: unit numbers w with w^2 and w^3, real and imaginary parts; 3 `size` bytes.
 *
 * Entry i of 2^e .. 2^(e+1) - 1 has the angle pi/2 f, f the reversed bits of i + 2^e behind the point; entry 0 those
 * of 1.
 */
export function twiddleTable(size: number): Float32Array {
  const known = tables.get(size);
  if (known) return known;
  const count = Math.max(2, size / 8);
  const table = new Float32Array(6 * count);
  for (let i = 0; i < count; i++) {
    let fraction = 0;
    const block = i === 0 ? 1 : i + 2 ** Math.floor(Math.log2(i));
    for (let rest = block, share = 0.5; rest > 0; rest >>= 1, share /= 2) fraction += (rest & 1) * share;
    for (let power = 1; power <= 3; power++) {
      table[6 * i + 2 * power - 2] = Math.cos((Math.PI / 2) * fraction * power);
      table[6 * i + 2 * power - 1] = Math.sin((Math.PI / 2) * fraction * power);
    }
  }
  tables.set(size, table);
  return table;
}

/** What {@link rawPowers} leaves to its caller: `|X|^2 / size` is this times its result, exactly. */
export function powerScale(size: number): number {
  return 1 / size;
}

/** Counts of {@link rawPowers}, as the loops in fft.h do them. */
export function fftWork(size: number): Work {
  let flop = 12;
  let int = 60;
  for (let n = size; n >= 4; n /= 4) {
    flop += (n / 4) * 6;
    int += (n / 4) * 7;
  }
  for (let points = size / 4; points >= 4; points /= 2) {
    // Bins in order; then the passes, where a block of butterflies begins with its twiddles.
    int += 30 + (points / 4) * 14;
    let d = points;
    for (let blocks = 1; d > 4; d /= 4, blocks *= 4) {
      flop += (points / 4) * 34;
      int += (points / 4) * 11 + blocks * 20;
    }
    flop += (points / 4) * (d === 4 ? 46 : 32);
    int += (points / 4) * 6;
  }
  return { flop, int };
}

/**
 * Power spectrum of `size` real samples in place: `x[b] = |X[b]|^2 / size` for b = 0..size/2.
 *
 * `x [size] -> x [size/2 + 1]`. Real values are halved as long as there are any: the spectrum of the even bins is that
 * of half as many of them, that of the bins 4k + 1 that of a quarter as many complex ones, so nothing is combined, and
 * cancelled, at the end. Complex passes are of radix 4, with a last one of radix 2 when the power of two is odd; one
 * twiddle per block, taken in order from the same table by all passes of all lengths. `size` is a power of two of at
 * least 4, `table` is `twiddleTable(size)`. Performs the same float32 operations as fft.h. After Sorensen, Jones,
 * Heideman and Burrus, "Real-valued fast Fourier transform algorithms" (1987).
 *
 * @example
 * ```ts
 * const x = Float32Array.of(1, 1, 1, 1);
 * powerSpectrum(x, 4, twiddleTable(4)); // x is now 4, 0, 0, ...
 * ```
 */
export function powerSpectrum(x: Float32Array, size: number, table: Float32Array): void {
  rawPowers(x, size, table);
  for (let b = 0; b <= size / 2; b++) x[b] = x[b]! * powerScale(size);
}

/** The same without the last factor, {@link powerScale}: `x[b] = |X[b]|^2`. */
export function rawPowers(x: Float32Array, size: number, table: Float32Array): void {
  let n = size;
  for (; n >= 4; n >>= 2) splitReal(x, n);
  const first = n === 1 ? x[0]! : f32(x[0]! + x[1]!);
  const last = n === 1 ? x[1]! : f32(x[0]! - x[1]!);
  const quarter = squared(x[2]!, x[3]!);
  let eighth = 0;
  let threeEighths = 0;
  if (size >= 8) {
    const tr = f32(f32(x[5]! * table[0]!) - f32(x[7]! * table[1]!));
    const ti = f32(f32(x[7]! * table[0]!) + f32(x[5]! * table[1]!));
    eighth = squared(f32(x[4]! + tr), f32(x[6]! + ti));
    threeEighths = squared(f32(x[4]! - tr), f32(x[6]! - ti));
  }
  for (let points = size >> 2, to = size >> 1; points >= 4; to += points, points >>= 1) {
    blockPowers(x, points, table, to);
  }
  for (let points = size >> 2, from = size >> 1; points >= 4; from += points, points >>= 1) {
    sortBins(x, size, points, from);
  }
  x[0] = f32(first * first);
  if (size >= 8) {
    x[size >> 3] = eighth;
    x[(size >> 2) + (size >> 3)] = threeEighths;
  }
  x[size >> 2] = quarter;
  x[size >> 1] = f32(last * last);
}

function squared(re: number, im: number): number {
  return f32(f32(re * re) + f32(im * im));
}

/**
 * Splits n real values in place: n/4 values whose spectrum are the bins 4k, n/4 those of the bins 4k + 2, and n/4
 * complex ones those of the bins 4k + 1. Those of 4k + 3 are their mirror image.
 */
function splitReal(x: Float32Array, n: number): void {
  const d = n >> 2;
  for (let i = 0; i < d; i++) {
    const x0 = x[i]!;
    const x1 = x[i + d]!;
    const x2 = x[i + 2 * d]!;
    const x3 = x[i + 3 * d]!;
    const a = f32(x0 + x2);
    const b = f32(x1 + x3);
    x[i + 2 * d] = f32(x0 - x2);
    x[i + 3 * d] = f32(x1 - x3);
    x[i] = f32(a + b);
    x[i + d] = f32(a - b);
  }
}

/** Powers of the transform of the complex values from 2 `points` on, in bit-reversed order, to `to` on. */
function blockPowers(x: Float32Array, points: number, table: Float32Array, to: number): void {
  let d = points;
  let blocks = 1;
  for (; d > 4; d >>= 2, blocks *= 4) passFour(x, points, d >> 2, table, 6 * blocks);
  if (d === 4) lastFour(x, points, table, 6 * blocks, to);
  else lastTwo(x, points, table, 3 * blocks, to);
}

/** A pass over blocks of 4 `d` points: each multiplies by w, w^2 and w^3, w its twiddle. */
function passFour(x: Float32Array, points: number, d: number, table: Float32Array, t: number): void {
  for (let start = 2 * points; start < 3 * points; start += 4 * d, t += 6) {
    const ar = table[t]!;
    const ai = table[t + 1]!;
    const br = table[t + 2]!;
    const bi = table[t + 3]!;
    const cr = table[t + 4]!;
    const ci = table[t + 5]!;
    for (let i = start; i < start + d; i++) {
      const k = i + points;
      const pr = x[i + d]!;
      const pi = x[k + d]!;
      const qr = x[i + 2 * d]!;
      const qi = x[k + 2 * d]!;
      const sr = x[i + 3 * d]!;
      const si = x[k + 3 * d]!;
      const z0r = x[i]!;
      const z0i = x[k]!;
      const z1r = f32(f32(pr * ar) - f32(pi * ai));
      const z1i = f32(f32(pi * ar) + f32(pr * ai));
      const z2r = f32(f32(qr * br) - f32(qi * bi));
      const z2i = f32(f32(qi * br) + f32(qr * bi));
      const z3r = f32(f32(sr * cr) - f32(si * ci));
      const z3i = f32(f32(si * cr) + f32(sr * ci));
      const sumR = f32(z0r + z2r);
      const sumI = f32(z0i + z2i);
      const differenceR = f32(z0r - z2r);
      const differenceI = f32(z0i - z2i);
      const otherR = f32(z1r + z3r);
      const otherI = f32(z1i + z3i);
      const turnR = f32(z3i - z1i);
      const turnI = f32(z1r - z3r);
      x[i] = f32(sumR + otherR);
      x[k] = f32(sumI + otherI);
      x[i + d] = f32(sumR - otherR);
      x[k + d] = f32(sumI - otherI);
      x[i + 2 * d] = f32(differenceR + turnR);
      x[k + 2 * d] = f32(differenceI + turnI);
      x[i + 3 * d] = f32(differenceR - turnR);
      x[k + 3 * d] = f32(differenceI - turnI);
    }
  }
}

/** The last pass when it is of radix 4: powers of the outputs. */
function lastFour(x: Float32Array, points: number, table: Float32Array, t: number, to: number): void {
  for (let i = 2 * points; i < 3 * points; i += 4, t += 6, to += 4) {
    const k = i + points;
    const ar = table[t]!;
    const ai = table[t + 1]!;
    const br = table[t + 2]!;
    const bi = table[t + 3]!;
    const cr = table[t + 4]!;
    const ci = table[t + 5]!;
    const z0r = x[i]!;
    const z0i = x[k]!;
    const z1r = f32(f32(x[i + 1]! * ar) - f32(x[k + 1]! * ai));
    const z1i = f32(f32(x[k + 1]! * ar) + f32(x[i + 1]! * ai));
    const z2r = f32(f32(x[i + 2]! * br) - f32(x[k + 2]! * bi));
    const z2i = f32(f32(x[k + 2]! * br) + f32(x[i + 2]! * bi));
    const z3r = f32(f32(x[i + 3]! * cr) - f32(x[k + 3]! * ci));
    const z3i = f32(f32(x[k + 3]! * cr) + f32(x[i + 3]! * ci));
    const sumR = f32(z0r + z2r);
    const sumI = f32(z0i + z2i);
    const differenceR = f32(z0r - z2r);
    const differenceI = f32(z0i - z2i);
    const otherR = f32(z1r + z3r);
    const otherI = f32(z1i + z3i);
    const turnR = f32(z3i - z1i);
    const turnI = f32(z1r - z3r);
    x[to] = squared(f32(sumR + otherR), f32(sumI + otherI));
    x[to + 1] = squared(f32(sumR - otherR), f32(sumI - otherI));
    x[to + 2] = squared(f32(differenceR + turnR), f32(differenceI + turnI));
    x[to + 3] = squared(f32(differenceR - turnR), f32(differenceI - turnI));
  }
}

/** The last pass when it is of radix 2: two neighbouring blocks have twiddles w and i w. */
function lastTwo(x: Float32Array, points: number, table: Float32Array, t: number, to: number): void {
  for (let i = 2 * points; i < 3 * points; i += 4, t += 6, to += 4) {
    const k = i + points;
    const wr = table[t]!;
    const wi = table[t + 1]!;
    const tr = f32(f32(x[i + 1]! * wr) - f32(x[k + 1]! * wi));
    const ti = f32(f32(x[k + 1]! * wr) + f32(x[i + 1]! * wi));
    const ur = f32(f32(x[i + 3]! * wr) - f32(x[k + 3]! * wi));
    const ui = f32(f32(x[k + 3]! * wr) + f32(x[i + 3]! * wi));
    const ar = x[i]!;
    const ai = x[k]!;
    const br = x[i + 2]!;
    const bi = x[k + 2]!;
    x[to] = squared(f32(ar + tr), f32(ai + ti));
    x[to + 1] = squared(f32(ar - tr), f32(ai - ti));
    x[to + 2] = squared(f32(br - ui), f32(bi + ur));
    x[to + 3] = squared(f32(br + ui), f32(bi - ur));
  }
}

/** From powers in bit-reversed order, from `from` on, to their bins. */
function sortBins(x: Float32Array, size: number, points: number, from: number): void {
  const half = size >> 1;
  const quarter = size >> 2;
  let bin = quarter / points;
  for (let i = from; i < from + points; i += 4) {
    x[bin] = x[i]!;
    x[half - bin] = x[i + 1]!;
    x[quarter + bin] = x[i + 2]!;
    x[quarter - bin] = x[i + 3]!;
    // Counts upwards in reversed bits.
    let bit = size >> 3;
    for (; bin & bit; bit >>= 1) bin ^= bit;
    bin ^= bit;
  }
}
