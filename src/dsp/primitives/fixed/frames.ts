import type { Work } from '../../../cost.js';
import { sampleOf } from './integers.js';

const FRAME_BITS = 29;
const NO_HIGH_PASS: HighPass = { shift: 0, coefficient: 0, rest: 0 };

/** Counts of {@link emphasisedFrame} and {@link plainFrame} with `count` samples in a transform of `size`. */
export const frameWork = (count: number, size: number): Work => ({ int: 12 * count + size });

/**
 * Returns the bits by which a frame is to be shifted right, negative where it has been shifted left here. `sum` is that
 * of the magnitudes / 2^sumShift, each rounded down.
 */
function finishFrame(frame: Int32Array, count: number, sumShift: number, sum: number): number {
  const most = 2 ** (FRAME_BITS - sumShift);
  let shift = 0;
  let total = sum + count;
  for (; total > most; total = Math.floor((total + 1) / 2)) shift++;
  for (; 2 * total <= most; total *= 2) shift--;
  for (let i = 0; shift < 0 && i < count; i++) frame[i] = frame[i]! * 2 ** -shift;
  return shift;
}

/** A high-pass `y[i] = x[i] - c x[i - shift]`, c = (coefficient + rest / 256) / 32768. */
export interface HighPass {
  readonly shift: number;
  readonly coefficient: number;
  readonly rest: number;
}

/** The high-pass with c in -1..1. */
export function highPass(c: number, shift: number): HighPass {
  const coefficient = Math.round(c * 32_768);
  return { shift, coefficient, rest: Math.round(256 * (c * 32_768 - coefficient)) };
}

/**
 * Copies `count` samples of `x` from `start` on into `frame`, 15 bits behind the point, through the circular high-pass
 * `y[i] = x[i] - c x[i - shift]` and fills the rest with zeros.
 *
 * `x [time T], frame [size]`. Returns the bits by which the frame is to be shifted right, so that its magnitudes sum up
 * to at most 2^29; negative where it has been shifted left already. Performs the same operations as frames.h.
 */
export function emphasisedFrame(
  x: Float32Array,
  start: number,
  count: number,
  { shift, coefficient, rest }: HighPass,
  frame: Int32Array,
): number {
  const sumShift = Math.log2(frame.length);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const back = start + i - shift;
    const previous = sampleOf(x[back < 0 ? back + x.length : back]!);
    const y = sampleOf(x[start + i]!) * 32_768 - coefficient * previous - (((rest * previous) / 256) | 0);
    frame[i] = y;
    sum += (y ^ (y >> 31)) >> sumShift;
  }
  frame.fill(0, count);
  return finishFrame(frame, count, sumShift, sum);
}

/** The same without the high-pass. */
export function plainFrame(x: Float32Array, start: number, count: number, frame: Int32Array): number {
  return emphasisedFrame(x, start, count, NO_HIGH_PASS, frame);
}
