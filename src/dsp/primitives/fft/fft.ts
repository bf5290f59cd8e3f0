import FFT from 'fft.js';
import type { Work } from '../../../cost.js';
import { powerOfTwo } from '../../../params.js';

const f32 = Math.fround;

/** Rule of every `fftLength` parameter. */
export const FFT_RULE = { min: 4, max: 16_384, check: powerOfTwo };

/** `sin(2 pi k / size)`, k = 0..size/4, the only table the transform needs. */
export function sineTable(size: number): Float32Array {
  const { table } = new FFT(size) as { table: number[] };
  return Float32Array.from({ length: size / 4 + 1 }, (_, k) => (k === 0 ? 0 : -table[2 * k + 1]!));
}

/** Counts of {@link powerSpectrum}, as the loops in fft.h do them. */
export function fftWork(size: number): Work {
  let flop = 0;
  for (let n = size; n >= 4; n /= 2) flop += 10 * (n / 4) + transformFlops(n / 4) + 4 * (n / 4);
  return { flop: flop + 6 };
}

function transformFlops(points: number): number {
  const odd = Math.log2(points) % 2 === 1;
  let flop = odd ? 2 * points : 0;
  for (let length = odd ? 2 : 1; length < points; length *= 4) {
    flop += (points / 4) * 16 + (points / 4 / length) * (length - 1) * 18;
  }
  return flop;
}

/**
 * Power spectrum of `size` real samples in place: `x[b] = |X[b]|^2 / size` for b = 0..size/2.
 *
 * `x [size] -> x [size/2 + 1]`. Decimation in frequency: the even bins are the spectrum of half as many real samples,
 * the odd bins X[4k + 1] that of a quarter as many complex ones, so nothing is combined, and cancelled, at the end.
 * Complex transforms are radix 4, with one radix-2 pass first when the power of two is odd. `size` is a power of two
 * of at least 4, `sine` is `sineTable(size)`. Performs the same float32 operations as fft.h. After Sorensen, Jones,
 * Heideman and Burrus, "Real-valued fast Fourier transform algorithms" (1987).
 *
 * @example
 * ```ts
 * const x = Float32Array.of(1, 1, 1, 1);
 * powerSpectrum(x, 4, sineTable(4)); // x is now 4, 0, 0, ...
 * ```
 */
export function powerSpectrum(x: Float32Array, size: number, sine: Float32Array): void {
  const scale = f32(1 / size);
  let to = size >> 1;
  for (let n = size; n >= 4; n >>= 1) {
    const points = n >> 2;
    split(x, n, size, sine);
    transform(x, n >> 1, points, size >> 2, sine);
    for (let re = n >> 1; re < (n >> 1) + points; re++) {
      const im = re + points;
      x[to++] = f32(f32(f32(x[re]! * x[re]!) + f32(x[im]! * x[im]!)) * scale);
    }
  }
  const sum = f32(x[0]! + x[1]!);
  const difference = f32(x[0]! - x[1]!);
  let from = size >> 1;
  for (let n = size; n >= 4; n >>= 1) {
    const step = size / n;
    for (let bin = 1; bin < n; bin += 4) x[(2 * bin < n ? bin : n - bin) * step] = x[from++]!;
  }
  x[0] = f32(f32(sum * sum) * scale);
  x[size >> 1] = f32(f32(difference * difference) * scale);
}

/**
 * Halves the problem: x[0..n/2) becomes the real samples whose spectrum are the even bins; x[n/2..n) the complex ones,
 * real parts first, whose spectrum are the bins 4k + 1.
 */
function split(x: Float32Array, n: number, size: number, sine: Float32Array): void {
  const half = n >> 1;
  const points = n >> 2;
  const quarter = size >> 2;
  const step = size / n;
  for (let i = 0; i < points; i++) {
    const c = sine[quarter - i * step]!;
    const s = sine[i * step]!;
    const br = f32(x[i]! - x[i + half]!);
    const bi = f32(x[i + points]! - x[i + half + points]!);
    x[i] = f32(x[i]! + x[i + half]!);
    x[i + points] = f32(x[i + points]! + x[i + half + points]!);
    x[i + half] = f32(f32(br * c) - f32(bi * s));
    x[i + half + points] = -f32(f32(bi * c) + f32(br * s));
  }
}

