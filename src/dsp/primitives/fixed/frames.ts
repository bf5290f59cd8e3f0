import type { Work } from '../../../cost.js';
import { sampleOf } from './integers.js';

const FRAME_BITS = 30;

/** Counts of {@link emphasisedFrame} and {@link plainFrame} with `count` samples in a transform of `size`. */
export const frameWork = (count: number, size: number): Work => ({ int: 8 * count + size });

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

/** The coefficient of {@link emphasisedFrame} for `c` in -1..1. */
export const emphasisCoefficient = (c: number): number => Math.round(c * 32_768);

/**
 * Copies `count` samples of `x` from `start` on into `frame`, 15 bits behind the point, through the circular high-pass
 * `y[i] = x[i] - c x[i - shift]`, c = coefficient / 32768, and fills the rest with zeros.
 *
 * `x [time T], frame [size]`. Returns the bits by which the frame is to be shifted right, so that its magnitudes sum up
 * to at most 2^30; negative where it has been shifted left already. Performs the same operations as frames.h.
 */
export function emphasisedFrame(
  x: Float32Array,
  start: number,
  count: number,
  shift: number,
  coefficient: number,
  frame: Int32Array,
): number {
  const sumShift = Math.log2(frame.length);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const back = start + i - shift;
    const previous = sampleOf(x[back < 0 ? back + x.length : back]!);
    const y = sampleOf(x[start + i]!) * 32_768 - coefficient * previous;
    frame[i] = y;
    sum += (y ^ (y >> 31)) >> sumShift;
  }
  frame.fill(0, count);
  return finishFrame(frame, count, sumShift, sum);
}

/** The same without the high-pass. */
export function plainFrame(x: Float32Array, start: number, count: number, frame: Int32Array): number {
  return emphasisedFrame(x, start, count, 0, 0, frame);
}
