import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { fftWork } from '../primitives/fft/fft.js';
import { frameWork } from '../primitives/frames/frames.js';
import { LOG_WORK } from '../primitives/log/log.js';
import { melWork } from '../primitives/mel/mel.js';
import { mfeFixed } from './fixed.js';
import { mfePlan } from './frame.js';
import header from './mfe.h.js';
import { type MfeParams, params } from './params.js';
import { mfeStream } from './stream.js';

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
    const { frames, strideSamples, rateHz } = mfePlan(input, p);
    return spectrogramSpec(frames, p.filters, strideSamples / rateHz);
  },
  prepare: (input, p) => {
    const { frames, strideSamples, columns, frameFloats, fill, frame, finish } = mfePlan(input, p);
    const x = new Float32Array(frameFloats);
    return (window, out) => {
      for (let k = 0; k < frames; k++) {
        fill(window, k * strideSamples, x);
        frame(x, out, k * columns);
      }
      finish(out);
    };
  },
  work: (input, p) => addWork(timesWork(mfePlan(input, p).frames, rowWork(input, p)), { call: 1 }),
  stream: (input, p, strideSamples) => mfeStream(input, p, strideSamples, { row: rowWork(input, p), finish: {} }),
  variant: (p) => (p.arithmetic === 'fixed' ? mfeFixed : undefined),
  cpp: {
    header,
    type: 'impulsekit::dsp::Mfe',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, emphasis, twiddles, bins, slope, offset } = mfePlan(input, p);
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
        tables: { kTwiddles: twiddles, kBins: bins },
      };
    },
    scratchBytes: (_input, p) => 4 * p.fftLength,
    codeBytes: { 'dsp/mfe': 368, 'dsp/fft': 1224, 'dsp/mel': 132, 'dsp/log': 204 },
  },
});

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: MfeParams): Work {
  const { count, emphasis, bins } = mfePlan(input, p);
  const perFilter = addWork(LOG_WORK, { flop: 8 });
  return addWork(frameWork(count, emphasis), fftWork(p.fftLength), melWork(bins), timesWork(p.filters, perFilter));
}
