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
 * Power spectrum of 16 real samples `x[0..15]`, 16 times too large, into `power[0..8]` where it is larger than what is
 * there. `x` is overwritten. Performs the same float32 operations as sixteen.h.
 */
export function holdSixteen(x: Float32Array, power: Float32Array): void {
  // Sums in the first half, differences in the second.
  for (let i = 0; i < 8; i++) {
    const early = x[i]!;
    const late = x[i + 8]!;
    x[i] = early + late;
    x[i + 8] = early - late;
  }
  holdOdd(x, power);
  holdEven(x, power);
}

/** Bins 1, 3, 5, 7: four complex points of the differences. */
function holdOdd(x: Float32Array, power: Float32Array): void {
  const re2 = f32(R * f32(x[10]! - x[14]!));
  const im2 = f32(R * f32(x[10]! + x[14]!));
  const pr = f32(x[8]! + re2);
  const pi = f32(x[12]! + im2);
  const mr = f32(x[8]! - re2);
  const mi = f32(x[12]! - im2);
  const re1 = f32(f32(x[9]! * C) - f32(x[13]! * S));
  const im1 = f32(f32(x[9]! * S) + f32(x[13]! * C));
  const re3 = f32(f32(x[11]! * S) - f32(x[15]! * C));
  const im3 = f32(f32(x[11]! * C) + f32(x[15]! * S));
  const qr = f32(re1 + re3);
  const qi = f32(im1 + im3);
  const dr = f32(re1 - re3);
  const di = f32(im1 - im3);
  hold(power, 1, f32(pr + qr), f32(pi + qi));
  hold(power, 7, f32(pr - qr), f32(pi - qi));
  hold(power, 5, f32(mr - di), f32(mi + dr));
  hold(power, 3, f32(mr + di), f32(mi - dr));
}

/** Bins 0, 2, 4, 6, 8: eight real points of the sums. */
function holdEven(x: Float32Array, power: Float32Array): void {
  const d1 = f32(x[1]! - x[5]!);
  const d3 = f32(x[3]! - x[7]!);
  const re = f32(R * f32(d1 - d3));
  const im = f32(R * f32(d1 + d3));
  const d0 = f32(x[0]! - x[4]!);
  const d2 = f32(x[2]! - x[6]!);
  hold(power, 2, f32(d0 + re), f32(d2 + im));
  hold(power, 6, f32(d0 - re), f32(d2 - im));
  const e0 = f32(x[0]! + x[4]!);
  const e1 = f32(x[1]! + x[5]!);
  const e2 = f32(x[2]! + x[6]!);
  const e3 = f32(x[3]! + x[7]!);
  hold(power, 4, f32(e0 - e2), f32(e1 - e3));
  const even = f32(e0 + e2);
  const odd = f32(e1 + e3);
  hold(power, 0, f32(even + odd), 0);
  hold(power, 8, f32(even - odd), 0);
}
