import { power } from '../../exponential.js';
import { logarithm } from '../../logarithm.js';
import { choice, float, int, type Values } from '../../params.js';
import type { Spec } from '../../spec.js';
import { FFT_RULE, powerScale, rawPowers, twiddleTable } from '../primitives/fft/fft.js';
import { framing } from '../primitives/frames/frames.js';
import { melBins, melEnergies } from '../primitives/mel/mel.js';
import { FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';
import { WINDOW, windowAt, windowTable } from '../primitives/window/window.js';

const f32 = Math.fround;
const LARGEST = f32(3.4028235e38);

export const params = {
  frameLengthMs: { ...FRAME_LENGTH_MS, default: 25 },
  frameStrideMs: float(10, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(40, 'Mel filters, one value per frame each.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: int(512, 'Points of the FFT; longer frames are cut, shorter ones padded with zeros.', {
    ...FFT_RULE,
    tune: [256, 512],
  }),
  window: WINDOW,
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  normalize: choice(['pcen', 'log'], 'pcen', 'Per-channel energy normalisation, or the natural logarithm.', {
    tune: ['pcen', 'log'],
  }),
  smoothing: float(0.025, 'Weight s of the newest frame in the smoothed energy M.', {
    min: 0.0001,
    max: 1,
    tune: [0.015, 0.025, 0.04, 0.1],
  }),
  gain: float(0.98, 'Exponent alpha of the gain control; 0 is none.', { min: 0, max: 1, tune: [0.8, 0.98] }),
  bias: float(2, 'Offset delta before the root.', { min: 0.001, max: 1000, tune: [1, 2, 10] }),
  power: float(0.5, 'Exponent r of the compression.', { min: 0.01, max: 1, tune: [0.25, 0.5] }),
  epsilon: float(1e-6, 'Added to the energy that is divided by, or that the logarithm is taken of.', {
    min: 1e-12,
    max: 1e9,
  }),
};

export type Params = Values<typeof params>;

/** All sizes and tables for one input, and the steps from window to features. */
export function planPcen(input: Spec<'signal'>, p: Params) {
  const frames = framing('pcen', input, p);
  /** Samples of a frame that the FFT sees. */
  const count = Math.min(frames.frameSamples, p.fftLength);
  const twiddles = twiddleTable(p.fftLength);
  // With what the transform lacks to |X|^2 / N.
  const window = windowTable(p.window, count, Math.sqrt(powerScale(p.fftLength)));
  const bins = melBins('pcen', frames.rateHz, p);
  const root = p.power === 0.5;
  const constants = {
    kKeep: f32(1 - p.smoothing),
    kSmoothing: f32(p.smoothing),
    kGain: f32(-p.gain),
    kBias: f32(p.bias),
    kPower: f32(p.power),
    /** So that silence is 0 exactly. */
    kOffset: root ? f32(Math.sqrt(f32(p.bias))) : power(f32(p.bias), f32(p.power)),
    kEpsilon: f32(p.epsilon),
  };
  return {
    ...frames,
    /** Values of a row. */
    columns: p.filters,
    /** Floats that `frame` works in. */
    frameFloats: p.fftLength,
    count,
    twiddles,
    window,
    bins,
    root,
    constants,
    /** Fills `x` with the windowed frame that starts at sample `start`, and zeros. */
    fill: (samples: Float32Array, start: number, x: Float32Array): void => {
      for (let i = 0; i < count; i++) x[i] = samples[start + i]! * windowAt(window, i, count);
      x.fill(0, count);
    },
    /** Turns a filled frame (destroyed) into one row of energies in `out` from `at` on. */
    frame: (x: Float32Array, out: Float32Array, at: number): void => {
      rawPowers(x, p.fftLength, twiddles);
      melEnergies(x, bins, out, at);
      for (let i = at; i < at + p.filters; i++) if (!(out[i]! <= LARGEST)) out[i] = LARGEST;
    },
    /** Turns the rows of a window into features, in place. */
    finish: (rows: Float32Array): void => {
      if (p.normalize === 'pcen') normalise(rows, frames.frames, p.filters, constants, root);
      else for (let i = 0; i < rows.length; i++) rows[i] = logarithm(f32(rows[i]! + constants.kEpsilon));
    },
  };
}

type Constants = ReturnType<typeof planPcen>['constants'];

/** Per-channel energy normalisation of every column, in place. */
function normalise(rows: Float32Array, frames: number, filters: number, c: Constants, root: boolean): void {
  for (let i = 0; i < filters; i++) {
    let smooth = rows[i]!;
    for (let k = 0, at = i; k < frames; k++, at += filters) {
      const energy = rows[at]!;
      smooth = f32(f32(c.kKeep * smooth) + f32(c.kSmoothing * energy));
      const level = f32(f32(energy * power(f32(smooth + c.kEpsilon), c.kGain)) + c.kBias);
      rows[at] = (root ? f32(Math.sqrt(level)) : power(level, c.kPower)) - c.kOffset;
    }
  }
}
