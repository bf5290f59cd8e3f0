import { logarithm } from '../../logarithm.js';
import type { Spec } from '../../spec.js';
import { powerScale, rawPowers, twiddleTable } from '../primitives/fft/fft.js';
import { emphasisedFrame, framing, preEmphasis } from '../primitives/frames/frames.js';
import { loneBin, melBins, melEnergies } from '../primitives/mel/mel.js';
import { centring, spread } from '../primitives/normalise/normalise.js';
import type { MfeParams } from './params.js';

const f32 = Math.fround;
const CEILING_DB = 12;
const EMPHASIS = 0.98;

export type MfePlan = ReturnType<typeof mfePlan>;

/** All sizes and tables for one input, and the steps from window to features. */
export function mfePlan(input: Spec<'signal'>, p: MfeParams) {
  const frames = framing('mfe', input, p);
  /** Samples of a frame that the FFT sees. */
  const count = Math.min(frames.frameSamples, p.fftLength);
  const decibels = p.version >= 3;
  const emphasis = preEmphasis(decibels ? EMPHASIS : 0, 1, frames.samples);
  const twiddles = twiddleTable(p.fftLength);
  const bins = melBins('mfe', frames.rateHz, p);
  /** Above the level of an energy of 0 all that may be wrong with bin 0 has code 0. */
  const lone = decibels && p.noiseFloorDb < EMPTY_DB && loneBin(bins);
  /** In decibels, samples count as fractions of 32768. */
  const scale = (decibels ? 2 ** -30 : 1) * powerScale(p.fftLength);
  const centre = centring(frames.frames, p.normalizationFrames, p.filters);
  const slope = f32((256 * 10) / Math.LN10 / (CEILING_DB - p.noiseFloorDb));
  const offset = f32((-256 * p.noiseFloorDb) / (CEILING_DB - p.noiseFloorDb));
  return {
    ...frames,
    /** Values of a row. */
    columns: p.filters,
    /** Floats that `frame` works in. */
    frameFloats: p.fftLength,
    count,
    emphasis,
    twiddles,
    bins,
    /** Whether `frame` takes the power of bin 0 from the sum of the frame. */
    lone,
    slope,
    offset,
    /** Fills `x` with the pre-emphasised frame of a window that starts at sample `start`, and zeros; returns its sum. */
    fill: (window: Float32Array, start: number, x: Float32Array): number =>
      emphasisedFrame(window, start, count, emphasis, x),
    /** Whether rows are 8-bit codes of decibels. */
    decibels,
    /** Turns a filled frame (destroyed) into one row of values in `out` from `at` on. */
    frame: (x: Float32Array, out: Float32Array, at: number, sum: number): void => {
      rawPowers(x, p.fftLength, twiddles);
      if (lone) x[0] = f32(sum * sum);
      melEnergies(x, bins, out, at);
      for (let i = at; i < at + p.filters; i++) {
        const sum = f32(out[i]! * scale);
        const energy = sum === 0 ? EMPTY : sum;
        out[i] = decibels ? code(energy, slope, offset) : energy;
      }
    },
    /** What is left to do when all rows are there, in place. */
    finish: (matrix: Float32Array): void => {
      if (decibels) return;
      centre(matrix);
      spread(matrix);
    },
  };
}

const EMPTY = f32(1e-10);
const EMPTY_DB = -100;
const FAINTEST = f32(1e-30);
/** Floats of this size are whole numbers. */
const WHOLE = 12_582_912;

/** Decibels between the noise floor and +12 dB as q / 256, q = 0..255, rounded half to even. */
function code(energy: number, slope: number, offset: number): number {
  const value = f32(f32(logarithm(Math.max(energy, FAINTEST)) * slope) + offset);
  if (!(value > 0)) return 0;
  return (f32(Math.min(value, 255) + WHOLE) - WHOLE) / 256;
}
