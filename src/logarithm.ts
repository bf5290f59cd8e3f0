import type { Work } from './cost.js';

const f32 = Math.fround;
const asFloat = new Float32Array(1);
const asBits = new Int32Array(asFloat.buffer);

const C3 = f32(0.6666667);
const C5 = f32(0.4);
const C7 = f32(0.2857143);
const C9 = f32(0.22222222);
const LN2_HIGH = f32(0.69314575);
const LN2_LOW = f32(1.4286068e-6);

export const LOG_WORK: Work = { log: 1 };

/**
 * Natural logarithm of a positive float32 in float32 arithmetic, within 1 unit in the last place; the same bits
 * as `logarithm` in logarithm.h, which explains the method.
 *
 * Values below the smallest normal number count as that number, so 0 gives -87.3; infinity and NaN count as the
 * largest finite number, negative numbers as positive.
 *
 * @example
 * ```ts
 * logarithm(1); // 0
 * ```
 */
export function logarithm(value: number): number {
  asFloat[0] = value;
  let bits = asBits[0]! & 0x7fffffff;
  if (bits < 0x00800000) bits = 0x00800000;
  if (bits > 0x7f7fffff) bits = 0x7f7fffff;
  const e = (bits - 0x3f3504f3) >> 23;
  asBits[0] = bits - e * 0x800000;
  const f = f32(asFloat[0]! - 1);
  const s = f32(f / f32(2 + f));
  const z = f32(s * s);
  const series = f32(z * f32(C3 + f32(z * f32(C5 + f32(z * f32(C7 + f32(z * C9)))))));
  const half = f32(f32(0.5 * f) * f);
  const tail = f32(f32(s * f32(half + series)) + f32(e * LN2_LOW));
  return f32(f32(e * LN2_HIGH) + f32(f - f32(half - tail)));
}
