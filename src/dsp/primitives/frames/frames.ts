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

/**
 * Cuts an audio window into complete frames; an incomplete last frame is dropped.
 *
 * `signal [time T, axis 1] -> frame [F]`, F = floor((T - L) / S) + 1 for frames of L samples every S samples.
 *
 * @throws `SHAPE_MISMATCH` for more than one axis, no complete frame or more than 500 frames.
 */
export function framing(
  where: string,
  input: Spec<'signal'>,
  p: { readonly frameLengthMs: number; readonly frameStrideMs: number },
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
  const frameSamples = near((rateHz * p.frameLengthMs) / 1000);
  const strideSamples = near((rateHz * p.frameStrideMs) / 1000);
  const frames = Math.floor((samples - (frameSamples - strideSamples)) / strideSamples);
  if (!(frames >= 1 && frameSamples >= 1)) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where,
      got: `frames of ${frameSamples} samples in a window of ${samples}`,
      expected: 'at least one complete frame',
      fix: 'Shorten frameLengthMs or lengthen the window.',
    });
  }
  if (frames > MOST_FRAMES) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where,
      got: `${frames} frames`,
      expected: `at most ${MOST_FRAMES}`,
      fix: 'Lengthen frameStrideMs or shorten the window.',
    });
  }
  return { samples, rateHz, frameSamples, strideSamples, frames };
}

export interface PreEmphasis {
  readonly shift: number;
  readonly high: number;
  readonly low: number;
}

/** A coefficient in two parts: the first has 8 bits, so that its product with an int16 sample is exact in float32. */
export function preEmphasis(coefficient: number, shift: number, samples: number): PreEmphasis {
  const grid = 2 ** (7 - Math.floor(Math.log2(Math.abs(coefficient) || 1)));
  const high = Math.round(coefficient * grid) / grid;
  return { shift: shift % samples, high, low: f32(coefficient - high) };
}

/** Counts of {@link emphasisedFrame}. */
export function frameWork(count: number): Work {
  return { flop: 4 * count };
}

/**
 * Copies `count` samples of `x` from `start` on into `frame`, through the circular high-pass
 * `y[i] = x[i] - c x[i - shift]`, and fills the rest of the frame with zeros. Performs the same float32 operations
 * as frames.h.
 */
export function emphasisedFrame(
  x: Float32Array,
  start: number,
  count: number,
  emphasis: PreEmphasis,
  frame: Float32Array,
  size: number,
): void {
  const { shift, high, low } = emphasis;
  for (let i = 0; i < count; i++) {
    const at = start + i;
    const back = at - shift;
    const previous = x[back < 0 ? back + x.length : back]!;
    frame[i] = f32(f32(x[at]! - f32(high * previous)) - f32(low * previous));
  }
  frame.fill(0, count, size);
}
