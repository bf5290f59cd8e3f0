import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { fail } from '../../errors.js';
import { LOG_WORK } from '../../logarithm.js';
import type { Spec } from '../../spec.js';
import { fftWork } from '../primitives/fft/fft.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import { frameWork } from '../primitives/frames/frames.js';
import { melWork } from '../primitives/mel/mel.js';
import { bandSpec, melCentresHz, melViews } from '../primitives/mel-views/mel-views.js';
import { centreWork } from '../primitives/normalise/normalise.js';
import { tuneMfe } from './autotune.js';
import { mfeFixed } from './fixed.js';
import { mfePlan } from './frame.js';
import header from './mfe.h.js';
import { type MfeParams, params } from './params.js';
import { mfeSteps } from './stream.js';

/**
 * Mel-filterbank energies: a mel-scaled spectrogram in decibels as 8-bit codes, for audio that is not only voice.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x filter F]`, K = floor((T - L) / S) + 1, values q / 256 with
 * q = 0..255. Samples are int16 numbers. Errors: `BAD_OPTION`; `SHAPE_MISMATCH` for several axes, no complete frame,
 * more than 500 frames, or a filter that covers no FFT bin. Follows Edge Impulse's `mfe` block, all published
 * versions, except that the loudest code is 255/256 where theirs wraps to 0. Versions 1 and 2 give energies less their
 * sliding mean, spread over 0..1.
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
    if (p.arithmetic === 'fixed' && p.version < 3) refuseFixed(p);
    const plan = mfePlan(input, p);
    return bandSpec(plan, melCentresHz(plan, plan.bins, p.fftLength));
  },
  ...byFrames((input, p: MfeParams) => mfeSteps(input, p, { row: rowWork(input, p), finish: finishWork(input, p) })),
  published: (input, p) => {
    const { frames, count } = mfePlan(input, p);
    return { sample: frames * count, frame: frames, band: frames * p.filters };
  },
  views: (input, p) => melViews(mfePlan(input, p), input, p.fftLength, p.version < 3 ? 1 : 32_768),
  autotune: (input, _p, data) => tuneMfe(input, data),
  variant: (p) => (p.arithmetic === 'fixed' ? mfeFixed : undefined),
  cpp: {
    header,
    type: 'impulsekit::dsp::Mfe',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, emphasis, twiddles, bins, lone, slope, offset, decibels } =
        mfePlan(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kFftLength: p.fftLength,
          kFilters: p.filters,
          kEmphasisShift: emphasis.shift,
          kNormalizationFrames: decibels ? 0 : p.normalizationFrames,
          kScratchFloats: scratchFloats(input, p),
        },
        floats: {
          kEmphasisHigh: emphasis.high,
          kEmphasisLow: emphasis.low,
          kCodeSlope: slope,
          kCodeOffset: offset,
        },
        bools: { kDecibels: decibels, kLoneBin: lone },
        tables: { kTwiddles: twiddles, kBins: bins },
      };
    },
    scratchBytes: (input, p) => 4 * scratchFloats(input, p),
    writesOnce: (p) => p.version >= 3,
    // With mel filters and logarithm, and the centring of versions 1 and 2.
    codeBytes: (_input, p) => ({ 'dsp/mfe': p.version < 3 ? 840 : 720, 'dsp/fft': 1512 }),
  },
});

/** The transform, or powers and energies behind them; after all of them one column, in versions 1 and 2. */
function scratchFloats(input: Spec<'signal'>, p: MfeParams): number {
  const column = p.version < 3 && p.normalizationFrames > 0 ? mfePlan(input, p).frames : 0;
  return 4 * Math.ceil(Math.max(p.fftLength, p.fftLength / 2 + 1 + p.filters, column) / 4);
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: MfeParams): Work {
  const { count, emphasis, bins } = mfePlan(input, p);
  const perFilter = p.version < 3 ? { flop: 2, int: 5 } : addWork(LOG_WORK, { flop: 10, int: 9 });
  return addWork(frameWork(count, emphasis), fftWork(p.fftLength), melWork(bins), timesWork(p.filters, perFilter), {
    int: count,
  });
}

/** What is left to do for a window when its rows are there. */
function finishWork(input: Spec<'signal'>, p: MfeParams): Work {
  if (p.version >= 3) return {};
  const { frames } = mfePlan(input, p);
  const size = p.normalizationFrames;
  const centring = size > 0 ? timesWork(p.filters, centreWork(frames, size)) : {};
  return addWork(centring, { flop: 3 * frames * p.filters, int: 8 * frames * p.filters, div: frames * p.filters });
}

function refuseFixed(p: MfeParams): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'mfe.arithmetic',
    got: `fixed point in version ${p.version}`,
    expected: 'version 3 or 4',
    fix: 'Use float arithmetic for versions 1 and 2.',
  });
}