/** Complex transform in place: real parts from `re`, imaginary parts behind them. */
function transform(z: Float32Array, re: number, points: number, quarter: number, sine: Float32Array): void {
  reverseBits(z, re, points);
  let length = 1;
  if ((points & 0x55555555) === 0) {
    for (let i = re; i < re + 2 * points; i += 2) {
      const odd = z[i + 1]!;
      z[i + 1] = f32(z[i]! - odd);
      z[i] = f32(z[i]! + odd);
    }
    length = 2;
  }
  for (; length < points; length *= 4) radix4(z, re, points, length, quarter, sine);
}

function reverseBits(z: Float32Array, re: number, points: number): void {
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

function swap(z: Float32Array, i: number, j: number): void {
  const value = z[i]!;
  z[i] = z[j]!;
  z[j] = value;
}

/** Combines four transforms of `length` points each, everywhere in z. Bit-reversed order swaps the middle two. */
function radix4(
  z: Float32Array,
  re: number,
  points: number,
  length: number,
  quarter: number,
  sine: Float32Array,
): void {
  const d = length;
  const end = re + points;
  for (let p = re; p < end; p += 4 * d) {
    const i = p + points;
    butterfly4(z, p, i, d, z[p + 2 * d]!, z[i + 2 * d]!, z[p + d]!, z[i + d]!, z[p + 3 * d]!, z[i + 3 * d]!);
  }
  const q = quarter;
  for (let j = 1; j < length; j++) {
    const k = j * (q / length);
    const k2 = 2 * k;
    const k3 = 3 * k;
    const c1 = sine[q - k]!;
    const s1 = sine[k]!;
    const c2 = k2 <= q ? sine[q - k2]! : -sine[k2 - q]!;
    const s2 = k2 <= q ? sine[k2]! : sine[2 * q - k2]!;
    const c3 = k3 <= q ? sine[q - k3]! : k3 <= 2 * q ? -sine[k3 - q]! : -sine[3 * q - k3]!;
    const s3 = k3 <= q ? sine[k3]! : k3 <= 2 * q ? sine[2 * q - k3]! : -sine[k3 - 2 * q]!;
    for (let p = re + j; p < end; p += 4 * d) {
      const i = p + points;
      const cr = z[p + d]!;
      const ci = z[i + d]!;
      const br = z[p + 2 * d]!;
      const bi = z[i + 2 * d]!;
      const dr = z[p + 3 * d]!;
      const di = z[i + 3 * d]!;
      butterfly4(
        z,
        p,
        i,
        d,
        f32(f32(br * c1) + f32(bi * s1)),
        f32(f32(bi * c1) - f32(br * s1)),
        f32(f32(cr * c2) + f32(ci * s2)),
        f32(f32(ci * c2) - f32(cr * s2)),
        f32(f32(dr * c3) + f32(di * s3)),
        f32(f32(di * c3) - f32(dr * s3)),
      );
    }
  }
}

/** Four-point butterfly of the point at re and im and the given three; its outputs are `d` apart. */
function butterfly4(
  z: Float32Array,
  re: number,
  im: number,
  d: number,
  br: number,
  bi: number,
  cr: number,
  ci: number,
  dr: number,
  di: number,
): void {
  const acr = f32(z[re]! + cr);
  const aci = f32(z[im]! + ci);
  const amr = f32(z[re]! - cr);
  const ami = f32(z[im]! - ci);
  const bdr = f32(br + dr);
  const bdi = f32(bi + di);
  const bmr = f32(br - dr);
  const bmi = f32(bi - di);
  z[re] = f32(acr + bdr);
  z[im] = f32(aci + bdi);
  z[re + d] = f32(amr + bmi);
  z[im + d] = f32(ami - bmr);
  z[re + 2 * d] = f32(acr - bdr);
  z[im + 2 * d] = f32(aci - bdi);
  z[re + 3 * d] = f32(amr - bmi);
  z[im + 3 * d] = f32(ami + bmr);
}
