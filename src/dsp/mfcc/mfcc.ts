import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { LOG_WORK } from '../../logarithm.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { dctWork } from '../primitives/dct/dct.js';
import { fftWork } from '../primitives/fft/fft.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import { frameWork, framing } from '../primitives/frames/frames.js';
import { melWork } from '../primitives/mel/mel.js';
import { melViews } from '../primitives/mel-views/mel-views.js';
import { normaliseWork } from '../primitives/normalise/normalise.js';
import { tuneMfcc } from './autotune.js';
import { mfccFixed } from './fixed.js';
import { mfccPlan } from './frame.js';
import header from './mfcc.h.js';
import { type MfccParams, params } from './params.js';
import { mfccSteps } from './stream.js';

/**
 * Mel-frequency cepstral coefficients: compact features of the human voice.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x coefficient C]`, K = floor((T - L) / S) + 1. Coefficient 0 is the
 * natural logarithm of the frame's energy. Samples are int16 numbers. Errors: `BAD_OPTION`; `SHAPE_MISMATCH` for
 * several axes, no complete frame, more than 500 frames, or a filter that covers no FFT bin. Follows Edge Impulse's
 * `mfcc` block, all published versions, down to the rounding residue that it leaves in digital silence.
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
    const { frames, strideSamples, rateHz } = mfccPlan(input, p);
    const spec = spectrogramSpec(frames, p.coefficients, strideSamples / rateHz);
    return { ...spec, axes: [spec.axes[0]!, { name: 'coefficient', size: p.coefficients }] };
  },
  ...byFrames((input, p: MfccParams) => mfccSteps(input, p, { row: rowWork(input, p), finish: finishWork(input, p) })),
  published: (input, p) => {
    const { frames, count } = mfccPlan(input, p);
    const band = frames * p.filters;
    return { sample: frames * count, frame: frames, band, cosine: band * p.coefficients };
  },
  views: (input, p) => melViews(mfccPlan(input, p), input, p.fftLength, 1),
  autotune: (input) => tuneMfcc(input),
  variant: (p) => (p.arithmetic === 'fixed' ? mfccFixed : undefined),
  cpp: {
    header,
    type: 'impulsekit::dsp::Mfcc',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, emphasis, twiddles, bins, lone, table, silence } = mfccPlan(
        input,
        p,
      );
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
        bools: { kLoneBin: lone },
        tables: { kTwiddles: twiddles, kBins: bins, kDct: table },
      };
    },
    scratchBytes: (input, p) => 4 * scratchFloats(input, p),
    // With mel filters, logarithm and cosine transform.
    codeBytes: (input, p) => ({ 'dsp/mfcc': 880, 'dsp/fft': 1512, ...normaliseBytes(input, p) }),
  },
});

/** The transform, then the spectrum with the mel energies behind it, then one column of the output; never two at once. */
function scratchFloats(input: Spec<'signal'>, p: MfccParams): number {
  const { frames } = framing('mfcc', input, p);
  const column = p.normalizationFrames > 0 ? frames : 0;
  return 4 * Math.ceil(Math.max(p.fftLength, p.fftLength / 2 + 2 + p.filters, column) / 4);
}

/** Code of the normalisation, which is shorter where a window holds all frames there and back. */
function normaliseBytes(input: Spec<'signal'>, p: MfccParams): Record<string, number> {
  if (p.normalizationFrames === 0) return {};
  const isWhole = p.normalizationFrames >= 2 * framing('mfcc', input, p).frames;
  return isWhole ? { 'dsp/normalise of all': 471 } : { 'dsp/normalise': 900 };
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: MfccParams): Work {
  const { count, emphasis, bins } = mfccPlan(input, p);
  return addWork(
    frameWork(count, emphasis),
    fftWork(p.fftLength),
    melWork(bins),
    timesWork(p.filters + 1, addWork(LOG_WORK, { flop: 1, int: 3 })),
    { int: count },
    dctWork(p.filters, p.coefficients - 1),
  );
}

/** What the normalisation of a window costs. */
function finishWork(input: Spec<'signal'>, p: MfccParams): Work {
  const size = p.normalizationFrames;
  return size > 0 ? timesWork(p.coefficients, normaliseWork(mfccPlan(input, p).frames, size)) : {};
}
