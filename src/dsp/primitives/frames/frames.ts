import type { Work } from '../../../cost.js';
import { fail } from '../../../errors.js';
import type { Spec } from '../../../spec.js';
import { signalOf } from '../../../spec.js';

const f32 = Math.fround;
const MOST_FRAMES = 500;

/** How a window is cut into frames, in samples. */
export interface Framing {
  readonly samples: number;
  readonly rateHz: number;
  readonly frameSamples: number;
  readonly strideSamples: number;
  readonly frames: number;
}

/** Whole samples nearest to `v` as Edge Impulse counts them: up, unless within 0.001 above a whole number. */
function near(v: number): number {
  const whole = Math.floor(v);
  return v > whole && v < whole + 0.001 ? whole : Math.ceil(v);
}

/** A half goes to the even neighbour. */
function roundHalfEven(v: number): number {
  const whole = Math.floor(v);
  const half = v - whole === 0.5;
  return half ? whole + (whole % 2) : Math.round(v);
}

/**
 * Cuts an audio window into complete frames; an incomplete last frame is dropped.
 *
 * `signal [time T, axis 1] -> frame [F]`, F = floor((T - L) / S) + 1 for frames of L samples every S samples. Version 1
 * of a block has one frame less and rounds L half to even.
 *
 * @throws `SHAPE_MISMATCH` for more than one axis, no complete frame or more than 500 frames.
 */
export function framing(
  where: string,
  input: Spec<'signal'>,
  p: { readonly frameLengthMs: number; readonly frameStrideMs: number; readonly version?: number },
): Framing {
  const { samples, rateHz } = signalOf(input);
  const axes = input.axes[1]?.size ?? 1;
  if (axes !== 1) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where,
      got: `a signal of ${axes} axes`,
      expected: 'one axis of audio',
      fix: 'Select one axis, or use the spectral block for several.',
    });
  }
  const first = p.version === 1;
  const frameSamples = (first ? roundHalfEven : near)((rateHz * p.frameLengthMs) / 1000);
  const strideSamples = near((rateHz * p.frameStrideMs) / 1000);
  const frames = Math.floor((samples - frameSamples) / strideSamples) + (first ? 0 : 1);
  if (!(frames >= 1 && frameSamples >= 1)) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where: `${where}.frameLengthMs`,
      got: `frames of ${frameSamples} samples in a window of ${samples}`,
      expected: `at least one complete frame: at most ${(1000 * samples) / rateHz} ms`,
      fix: 'Shorten frameLengthMs or lengthen the window.',
    });
  }
  if (frames > MOST_FRAMES) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where: `${where}.frameStrideMs`,
      got: `${frames} frames`,
      expected: `at most ${MOST_FRAMES}: frameStrideMs of about ${Math.ceil((1000 * samples) / rateHz / MOST_FRAMES)} or more`,
      fix: 'Lengthen frameStrideMs or shorten the window.',
    });
  }
  return { samples, rateHz, frameSamples, strideSamples, frames };
}

export interface PreEmphasis {
  /** Distance in samples, 1..samples; 0 for no high-pass. */
  readonly shift: number;
  readonly high: number;
  readonly low: number;
}

/** A coefficient in two parts: the first has 8 bits, so that its product with an int16 sample is exact in float32. */
export function preEmphasis(coefficient: number, shift: number, samples: number): PreEmphasis {
  if (coefficient === 0) return { shift: 0, high: 0, low: 0 };
  const grid = 2 ** (7 - Math.floor(Math.log2(Math.abs(coefficient))));
  const high = Math.round(coefficient * grid) / grid;
  return { shift: ((shift - 1) % samples) + 1, high, low: f32(coefficient - high) };
}

/** Counts of {@link emphasisedFrame}. */
export function frameWork(count: number, { shift }: PreEmphasis): Work {
  return shift === 0 ? { int: count } : { flop: 5 * count };
}

/**
 * Fills `frame` with `count` samples of `x` from `start` on, through the circular high-pass
 * `y[i] = x[i] - c x[i - shift]`, and with zeros after them. Performs the same float32 operations as frames.h.
 *
 * Returns the sum of the frame where there is a high-pass, else 0. For int16 samples it is 0 wherever it is 0 in theory,
 * which the sum of the rounded frame is not: sums of samples are exact, and so is `D + (1 - c) S`, S the sum of the
 * samples `shift` before those of the frame, D how much theirs is larger.
 */
export function emphasisedFrame(
  x: Float32Array,
  start: number,
  count: number,
  emphasis: PreEmphasis,
  frame: Float32Array,
): number {
  const { shift, high, low } = emphasis;
  frame.fill(0, count);
  if (shift === 0) {
    frame.set(x.subarray(start, start + count));
    return 0;
  }
  const first = Math.min(count, Math.max(0, shift - start));
  let sum = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const value = x[start + i]!;
    const previous = x[start + i - shift + (i < first ? x.length : 0)]!;
    frame[i] = f32(f32(value - f32(high * previous)) - f32(low * previous));
    sum = f32(sum + value);
    before = f32(before + previous);
  }
  // With a shift of 1 the two sums differ by the first and the last sample only.
  const difference =
    shift === 1 ? f32(x[start + count - 1]! - x[first > 0 ? x.length - 1 : start - 1]!) : f32(sum - before);
  return f32(difference + f32(f32(f32(1 - high) - low) * before));
}
