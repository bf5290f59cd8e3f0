import type { Work } from '../../../cost.js';
import { sampleOf } from './integers.js';

const FRAME_BITS = 29;
const NO_HIGH_PASS: HighPass = { shift: 0, coefficient: 0, rest: 0, fine: 0 };

/** Counts of {@link emphasisedFrame} and {@link plainFrame} with `count` samples in a transform of `size`. */
export const frameWork = (count: number, size: number): Work => ({ int: 14 * count + size });

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
  /** The same as `rest`, times 2^24. */
  readonly fine: number;
}

/** What is known of a frame besides its values. */
export interface Filled {
  /** Bits by which it is to be shifted right; negative where it has been shifted left already. */
  readonly shift: number;
  /** The magnitude of its exact sum, 15 bits behind the point. */
  readonly sum: number;
}

/** The high-pass with c in -1..1. */
export function highPass(c: number, shift: number): HighPass {
  const coefficient = Math.round(c * 32_768);
  const rest = c * 32_768 - coefficient;
  return { shift, coefficient, rest: Math.round(256 * rest), fine: Math.round(2 ** 24 * rest) };
}

/**
 * Copies `count` samples of `x` from `start` on into `frame`, 15 bits behind the point, through the circular high-pass
 * `y[i] = x[i] - c x[i - shift]` and fills the rest with zeros.
 *
 * `x [time T], frame [size]`. Shifted, the magnitudes of the frame sum up to at most 2^29. Its sum is exact: 0 wherever
 * it is 0 in theory, which the sum of the rounded frame is not. Performs the same operations as frames.h.
 */
export function emphasisedFrame(
  x: Float32Array,
  start: number,
  count: number,
  { shift, coefficient, rest, fine }: HighPass,
  frame: Int32Array,
): Filled {
  const sumShift = Math.log2(frame.length);
  let magnitudes = 0;
  let sum = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const back = start + i - shift;
    const previous = sampleOf(x[back < 0 ? back + x.length : back]!);
    const value = sampleOf(x[start + i]!);
    const y = value * 32_768 - coefficient * previous - (((rest * previous) / 256) | 0);
    frame[i] = y;
    magnitudes += (y ^ (y >> 31)) >> sumShift;
    sum += value;
    before += previous;
  }
  frame.fill(0, count);
  return {
    shift: finishFrame(frame, count, sumShift, magnitudes),
    sum: Math.abs(sum * 32_768 - before * coefficient - Math.floor((before * fine + 2 ** 23) / 2 ** 24)),
  };
}

/** Without a high-pass; returns the shift alone. */
export function plainFrame(x: Float32Array, start: number, count: number, frame: Int32Array): number {
  return emphasisedFrame(x, start, count, NO_HIGH_PASS, frame).shift;
}
