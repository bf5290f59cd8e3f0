import { fail } from '../../errors.js';
import { logarithm } from '../../logarithm.js';
import { type Spec, signalOf } from '../../spec.js';
import { powerScale, rawPowers, twiddleTable } from '../primitives/fft/fft.js';
import { emphasisedFrame, framing, preEmphasis } from '../primitives/frames/frames.js';
import type { SpectrogramParams } from './params.js';

const f32 = Math.fround;
const CEILING_DB = 12;
const DECIBELS = 10 / Math.LN10;
const FULL_SCALE = 32_768;
const FEWEST_SAMPLES = 4;

/** All sizes and tables for one input, and the steps from window to features. */
export function spectrogramPlan(input: Spec<'signal'>, p: SpectrogramParams) {
  const { rateHz } = signalOf(input);
  for (const name of ['frameLengthMs', 'frameStrideMs'] as const) {
    if ((rateHz * p[name]) / 1000 < FEWEST_SAMPLES - 0.999) refuseShort(name, p, rateHz);
  }
  const frames = framing('spectrogram', input, p);
  /** Samples of a frame that the FFT sees. */
  const count = Math.min(frames.frameSamples, p.fftLength);
  const columns = p.fftLength / 2 + 1;
  const twiddles = twiddleTable(p.fftLength);
  const range = CEILING_DB - p.noiseFloorDb;
  const slope = f32(DECIBELS / range);
  const addedDb = DECIBELS * Math.log(powerScale(p.fftLength)) - p.noiseFloorDb;
  const offset = f32(addedDb / range);
  const loudOffset = f32((addedDb - 2 * DECIBELS * Math.log(FULL_SCALE)) / range);
  const none = preEmphasis(0, 1, frames.samples);
  const decibels = p.version >= 3;
  const most = p.version === 3 ? 1 : Number.POSITIVE_INFINITY;
  return {
    ...frames,
    /** Values of a row. */
    columns,
    /** Floats that `frame` works in. */
    frameFloats: p.fftLength,
    count,
    twiddles,
    /** From the natural logarithm of `rawPowers` to the output: a factor, and what is then added. */
    slope,
    offset,
    /** The same where samples count as fractions of 32768. */
    loudOffset,
    /** Fills `x` with the frame of a window that starts at sample `start`, and zeros. */
    fill: (window: Float32Array, start: number, x: Float32Array): number =>
      emphasisedFrame(window, start, count, none, x),
    /** Turns a filled frame (destroyed) into one row of levels in `out` from `at` on. */
    frame: (x: Float32Array, out: Float32Array, at: number): void => {
      rawPowers(x, p.fftLength, twiddles);
      for (let b = 0; b < columns; b++) out[at + b] = decibels ? f32(logarithm(x[b]!) * slope) : x[b]!;
    },
    /** Turns the levels of all frames into features, in place. */
    finish: (matrix: Float32Array, loud: boolean): void => {
      if (decibels) scale(matrix, loud ? loudOffset : offset, most);
      else spread(matrix);
    },
  };
}

/** Decibels between the noise floor (0) and +12 dB (1). */
function scale(matrix: Float32Array, offset: number, most: number): void {
  for (let i = 0; i < matrix.length; i++) {
    const value = f32(matrix[i]! + offset);
    matrix[i] = value < 0 ? 0 : Math.min(value, most);
  }
}

/** From the smallest value (0) to the largest (1); all 0 where they are equal. */
function spread(matrix: Float32Array): void {
  let least = matrix[0]!;
  let most = least;
  for (let i = 1; i < matrix.length; i++) {
    if (matrix[i]! < least) least = matrix[i]!;
    if (matrix[i]! > most) most = matrix[i]!;
  }
  const factor = f32(1 / f32(most - least));
  for (let i = 0; i < matrix.length; i++) {
    const value = f32(f32(matrix[i]! - least) * factor);
    matrix[i] = value <= 1 ? value : 0;
  }
}

/** Samples that follow the last one outside -1..1; `quiet` and all of `x` when there is none. */
export function samplesSinceLoud(x: Float32Array, quiet: number): number {
  for (let i = x.length - 1; i >= 0; i--) if (x[i]! > 1 || x[i]! < -1) return x.length - 1 - i;
  return quiet + x.length;
}

function refuseShort(name: 'frameLengthMs' | 'frameStrideMs', p: SpectrogramParams, rateHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: `spectrogram.${name}`,
    got: `${p[name]} ms, fewer than ${FEWEST_SAMPLES} samples at ${rateHz} Hz`,
    expected: `more than ${((FEWEST_SAMPLES - 1) * 1000) / rateHz} ms`,
    fix: `Lengthen ${name}.`,
  });
}
