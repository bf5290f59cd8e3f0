const f32 = Math.fround;
const R = f32(Math.SQRT1_2);
const C = f32(Math.cos(Math.PI / 8));
const S = f32(Math.sin(Math.PI / 8));

/** Float operations of {@link holdSixteen}. */
export const SIXTEEN_FLOPS = 102;

function hold(power: Float32Array, bin: number, re: number, im: number): void {
  const value = f32(f32(re * re) + f32(im * im));
  if (value > power[bin]!) power[bin] = value;
}

/**
 * Power spectrum of 16 real samples `x[at..at+15]`, 16 times too large, into `power[0..8]` where it is larger than what
 * is there. Performs the same float32 operations as sixteen.h.
 */
export function holdSixteen(x: Float32Array, at: number, power: Float32Array): void {
  const a = (i: number): number => f32(x[at + i]! + x[at + i + 8]!);
  const b = (i: number): number => f32(x[at + i]! - x[at + i + 8]!);
  odd(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), power);
  even(a(0), a(1), a(2), a(3), a(4), a(5), a(6), a(7), power);
}

function odd(
  b0: number,
  b1: number,
  b2: number,
  b3: number,
  b4: number,
  b5: number,
  b6: number,
  b7: number,
  power: Float32Array,
): void {
  const re2 = f32(R * f32(b2 - b6));
  const im2 = f32(R * f32(b2 + b6));
  const pr = f32(b0 + re2);
  const pi = f32(b4 + im2);
  const mr = f32(b0 - re2);
  const mi = f32(b4 - im2);
  const re1 = f32(f32(b1 * C) - f32(b5 * S));
  const im1 = f32(f32(b1 * S) + f32(b5 * C));
  const re3 = f32(f32(b3 * S) - f32(b7 * C));
  const im3 = f32(f32(b3 * C) + f32(b7 * S));
  const qr = f32(re1 + re3);
  const qi = f32(im1 + im3);
  const dr = f32(re1 - re3);
  const di = f32(im1 - im3);
  hold(power, 1, f32(pr + qr), f32(pi + qi));
  hold(power, 7, f32(pr - qr), f32(pi - qi));
  hold(power, 5, f32(mr - di), f32(mi + dr));
  hold(power, 3, f32(mr + di), f32(mi - dr));
}

function even(
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
  a6: number,
  a7: number,
  power: Float32Array,
): void {
  const d0 = f32(a0 - a4);
  const d2 = f32(a2 - a6);
  const d1 = f32(a1 - a5);
  const d3 = f32(a3 - a7);
  const re = f32(R * f32(d1 - d3));
  const im = f32(R * f32(d1 + d3));
  hold(power, 2, f32(d0 + re), f32(d2 + im));
  hold(power, 6, f32(d0 - re), f32(d2 - im));
  const e0 = f32(a0 + a4);
  const e1 = f32(a1 + a5);
  const e2 = f32(a2 + a6);
  const e3 = f32(a3 + a7);
  hold(power, 4, f32(e0 - e2), f32(e1 - e3));
  const evens = f32(e0 + e2);
  const odds = f32(e1 + e3);
  hold(power, 0, f32(evens + odds), 0);
  hold(power, 8, f32(evens - odds), 0);
}
