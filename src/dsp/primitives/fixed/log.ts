import type { Work } from '../../../cost.js';
import { bitsOf } from './integers.js';

const STEPS = 64;

/** `2^19 (log2(1 + i / 64) - i / 64)`, i = 0..64, and half of what a chord takes off in its middle. */
export const logTable = (): Uint16Array =>
  Uint16Array.from({ length: STEPS + 1 }, (_, i) => {
    const m = 1 + i / STEPS;
    const sag = 1 / (16 * STEPS * STEPS * Math.LN2 * m * m);
    return Math.round(2 ** 19 * (Math.log2(m) - i / STEPS + sag));
  });

/** Counts of {@link logarithm2}. */
export const LOG2_WORK: Work = { int: 40 };

/**
 * `log2(mantissa 2^exponent)` with 16 bits behind the point, within 3e-5; mantissa a whole number, 1..2^53.
 *
 * Between the 64 steps of the table the logarithm is a straight line. Performs the same operations as log.h.
 *
 * @example
 * ```ts
 * logarithm2(1, 3, logTable()); // 196611, which is 3.00005
 * ```
 */
export function logarithm2(mantissa: number, exponent: number, table: Uint16Array): number {
  const bits = bitsOf(mantissa);
  const fraction = Math.floor(mantissa * 2 ** (32 - bits)) & 0x7fffffff;
  const step = fraction >> 25;
  const rest = (fraction >> 9) & 0xffff;
  const bend = table[step]! + (((table[step + 1]! - table[step]!) * rest) >> 16);
  return (bits - 1 + exponent) * 65_536 + (((fraction >> 12) + bend + 4) >> 3);
}

const CEILING_DB = 12;
const DECIBELS_PER_OCTAVE = 10 * Math.log10(2);

/** From log2 with 16 bits behind the point to steps between a noise floor and +12 dB. */
export interface DecibelScale {
  /** log2 of the floor. */
  readonly floor: number;
  /** Steps per octave, times 2^bits. */
  readonly slope: number;
  readonly bits: number;
}

/** The scale of `steps` from `noiseFloorDb` to +12 dB. */
export function decibelScale(noiseFloorDb: number, steps: number): DecibelScale {
  const slope = (steps * DECIBELS_PER_OCTAVE) / (CEILING_DB - noiseFloorDb);
  const bits = Math.floor(Math.log2(65_535 / slope));
  return {
    floor: Math.round((65_536 * noiseFloorDb) / DECIBELS_PER_OCTAVE),
    slope: Math.round(slope * 2 ** bits),
    bits,
  };
}
