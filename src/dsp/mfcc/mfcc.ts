import { processingBlock } from '../../block.js';
import { addWork, timesWork } from '../../cost.js';
import { fail } from '../../errors.js';
import { float, int, type Values } from '../../params.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { dct, dctTable, dctWork } from '../primitives/dct/dct.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fft/fft.js';
import { emphasisedFrame, frameWork, framing, preEmphasis } from '../primitives/frames/frames.js';
import { LOG_WORK, logarithm } from '../primitives/log/log.js';
import { melBins, melEnergies, melWork } from '../primitives/mel/mel.js';
import { FFT_LENGTH, FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';
import { Normalisation, normaliseWork, silenceResidue } from '../primitives/normalise/normalise.js';
import header from './mfcc.h.js';

const f32 = Math.fround;
const EMPTY = f32(1e-10);

const oddOrOff = (n: number): string | undefined =>
  n === 0 || n % 2 === 1 ? undefined : 'an odd number, or 0 for none';

const params = {
  coefficients: int(13, 'Cepstral coefficients kept per frame, at most as many as filters.', {
    min: 1,
    max: 512,
    tune: [10, 13, 20],
  }),
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(20, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(32, 'Mel filters.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: FFT_LENGTH,
  normalizationFrames: int(101, 'Frames of the sliding mean and variance normalisation, odd; 0 is off.', {
    min: 0,
    max: 9999,
    check: oddOrOff,
    tune: [0, 51, 101, 151],
  }),
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  preEmphasis: float(0.98, 'Coefficient of the high-pass before the frames; 0 is none.', { min: -1, max: 1 }),
  preEmphasisShift: int(1, 'Distance in samples of the value the high-pass takes off.', { min: 1 }),
};

type Params = Values<typeof params>;

/**
 * Mel-frequency cepstral coefficients: compact features of the human voice.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x coefficient C]`, K = floor((T - L) / S) + 1. Coefficient 0 is the
 * natural logarithm of the frame's energy. Samples are int16 numbers. Errors: `BAD_OPTION`; `SHAPE_MISMATCH` for
 * several axes, no complete frame, more than 500 frames, or a filter that covers no FFT bin. Follows version 4 of Edge
 * Impulse's `mfcc` block, down to the rounding residue that it leaves in digital silence.
 *
 * @example
 * ```ts
 * impulse({ input: audio({ rateHz: 16_000, windowMs: 1000 }), dsp: mfcc({ coefficients: 10 }), learn });
 * ```
 */
export const mfcc = processingBlock({
  type: 'mfcc',
  version: 4,
  accepts: ['signal'],
  params,
  output: (input, p) => {
    const { frames, strideSamples, rateHz } = plan(input, p);
    return spectrogramSpec(frames, p.coefficients, strideSamples / rateHz);
  },
  prepare: (input, p) => {
    const { frames, strideSamples, count, emphasis, sine, bins, table, silence } = plan(input, p);
    const frame = new Float32Array(p.fftLength);
    const energies = new Float32Array(p.filters);
    const size = p.normalizationFrames;
    const normalisation = size > 0 ? new Normalisation(frames, size) : undefined;
    return (x, out) => {
      for (let k = 0, at = 0; k < frames; k++, at += p.coefficients) {
        emphasisedFrame(x, k * strideSamples, count, emphasis, frame, p.fftLength);
        powerSpectrum(frame, p.fftLength, sine);
        let total = 0;
        for (let b = 0; b <= p.fftLength / 2; b++) total = f32(total + frame[b]!);
        melEnergies(frame, bins, energies, 0);
        for (let i = 0; i < p.filters; i++) energies[i] = logOrFloor(energies[i]!);
        out[at] = logOrFloor(total);
        dct(energies, table, p.coefficients - 1, out, at);
      }
      for (let j = 0; normalisation && j < p.coefficients; j++) {
        normalisation.run(out, j, p.coefficients, j === 0 ? silence : 0);
      }
    };
  },
  work: (input, p) => {
    const { frames, count, bins } = plan(input, p);
    const perFrame = [
      frameWork(count),
      fftWork(p.fftLength),
      { flop: p.fftLength / 2 },
      melWork(bins),
      timesWork(p.filters + 1, LOG_WORK),
      dctWork(p.filters, p.coefficients - 1),
    ];
    const size = p.normalizationFrames;
    const normalising = size > 0 ? timesWork(p.coefficients, normaliseWork(frames, size)) : {};
    return addWork(timesWork(frames, addWork(...perFrame)), normalising, { call: 1 });
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Mfcc',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, emphasis, sine, bins, table, silence } = plan(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kFftLength: p.fftLength,
          kFilters: p.filters,
          kCoefficients: p.coefficients,
          kNormalizationFrames: p.normalizationFrames,
          kEmphasisShift: emphasis.shift,
          kScratchFloats: scratchFloats(input, p),
        },
        floats: { kEmphasisHigh: emphasis.high, kEmphasisLow: emphasis.low, kSilence: silence },
        tables: { kSine: sine, kBins: bins, kDct: table },
      };
    },
    scratchBytes: (input, p) => 4 * scratchFloats(input, p),
    codeBytes: { 'dsp/mfcc': 436, 'dsp/fft': 1224, 'dsp/mel': 132, 'dsp/log': 204, 'dsp/normalise': 768 },
  },
});

/** The transform, then the spectrum with the mel energies behind it, then one column of the output; never two at once. */
function scratchFloats(input: Spec<'signal'>, p: Params): number {
  const { frames } = framing('mfcc', input, p);
  const column = p.normalizationFrames > 0 ? frames : 0;
  return 4 * Math.ceil(Math.max(p.fftLength, p.fftLength / 2 + 1 + p.filters, column) / 4);
}

/** All sizes and tables for one input. */
function plan(input: Spec<'signal'>, p: Params) {
  if (p.coefficients > p.filters) refuseCoefficients(p);
  const frames = framing('mfcc', input, p);
  return {
    ...frames,
    /** Samples of a frame that the FFT sees. */
    count: Math.min(frames.frameSamples, p.fftLength),
    emphasis: preEmphasis(p.preEmphasis, p.preEmphasisShift, frames.samples),
    sine: sineTable(p.fftLength),
    bins: melBins('mfcc', frames.rateHz, p),
    table: dctTable(p.filters, p.coefficients - 1),
    silence: silenceResidue(Math.log(1e-10), p.normalizationFrames),
  };
}

function refuseCoefficients({ coefficients, filters }: Params): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'mfcc.coefficients',
    got: `${coefficients} coefficients of ${filters} filters`,
    expected: 'at most as many coefficients as filters',
    fix: 'Use more filters or fewer coefficients.',
  });
}

function logOrFloor(energy: number): number {
  return logarithm(energy === 0 ? EMPTY : energy);
}
