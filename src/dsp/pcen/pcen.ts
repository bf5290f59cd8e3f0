import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { POWER_WORK } from '../../exponential.js';
import { LOG_WORK } from '../../logarithm.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { fftWork } from '../primitives/fft/fft.js';
import { byFrames, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { melWork } from '../primitives/mel/mel.js';
import header from './pcen.h.js';
import { type Params, params, planPcen } from './plan.js';
import streamHeader from './stream.h.js';

/**
 * Mel energies with per-channel energy normalisation, which keeps levels alike near and far and in steady noise; or as
 * plain log-mel.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x filter F]`, K = floor((T - L) / S) + 1; samples are int16 numbers.
 * `pcen`: (E / (epsilon + M)^gain + bias)^power - bias^power, M = (1 - s) M + s E from the first frame's energy on;
 * `log`: ln(E + epsilon). Errors: `BAD_OPTION`; `SHAPE_MISMATCH` for several axes, no complete frame, more than 500
 * frames, or a filter that covers no FFT bin. Source: Wang, Getreuer, Hughes, Lyon and Saurous (2017).
 *
 * @example
 * ```ts
 * impulse({ input: audio({ rateHz: 16_000, windowMs: 1000 }), dsp: pcen({ filters: 32 }), learn });
 * ```
 */
export const pcen = processingBlock({
  type: 'pcen',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input: Spec<'signal'>, p) => {
    const { frames, strideSamples, rateHz } = planPcen(input, p);
    return spectrogramSpec(frames, p.filters, strideSamples / rateHz);
  },
  ...byFrames((input, p: Params) => {
    const block = planPcen(input, p);
    return {
      block: { ...block, row: rowOf(block) },
      back: 0,
      circular: false,
      bytes: false,
      last: () => ({ finish: block.finish }),
      work: { row: rowWork(input, p), finish: finishWork(input, p) },
      cpp: { header: streamHeader, type: 'impulsekit::dsp::PcenStream', codeBytes: { 'dsp/frame-stream': 300 } },
    };
  }),
  views: (input, p) => {
    const { frames, strideSamples, rateHz, columns, frameFloats, fill, frame } = planPcen(input, p);
    const spec = spectrogramSpec(frames, p.filters, strideSamples / rateHz);
    return (window) => {
      const x = new Float32Array(frameFloats);
      const values = new Float32Array(frames * columns);
      for (let k = 0; k < frames; k++) {
        fill(window, k * strideSamples, x);
        frame(x, values, k * columns);
      }
      return [{ name: 'mel energies', spec, values }];
    };
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Pcen',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, twiddles, window, bins, root, constants } = planPcen(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kFftLength: p.fftLength,
          kFilters: p.filters,
          kWindowCount: window.length,
        },
        floats: constants,
        bools: { kPcen: p.normalize === 'pcen', kRoot: root },
        tables: { kTwiddles: twiddles, kWindow: window, kBins: bins },
      };
    },
    scratchBytes: (_input, p) => 4 * p.fftLength,
    codeBytes: (_input, p) => ({
      'dsp/pcen': p.normalize === 'pcen' ? 400 : 300,
      'dsp/fft': 1512,
      'dsp/mel': 132,
      'dsp/log': 204,
      ...(p.normalize === 'pcen' && { 'dsp/exp': 196 }),
    }),
  },
});

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: Params): Work {
  const { count, bins } = planPcen(input, p);
  return addWork({ flop: count + p.filters, int: 3 * count + 3 * p.filters }, fftWork(p.fftLength), melWork(bins));
}

/** What the normalisation of all rows costs. */
function finishWork(input: Spec<'signal'>, p: Params): Work {
  const { frames, root } = planPcen(input, p);
  const compression: Work = root ? { div: 1 } : POWER_WORK;
  const each =
    p.normalize === 'log'
      ? addWork(LOG_WORK, { flop: 1, int: 4 })
      : addWork(POWER_WORK, compression, { flop: 7, int: 6 });
  return timesWork(frames * p.filters, each);
}
