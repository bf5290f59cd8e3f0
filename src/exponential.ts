import type { Work } from './cost.js';
import { logarithm } from './logarithm.js';

const f32 = Math.fround;
const asFloat = new Float32Array(1);
const asBits = new Int32Array(asFloat.buffer);

const TURNS = f32(Math.LOG2E);
const LN2_HIGH = 0.693359375;
const LN2_LOW = f32(2.1219444e-4);
const C3 = f32(0.16666667);
const C4 = f32(0.041666667);
const C5 = f32(0.0083333333);
const C6 = f32(0.0013888889);

/** Counts of {@link power}. */
export const POWER_WORK: Work = { log: 1, flop: 23, int: 10 };

/**
 * e^x in float32, relative error below 3e-7; x counts as -87 below that and as 88 above. The same bits as
 * `exponential` in exponential.h, which explains the method.
 */
export function exponential(value: number): number {
  let x = value;
  if (!(x > -87)) x = -87;
  if (x > 88) x = 88;
  const turns = f32(x * TURNS);
  const n = Math.trunc(f32(turns < 0 ? turns - 0.5 : turns + 0.5));
  const r = f32(f32(x - f32(n * LN2_HIGH)) + f32(n * LN2_LOW));
  const high = f32(C3 + f32(r * f32(C4 + f32(r * f32(C5 + f32(r * C6))))));
  const series = f32(1 + f32(r * f32(1 + f32(r * f32(0.5 + f32(r * high))))));
  asBits[0] = (n + 127) * 0x800000;
  return f32(series * asFloat[0]!);
}

/** x^y of a positive number, as e^(y ln x), in float32; the same bits as `power` in exponential.h. */
export function power(x: number, y: number): number {
  return exponential(f32(y * logarithm(x)));
}
