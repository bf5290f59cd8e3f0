import type { Work } from '../../../cost.js';
import { powerOfTwo } from '../../../params.js';

const f32 = Math.fround;
const ROOT = f32(Math.SQRT1_2);

/** Rule of every `fftLength` parameter. */
export const FFT_RULE = { min: 4, max: 16_384, check: powerOfTwo };

const tables = new Map<number, Float32Array>();

/**
 * The only table the transform needs: `exp(-i pi f / 2)` as pairs of real and imaginary parts, where f runs through
 * 0, 1/2, 1/4, 3/4, 1/8, ..., the reversed bits of 0, 1, 2, ... as fractions. About 1.5 bytes per byte of samples / 4.
 */
export function twiddleTable(size: number): Float32Array {
  const known = tables.get(size);
  if (known) return known;
  const count = Math.max(2, (3 * size) / 16);
  const table = new Float32Array(2 * count);
  for (let b = 0; b < count; b++) {
    let fraction = 0;
    for (let rest = b, share = 0.5; rest > 0; rest >>= 1, share /= 2) fraction += (rest & 1) * share;
    table[2 * b] = Math.cos((Math.PI / 2) * fraction);
    table[2 * b + 1] = b === 0 ? 0 : -Math.sin((Math.PI / 2) * fraction);
  }
  tables.set(size, table);
  return table;
}

/** What {@link fourfoldPowers} leaves to its caller: `|X|^2 / size` is this times its result, exactly. */
export function powerScale(size: number): number {
  return 0.25 / size;
}

/** Counts of {@link powerSpectrum}, as the loops in fft.h do them. */
export function fftWork(size: number): Work {
  const points = size / 2;
  const odd = Math.log2(points) % 2 === 1;
  let flop = points === 2 ? 4 : odd ? (points / 8) * 56 : (points / 4) * 16;
  let d = points === 2 ? 1 : points / (odd ? 8 : 4);
  while (d > 1) {
    d /= 4;
    flop += (points / 4) * 34 + (points / 4 / d) * 12;
  }
  return { flop: flop + points * 10 };
}

/**
 * Power spectrum of `size` real samples in place: `x[b] = |X[b]|^2 / size` for b = 0..size/2.
 *
 * `x [size] -> x [size/2 + 1]`. The samples count as half as many complex numbers, whose transform is taken apart in
 * the end. Passes are radix 4, the first one radix 8 when the power of two is odd; it has no twiddles. Blocks of a
 * pass share one twiddle each, taken in order from the same table by all passes and by the end. `size` is a power of
 * two of at least 4, `table` is `twiddleTable(size)`. Performs the same float32 operations as fft.h. After Sorensen,
 * Jones, Heideman and Burrus, "Real-valued fast Fourier transform algorithms" (1987).
 *
 * @example
 * ```ts
 * const x = Float32Array.of(1, 1, 1, 1);
 * powerSpectrum(x, 4, twiddleTable(4)); // x is now 4, 0, 0, ...
 * ```
 */
export function powerSpectrum(x: Float32Array, size: number, table: Float32Array): void {
  fourfoldPowers(x, size, table);
  const scale = powerScale(size);
  for (let b = 0; b <= size / 2; b++) x[b] = x[b]! * scale;
}

/** The same without the last multiplication: `x[b] = 4 |X[b]|^2`. */
export function fourfoldPowers(x: Float32Array, size: number, table: Float32Array): void {
  const points = size >> 1;
  transform(x, points, table);
  const sum = f32(x[0]! + x[1]!);
  const difference = f32(x[0]! - x[1]!);
  const middle = f32(4 * f32(f32(x[2]! * x[2]!) + f32(x[3]! * x[3]!)));
  x[0] = 4 * f32(sum * sum);
  x[1] = middle;
  if (points > 2) unpack(x, 4, 6, table[2]!, table[3]!, 2, 3);
  for (let first = 4; first < points; first *= 2) unpackAll(x, first, table);
  sortReversed(x, points);
  x[points] = 4 * f32(difference * difference);
}

