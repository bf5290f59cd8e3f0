import { addWork, timesWork, type Work } from '../../cost.js';
import { fail } from '../../errors.js';
import type { Spec } from '../../spec.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fixed/fft.js';
import { frameWork, plainFrame } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { decibelScale, LOG2_WORK, logarithm2, logTable } from '../primitives/fixed/log.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import header from './fixed.h.js';
import streamHeader from './fixed-stream.h.js';
import { spectrogramPlan } from './frame.js';
import type { SpectrogramParams } from './params.js';

/** Keeps each power below 2^53. */
const POWER_SHIFT = 3;

/**
 * The block in integers: what it does differently where `arithmetic` is `fixed`.
 *
 * @throws `BAD_OPTION` for older versions
 */
export function spectrogramFixed({ version }: SpectrogramParams) {
  if (version === 4) return definition;
  return fail({
    code: 'BAD_OPTION',
    where: 'spectrogram.arithmetic',
    got: `fixed in version ${version}`,
    expected: 'float, or version 4',
    fix: 'Use version 4.',
  });
}

function plan(input: Spec<'signal'>, p: SpectrogramParams) {
  const frames = spectrogramPlan(input, p);
  return {
    ...frames,
    sine: sineTable(p.fftLength),
    /** Of two, from the powers of the spectrum to those of samples, before `shift`. */
    exponent: 2 * POWER_SHIFT - 30 - Math.log2(p.fftLength),
    table: logTable(),
    ...decibelScale(p.noiseFloorDb, 1),
  };
}

const definition = {
  ...byFrames((input: Spec<'signal'>, p: SpectrogramParams) => {
    return {
      block: { ...plan(input, p), row: rowOf(input, p) },
      back: 0,
      circular: false,
      bytes: false,
      last: () => ({ finish: () => {} }),
      work: { row: rowWork(input, p), finish: {} },
      cpp: {
        header: streamHeader,
        type: 'impulsekit::dsp::FixedSpectrogramStream',
        codeBytes: { 'dsp/spectrogram-stream/fixed': 128 },
      },
    };
  }),
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedSpectrogram',
    traits: (input: Spec<'signal'>, p: SpectrogramParams) => {
      const { samples, frames, strideSamples, count, sine, exponent, table, floor, slope, bits } = plan(input, p);
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kLog2FftLength: Math.log2(p.fftLength),
          kPowerShift: POWER_SHIFT,
          kExponent: exponent,
          kFloor: floor,
          kSlope: slope,
          kBits: bits,
        },
        tables: { kSine: sine.value, kSineRest: sine.rest, kLog: table },
      };
    },
    scratchBytes: (_input: Spec<'signal'>, p: SpectrogramParams) => 4 * (p.fftLength + 4),
    writesOnce: true,
    codeBytes: { 'dsp/spectrogram/fixed': 300, 'dsp/fixed/fft': 1740, 'dsp/fixed/log': 60 },
  },
};

/** A function that writes the row of the frame from `start` on to `out`, from `at` on. */
function rowOf(input: Spec<'signal'>, p: SpectrogramParams) {
  const { count, columns, sine, exponent, table, floor, slope, bits } = plan(input, p);
  const frame = new Int32Array(p.fftLength);
  const power = new Float64Array(columns);
  return (x: Float32Array, start: number, out: Float32Array, at: number): void => {
    const shift = plainFrame(x, start, count, frame);
    powerSpectrum(frame, sine, shift, POWER_SHIFT, power);
    for (let b = 0; b < columns; b++) {
      const value = power[b]!;
      const above = value === 0 ? 0 : logarithm2(value, exponent + 2 * shift, table) - floor;
      out[at + b] = above <= 0 ? 0 : scaled(above, slope) / 2 ** bits;
    }
  };
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: SpectrogramParams): Work {
  const { count, columns } = plan(input, p);
  const levels = timesWork(columns, addWork(LOG2_WORK, { int: 40 }));
  return addWork(frameWork(count, p.fftLength), fftWork(p.fftLength), levels);
}
