import { processingBlock, type View } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { LOG_WORK } from '../../logarithm.js';
import { type Spec, spectrogramSpec } from '../../spec.js';
import { fftWork } from '../primitives/fft/fft.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import { tuneSpectrogram } from './autotune.js';
import { spectrogramFixed } from './fixed.js';
import { spectrogramPlan } from './frame.js';
import { params, type SpectrogramParams } from './params.js';
import header from './spectrogram.h.js';
import { spectrogramSteps } from './stream.js';

/**
 * Power of every FFT bin over time, in decibels: for sound that is not voice, and for any sensor with steady tones.
 *
 * `signal [time T, axis 1] -> spectrogram [frame K x bin B]`, K = floor((T - L) / S) + 1 (version 1: one less where the
 * last frame fits exactly), B = fftLength / 2 + 1; values from 0 on, 1 at +12 dB. Errors: `BAD_OPTION` for frames or
 * strides below 4 samples; `SHAPE_MISMATCH` for several axes, no complete frame or more than 500. Follows versions 1 to
 * 4 of Edge Impulse's `spectrogram` block, the Python side where the device differs.
 *
 * @example
 * ```ts
 * impulse({ input: audio({ rateHz: 16_000, windowMs: 1000 }), dsp: spectrogram({ fftLength: 256 }), learn });
 * ```
 */
export const spectrogram = processingBlock({
  type: 'spectrogram',
  version: 4,
  accepts: ['signal'],
  params,
  output: outputSpec,
  ...byFrames((input, p: SpectrogramParams) =>
    spectrogramSteps(input, p, { row: rowWork(input, p), finish: finishWork(input, p) }),
  ),
  autotune: tuneSpectrogram,
  views: (input, p) => {
    const inDecibels: SpectrogramParams = { ...p, version: p.version < 3 ? 4 : p.version };
    const rows = rowsOf(input, inDecibels);
    const { frames, columns, slope, offset } = spectrogramPlan(input, p);
    const spec = { ...outputSpec(input, p), unit: 'dB' };
    const range = 10 / Math.LN10 / slope;
    return (window): View[] => {
      const values = new Float32Array(frames * columns);
      rows(window, values);
      return [{ name: 'power spectrum', spec, values: values.map((v) => (v + offset) * range + p.noiseFloorDb) }];
    };
  },
  variant: (p) => (p.arithmetic === 'fixed' ? spectrogramFixed(p) : undefined),
  cpp: {
    header,
    type: 'impulsekit::dsp::Spectrogram',
    traits: (input, p) => {
      const { samples, frames, strideSamples, count, twiddles, slope, offset, loudOffset } = spectrogramPlan(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kFftLength: p.fftLength,
          kEmphasisShift: 0,
        },
        floats: { kSlope: slope, kOffset: offset, kLoudOffset: loudOffset },
        bools: { kDecibels: p.version >= 3, kRescales: p.version === 3, kClips: p.version === 3 },
        tables: { kTwiddles: twiddles },
      };
    },
    scratchBytes: (_input, p) => 4 * p.fftLength,
    writesOnce: (p) => p.version === 4,
    codeBytes: (_input, p) => ({ 'dsp/spectrogram': 200, 'dsp/fft': 1512, ...(p.version >= 3 && { 'dsp/log': 204 }) }),
  },
});

function outputSpec(input: Spec<'signal'>, p: SpectrogramParams): Spec<'spectrogram'> {
  const { frames, strideSamples, rateHz, columns } = spectrogramPlan(input, p);
  const spec = spectrogramSpec(frames, columns, strideSamples / rateHz);
  const [frame, band] = spec.axes;
  return { ...spec, axes: [frame!, { ...band!, step: rateHz / p.fftLength, unit: 'Hz' }] };
}

/** A function from a window to the levels of all its frames. */
function rowsOf(input: Spec<'signal'>, p: SpectrogramParams): (window: Float32Array, out: Float32Array) => void {
  const { frames, strideSamples, columns, frameFloats, fill, frame } = spectrogramPlan(input, p);
  const x = new Float32Array(frameFloats);
  return (window, out) => {
    for (let k = 0; k < frames; k++) {
      fill(window, k * strideSamples, x);
      frame(x, out, k * columns);
    }
  };
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: SpectrogramParams): Work {
  const { columns, count } = spectrogramPlan(input, p);
  const levels = p.version >= 3 ? timesWork(columns, addWork(LOG_WORK, { flop: 1, int: 2 })) : { int: 2 * columns };
  return addWork(fftWork(p.fftLength), levels, { int: 2 * count });
}

/** What the scale of a window costs. */
function finishWork(input: Spec<'signal'>, p: SpectrogramParams): Work {
  const { frames, columns } = spectrogramPlan(input, p);
  const values = frames * columns;
  return p.version < 3 ? { flop: 5 * values, int: 8 * values, div: 1 } : { flop: 3 * values, int: 4 * values };
}
