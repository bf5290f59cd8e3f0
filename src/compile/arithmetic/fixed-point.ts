/**
 * Integer arithmetic of TensorFlow Lite's reference kernels (gemmlowp, "double rounding"), bit for bit.
 * The C++ twin is `fixed-point.h`.
 */

/** A real factor as `multiplier * 2^(shift - 31)` with `multiplier` in [2^30, 2^31). */
export interface Multiplier {
  readonly multiplier: number;
  readonly shift: number;
}

/** `QuantizeMultiplier` of TensorFlow Lite. */
export function quantizeMultiplier(real: number): Multiplier {
  if (!(real > 0)) return { multiplier: 0, shift: 0 };
  let shift = Math.floor(Math.log2(real)) + 1;
  // log2 may land on the wrong side of a power of two.
  while (real / 2 ** shift >= 1) shift++;
  while (real / 2 ** shift < 0.5) shift--;
  let multiplier = Math.round((real / 2 ** shift) * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/** `floor((a * b + 2^30) / 2^31)`, exact for int32 operands: gemmlowp's SaturatingRoundingDoublingHighMul. */
export function multiplyHigh(a: number, b: number): number {
  // a * b has up to 62 bits and a double holds 53, so b goes in two halves.
  const high = a * (b >> 16);
  const low = a * (b & 0xffff);
  return Math.floor((high + Math.floor((low + 0x40000000) / 65536)) / 32768);
}

/** `x / 2^exponent`, halves away from zero; exponent 0 to 31. */
export function roundingShift(x: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/** `x * 2^shift`, kept within int32. */
export function saturatingShift(x: number, shift: number): number {
  return Math.max(-2147483648, Math.min(2147483647, x * 2 ** shift));
}

/** `MultiplyByQuantizedMultiplier`; saturates where TensorFlow Lite leaves the result of an overflow open. */
export function requantize(x: number, multiplier: number, shift: number): number {
  if (shift > 0) return multiplyHigh(saturatingShift(x, shift), multiplier);
  return roundingShift(multiplyHigh(x, multiplier), -shift);
}

/** Machine code of `requantize` where kernels share it. */
export const REQUANTIZE_BYTES = { 'nn::requantize': 144 } as const;