/** Complex transform of pairs in place, into bit-reversed order. */
function transform(z: Float32Array, points: number, table: Float32Array): void {
  if (points === 2) {
    for (let i = 0; i < 2; i++) {
      const b = z[i + 2]!;
      z[i + 2] = f32(z[i]! - b);
      z[i] = f32(z[i]! + b);
    }
    return;
  }
  const odd = (points & 0x55555555) === 0;
  let d = odd ? points >> 3 : points >> 2;
  if (odd) firstEight(z, d);
  else firstFour(z, d);
  while (d > 1) {
    d >>= 2;
    passFour(z, points, d, table);
  }
}

/** The first pass, which has no twiddles: `d` butterflies of four points. */
function firstFour(z: Float32Array, d: number): void {
  const s = 2 * d;
  for (let i = 0; i < s; i += 2) {
    butterfly4(
      z,
      i,
      s,
      z[i]!,
      z[i + 1]!,
      z[i + s]!,
      z[i + s + 1]!,
      z[i + 2 * s]!,
      z[i + 2 * s + 1]!,
      z[i + 3 * s]!,
      z[i + 3 * s + 1]!,
    );
  }
}

/** The first pass when the power of two is odd: `d` butterflies of eight points. */
function firstEight(z: Float32Array, d: number): void {
  const s = 2 * d;
  for (let i = 0; i < s; i += 2) {
    const i1 = i + s;
    const i2 = i1 + s;
    const i3 = i2 + s;
    const i4 = i3 + s;
    const i5 = i4 + s;
    const i6 = i5 + s;
    const i7 = i6 + s;
    const b0r = f32(z[i]! - z[i4]!);
    const b0i = f32(z[i + 1]! - z[i4 + 1]!);
    const b1r = f32(z[i1]! - z[i5]!);
    const b1i = f32(z[i1 + 1]! - z[i5 + 1]!);
    const b2r = f32(z[i2]! - z[i6]!);
    const b2i = f32(z[i2 + 1]! - z[i6 + 1]!);
    const b3r = f32(z[i3]! - z[i7]!);
    const b3i = f32(z[i3 + 1]! - z[i7 + 1]!);
    butterfly4(
      z,
      i,
      s,
      f32(z[i]! + z[i4]!),
      f32(z[i + 1]! + z[i4 + 1]!),
      f32(z[i1]! + z[i5]!),
      f32(z[i1 + 1]! + z[i5 + 1]!),
      f32(z[i2]! + z[i6]!),
      f32(z[i2 + 1]! + z[i6 + 1]!),
      f32(z[i3]! + z[i7]!),
      f32(z[i3 + 1]! + z[i7 + 1]!),
    );
    const er = f32(b1r + b3i);
    const ei = f32(b1i - b3r);
    const fr = f32(b1r - b3i);
    const fi = f32(b1i + b3r);
    const ur = f32(f32(er + ei) * ROOT);
    const ui = f32(f32(ei - er) * ROOT);
    const vr = f32(f32(fi - fr) * ROOT);
    const vi = f32(-f32(fr + fi) * ROOT);
    const c0r = f32(b0r + b2i);
    const c0i = f32(b0i - b2r);
    const c1r = f32(b0r - b2i);
    const c1i = f32(b0i + b2r);
    z[i4] = f32(c0r + ur);
    z[i4 + 1] = f32(c0i + ui);
    z[i5] = f32(c0r - ur);
    z[i5 + 1] = f32(c0i - ui);
    z[i6] = f32(c1r + vr);
    z[i6 + 1] = f32(c1i + vi);
    z[i7] = f32(c1r - vr);
    z[i7 + 1] = f32(c1i - vi);
  }
}

