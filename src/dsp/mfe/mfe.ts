import { processingBlock } from '../../block.js';
import { addWork, timesWork } from '../../cost.js';
import { float, int, type Values } from '../../params.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fft/fft.js';
import { emphasisedFrame, frameWork, framing, preEmphasis } from '../primitives/frames/frames.js';
import { LOG_WORK, logarithm } from '../primitives/log/log.js';
import { melBins, melEnergies, melWork } from '../primitives/mel/mel.js';
import { FFT_LENGTH, FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';
import header from './mfe.h.js';

const f32 = Math.fround;
const CEILING_DB = 12;
const EMPHASIS = 0.98;

const params = {
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(10, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(40, 'Mel filters, one value per frame each.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: FFT_LENGTH,
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  noiseFloorDb: float(-52, 'Level in dB that maps to 0; +12 dB maps to the top.', {
    min: -200,
    max: 0,
    tune: [-72, -62, -52, -42],
  }),
};

type Params = Values<typeof params>;

/**
 * Mel-filterbank energies: a mel-scaled spectrogram in decibels as 8-bit codes, for audio that is not only voice.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x filter F]`, K = floor((T - L) / S) + 1, values q / 256 with
 * q = 0..255. Samples are int16 numbers. Errors: `BAD_OPTION`; `SHAPE_MISMATCH` for several axes, no complete frame,
 * more than 500 frames, or a filter that covers no FFT bin. Follows version 4 of Edge Impulse's `mfe` block, except
 * that the loudest code is 255/256 where theirs wraps to 0.
 *
 * @example
 * ```ts
 * impulse({ input: audio({ rateHz: 16_000, windowMs: 1000 }), dsp: mfe({ filters: 32 }), learn });
 * ```
 */
export const mfe = processingBlock({
  type: 'mfe',
  version: 4,
  accepts: ['signal'],
  params,
  output: (input, p) => {
    const { frames, strideSamples, rateHz } = plan(input, p);
    return spectrogramSpec(frames, p.filters, strideSamples / rateHz);
  },
  prepare: (input, p) => {
    const { frames, strideSamples, count, emphasis, sine, bins, slope, offset } = plan(input, p);
    const frame = new Float32Array(p.fftLength);
    return (x, out) => {
      for (let k = 0, at = 0; k < frames; k++) {
        emphasisedFrame(x, k * strideSamples, count, emphasis, frame, p.fftLength);
        powerSpectrum(frame, p.fftLength, sine);
        melEnergies(frame, bins, out, at);
        for (const end = at + p.filters; at < end; at++) out[at] = code(out[at]!, slope, offset);
      }
    };
  },
  work: (input, p) => {
    const { frames, count, bins } = plan(input, p);
    const perFilter = addWork(LOG_WORK, { flop: 8 });
    const perFrame = [frameWork(count), fftWork(p.fftLength), melWork(bins), timesWork(p.filters, perFilter)];
    return addWork(timesWork(frames, addWork(...perFrame)), { call: 1 });
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Mfe',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, emphasis, sine, bins, slope, offset } = plan(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kFftLength: p.fftLength,
          kFilters: p.filters,
          kEmphasisShift: emphasis.shift,
        },
        floats: {
          kEmphasisHigh: emphasis.high,
          kEmphasisLow: emphasis.low,
          kCodeSlope: slope,
          kCodeOffset: offset,
        },
        tables: { kSine: sine, kBins: bins },
      };
    },
    scratchBytes: (_input, p) => 4 * p.fftLength,
    codeBytes: { 'dsp/mfe': 368, 'dsp/fft': 1224, 'dsp/mel': 132, 'dsp/log': 204 },
  },
});

/** All sizes and tables for one input. */
function plan(input: Spec<'signal'>, p: Params) {
  const frames = framing('mfe', input, p);
  return {
    ...frames,
    /** Samples of a frame that the FFT sees. */
    count: Math.min(frames.frameSamples, p.fftLength),
    emphasis: preEmphasis(EMPHASIS, 1, frames.samples),
    sine: sineTable(p.fftLength),
    bins: melBins('mfe', frames.rateHz, p),
    slope: f32((256 * 10) / Math.LN10 / (CEILING_DB - p.noiseFloorDb)),
    offset: f32((-256 * p.noiseFloorDb) / (CEILING_DB - p.noiseFloorDb)),
  };
}

const POWER_SCALE = 2 ** -30;
const EMPTY = f32(1e-10);
const FAINTEST = f32(1e-30);

/** Decibels between the noise floor and +12 dB as q / 256, q = 0..255, rounded half to even. */
function code(sum: number, slope: number, offset: number): number {
  let energy = f32(sum * POWER_SCALE);
  if (energy === 0) energy = EMPTY;
  if (energy < FAINTEST) energy = FAINTEST;
  const value = f32(f32(logarithm(energy) * slope) + offset);
  if (!(value > 0)) return 0;
  if (value >= 255) return 255 / 256;
  const q = Math.trunc(value);
  const rest = f32(value - q);
  return (rest > 0.5 || (rest === 0.5 && q % 2 === 1) ? q + 1 : q) / 256;
}
