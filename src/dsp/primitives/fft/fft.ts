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
  const points = size / 2;
  const levels = Math.log2(points);
  let flop = levels % 2 === 1 ? 2 * points : 0;
  for (let length = levels % 2 === 1 ? 2 : 1; length < points; length *= 4) {
    flop += (points / 4) * 16 + (points / 4 / length) * (length - 1) * 18;
  }
  return { flop: flop + (size / 4) * 24 + size };
}

/**
 * Power spectrum of `size` real samples in place: `x[b] = |X[b]|^2 / size` for b = 0..size/2.
 *
 * `x [size] -> x [size/2 + 1]`. A real transform as a complex one of half the length, radix 4 with one radix-2
 * pass first when the power of two is odd. `size` is a power of two of at least 4, `sine` is
 * `sineTable(size)`. Performs the same float32 operations as fft.h.
 *
 * @example
 * ```ts
 * const x = Float32Array.of(1, 1, 1, 1);
 * powerSpectrum(x, 4, sineTable(4)); // x is now 4, 0, 0, ...
 * ```
 */
export function powerSpectrum(x: Float32Array, size: number, sine: Float32Array): void {
  const points = size >> 1;
  const quarter = size >> 2;
  transform(x, points, sine);
  const scale = f32(1 / size);
  const scale4 = f32(0.25 * scale);
  const sum = f32(x[0]! + x[1]!);
  const difference = f32(x[0]! - x[1]!);
  for (let k = 1; k < quarter; k++) {
    const p = 2 * k;
    const q = 2 * (points - k);
    const er = f32(x[p]! + x[q]!);
    const ei = f32(x[p + 1]! - x[q + 1]!);
    const or = f32(x[p + 1]! + x[q + 1]!);
    const oi = f32(x[q]! - x[p]!);
    const c = sine[quarter - k]!;
    const s = sine[k]!;
    const tr = f32(f32(or * c) + f32(oi * s));
    const ti = f32(f32(oi * c) - f32(or * s));
    const pr = f32(er + tr);
    const pi = f32(ei + ti);
    const qr = f32(er - tr);
    const qi = f32(ei - ti);
    x[p] = f32(f32(f32(pr * pr) + f32(pi * pi)) * scale4);
    x[q] = f32(f32(f32(qr * qr) + f32(qi * qi)) * scale4);
  }
  const re = x[points]!;
  const im = x[points + 1]!;
  x[points] = f32(f32(f32(re * re) + f32(im * im)) * scale);
  x[0] = f32(f32(sum * sum) * scale);
  for (let k = 1; k < points; k++) x[k] = x[2 * k]!;
  x[points] = f32(f32(difference * difference) * scale);
}

function transform(z: Float32Array, points: number, sine: Float32Array): void {
  reverseBits(z, points);
  let length = 1;
  if ((points & 0x55555555) === 0) {
    for (let i = 0; i < 2 * points; i += 4) {
      const re = z[i + 2]!;
      const im = z[i + 3]!;
      z[i + 2] = f32(z[i]! - re);
      z[i + 3] = f32(z[i + 1]! - im);
      z[i] = f32(z[i]! + re);
      z[i + 1] = f32(z[i + 1]! + im);
    }
    length = 2;
  }
  for (; length < points; length *= 4) radix4(z, points, length, sine);
}

function reverseBits(z: Float32Array, points: number): void {
  for (let i = 1, j = 0; i < points; i++) {
    let bit = points >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) swapPoints(z, 2 * i, 2 * j);
  }
}

function swapPoints(z: Float32Array, i: number, j: number): void {
  const re = z[i]!;
  const im = z[i + 1]!;
  z[i] = z[j]!;
  z[i + 1] = z[j + 1]!;
  z[j] = re;
  z[j + 1] = im;
}

/** Combines four transforms of `length` points each, everywhere in z. Bit-reversed order swaps the middle two. */
function radix4(z: Float32Array, points: number, length: number, sine: Float32Array): void {
  const d = 2 * length;
  const end = 2 * points;
  for (let p = 0; p < end; p += 4 * d) {
    butterfly4(z, p, d, z[p + 2 * d]!, z[p + 2 * d + 1]!, z[p + d]!, z[p + d + 1]!, z[p + 3 * d]!, z[p + 3 * d + 1]!);
  }
  const q = points >> 1;
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
    for (let p = 2 * j; p < end; p += 4 * d) {
      const cr = z[p + d]!;
      const ci = z[p + d + 1]!;
      const br = z[p + 2 * d]!;
      const bi = z[p + 2 * d + 1]!;
      const dr = z[p + 3 * d]!;
      const di = z[p + 3 * d + 1]!;
      butterfly4(
        z,
        p,
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

function butterfly4(
  z: Float32Array,
  p: number,
  d: number,
  br: number,
  bi: number,
  cr: number,
  ci: number,
  dr: number,
  di: number,
): void {
  const ar = z[p]!;
  const ai = z[p + 1]!;
  const acr = f32(ar + cr);
  const aci = f32(ai + ci);
  const amr = f32(ar - cr);
  const ami = f32(ai - ci);
  const bdr = f32(br + dr);
  const bdi = f32(bi + di);
  const bmr = f32(br - dr);
  const bmi = f32(bi - di);
  z[p] = f32(acr + bdr);
  z[p + 1] = f32(aci + bdi);
  z[p + d] = f32(amr + bmi);
  z[p + d + 1] = f32(ami - bmr);
  z[p + 2 * d] = f32(acr - bdr);
  z[p + 2 * d + 1] = f32(aci - bdi);
  z[p + 3 * d] = f32(amr - bmi);
  z[p + 3 * d + 1] = f32(ami + bmr);
}
