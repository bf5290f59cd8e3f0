import { addWork, timesWork } from '../../cost.js';
import { fail } from '../../errors.js';
import type { Spec } from '../../spec.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fixed/fft.js';
import { frameWork, plainFrame } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { LOG2_WORK, logarithm2, logTable } from '../primitives/fixed/log.js';
import { totalPowerShift } from '../primitives/fixed/mel.js';
import header from './fixed.h.js';
import { spectrogramPlan } from './frame.js';
import type { SpectrogramParams } from './params.js';

const CEILING_DB = 12;
const DECIBELS_PER_OCTAVE = 10 * Math.log10(2);

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
  const { frames, strideSamples, columns, count } = spectrogramPlan(input, p);
  const powerShift = totalPowerShift(p.fftLength);
  const slope = DECIBELS_PER_OCTAVE / (CEILING_DB - p.noiseFloorDb);
  const bits = Math.floor(Math.log2(65_535 / slope));
  return {
    frames,
    strideSamples,
    count,
    bands: columns,
    sine: sineTable(p.fftLength),
    powerShift,
    /** Of two, from the powers of the spectrum to those of samples, before `shift`. */
    exponent: 2 * powerShift - 30 - Math.log2(p.fftLength),
    table: logTable(),
    floor: Math.round((65_536 * p.noiseFloorDb) / DECIBELS_PER_OCTAVE),
    /** Features per octave, times 2^bits. */
    slope: Math.round(slope * 2 ** bits),
    bits,
  };
}

const definition = {
  prepare: (input: Spec<'signal'>, p: SpectrogramParams) => {
    const { frames, strideSamples, count, bands, sine, powerShift, exponent, table, floor, slope, bits } = plan(
      input,
      p,
    );
    const frame = new Int32Array(p.fftLength);
    const power = new Float64Array(bands);
    return (x: Float32Array, out: Float32Array): void => {
      for (let k = 0; k < frames; k++) {
        const shift = plainFrame(x, k * strideSamples, count, frame);
        powerSpectrum(frame, sine, shift, powerShift, power);
        for (let b = 0; b < bands; b++) {
          const value = power[b]!;
          const above = value === 0 ? 0 : logarithm2(value, exponent + 2 * shift, table) - floor;
          out[k * bands + b] = above <= 0 ? 0 : scaled(above, slope) / 2 ** bits;
        }
      }
    };
  },
  work: (input: Spec<'signal'>, p: SpectrogramParams) => {
    const { frames, count, bands } = plan(input, p);
    const levels = timesWork(bands, addWork(LOG2_WORK, { int: 60 }));
    const perFrame = addWork(frameWork(count, p.fftLength), fftWork(p.fftLength), levels);
    return addWork(timesWork(frames, perFrame), { call: 1 });
  },
  stream: () => undefined,
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedSpectrogram',
    traits: (input: Spec<'signal'>, p: SpectrogramParams) => {
      const { frames, strideSamples, count, sine, powerShift, exponent, table, floor, slope, bits } = plan(input, p);
      return {
        ints: {
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kLog2FftLength: Math.log2(p.fftLength),
          kPowerShift: powerShift,
          kExponent: exponent,
          kFloor: floor,
          kSlope: slope,
          kBits: bits,
        },
        tables: { kSine: sine, kLog: table },
      };
    },
    scratchBytes: (_input: Spec<'signal'>, p: SpectrogramParams) => 4 * (p.fftLength + 4),
    codeBytes: { 'dsp/spectrogram/fixed': 260, 'dsp/fixed/fft': 1100, 'dsp/fixed/log': 120 },
  },
};