/** A pass over blocks of 4 `d` points: block b multiplies by w, w^2 and w^3, w the b-th twiddle. */
function passFour(z: Float32Array, points: number, d: number, table: Float32Array): void {
  const s = 2 * d;
  for (let start = 0, t = 0; start < 2 * points; start += 4 * s, t += 2) {
    const ar = table[t]!;
    const ai = table[t + 1]!;
    const br = f32(f32(ar * ar) - f32(ai * ai));
    const bi = f32(f32(ai * ar) + f32(ar * ai));
    const cr = f32(f32(ar * br) - f32(ai * bi));
    const ci = f32(f32(ai * br) + f32(ar * bi));
    for (let i = start; i < start + s; i += 2) {
      const xr = z[i + s]!;
      const xi = z[i + s + 1]!;
      const yr = z[i + 2 * s]!;
      const yi = z[i + 2 * s + 1]!;
      const vr = z[i + 3 * s]!;
      const vi = z[i + 3 * s + 1]!;
      butterfly4(
        z,
        i,
        s,
        z[i]!,
        z[i + 1]!,
        f32(f32(xr * ar) - f32(xi * ai)),
        f32(f32(xi * ar) + f32(xr * ai)),
        f32(f32(yr * br) - f32(yi * bi)),
        f32(f32(yi * br) + f32(yr * bi)),
        f32(f32(vr * cr) - f32(vi * ci)),
        f32(f32(vi * cr) + f32(vr * ci)),
      );
    }
  }
}

/** Four outputs, `s` floats apart, in bit-reversed order, of four inputs already multiplied by their twiddles. */
function butterfly4(
  z: Float32Array,
  i: number,
  s: number,
  ar: number,
  ai: number,
  br: number,
  bi: number,
  cr: number,
  ci: number,
  er: number,
  ei: number,
): void {
  const sumR = f32(ar + cr);
  const sumI = f32(ai + ci);
  const differenceR = f32(ar - cr);
  const differenceI = f32(ai - ci);
  const otherR = f32(br + er);
  const otherI = f32(bi + ei);
  const turnR = f32(br - er);
  const turnI = f32(bi - ei);
  z[i] = f32(sumR + otherR);
  z[i + 1] = f32(sumI + otherI);
  z[i + s] = f32(sumR - otherR);
  z[i + s + 1] = f32(sumI - otherI);
  z[i + 2 * s] = f32(differenceR + turnI);
  z[i + 2 * s + 1] = f32(differenceI - turnR);
  z[i + 3 * s] = f32(differenceR - turnI);
  z[i + 3 * s + 1] = f32(differenceI + turnR);
}

/** Unpacks places first .. 2 first - 1, which hold opposite bins at opposite places, to the same places of powers. */
function unpackAll(x: Float32Array, first: number, table: Float32Array): void {
  let t = first;
  for (let low = first, high = 2 * first - 1; low < high; low += 2, high -= 2, t += 2) {
    const re = table[t]!;
    const im = table[t + 1]!;
    unpack(x, 2 * low, 2 * high, re, im, low, high);
    unpack(x, 2 * low + 2, 2 * high - 2, im, -re, low + 1, high - 1);
  }
}

/**
 * From the transforms at z and y of packed real samples at the bins k and points - k to the powers of the samples at
 * those bins, times four. The twiddle is exp(-pi i k / points).
 */
function unpack(x: Float32Array, z: number, y: number, re: number, im: number, power: number, mirror: number): void {
  const evenR = f32(x[z]! + x[y]!);
  const evenI = f32(x[z + 1]! - x[y + 1]!);
  const oddR = f32(x[z + 1]! + x[y + 1]!);
  const oddI = f32(x[y]! - x[z]!);
  const tr = f32(f32(oddR * re) - f32(oddI * im));
  const ti = f32(f32(oddI * re) + f32(oddR * im));
  const ar = f32(evenR + tr);
  const ai = f32(evenI + ti);
  const br = f32(evenR - tr);
  const bi = f32(evenI - ti);
  x[power] = f32(f32(ar * ar) + f32(ai * ai));
  x[mirror] = f32(f32(br * br) + f32(bi * bi));
}

const orders = new Map<number, Uint16Array>();

/** Pairs of places whose numbers are each other's reverse in bits. */
function swapsOf(points: number): Uint16Array {
  const known = orders.get(points);
  if (known) return known;
  const pairs: number[] = [];
  for (let i = 1, j = 0; i < points; i++) {
    let bit = points >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) pairs.push(i, j);
  }
  const swaps = Uint16Array.from(pairs);
  orders.set(points, swaps);
  return swaps;
}

function sortReversed(x: Float32Array, points: number): void {
  const swaps = swapsOf(points);
  for (let k = 0; k < swaps.length; k += 2) {
    const i = swaps[k]!;
    const j = swaps[k + 1]!;
    const value = x[i]!;
    x[i] = x[j]!;
    x[j] = value;
  }
}
