import { addWork, timesWork } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { dct, dctTable, dctWork } from '../primitives/fixed/dct.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fixed/fft.js';
import { emphasisCoefficient, emphasisedFrame, frameWork } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { LOG2_WORK, logarithm2 } from '../primitives/fixed/log.js';
import { melFilters, melLogarithms, melPowerShift, melWork, totalPowerShift } from '../primitives/fixed/mel.js';
import { normalise, normaliseBits, normaliseWork } from '../primitives/fixed/normalise.js';
import header from './fixed.h.js';
import { mfccPlan } from './frame.js';
import type { MfccParams } from './params.js';

/** ln 2 as 16 bits. */
const LN2 = Math.round(65_536 * Math.LN2);

/** The block in integers: what it does differently where `arithmetic` is `fixed`. */
export const mfccFixed = {
  prepare: (input: Spec<'signal'>, p: MfccParams) => {
    const {
      frames,
      strideSamples,
      count,
      shift: back,
      emphasis,
      sine,
      powerShift,
      exponent,
      ...tables
    } = plan(input, p);
    const { filters, table } = tables;
    const frame = new Int32Array(p.fftLength);
    const power = new Float64Array(p.fftLength / 2 + 1);
    const levels = new Int32Array(p.filters);
    const columns = Array.from({ length: p.coefficients }, () => new Int32Array(frames));
    const row = new Int32Array(p.coefficients);
    return (x: Float32Array, out: Float32Array): void => {
      for (let k = 0; k < frames; k++) {
        const shift = emphasisedFrame(x, k * strideSamples, count, back, emphasis, frame);
        const total = powerSpectrum(frame, sine, shift, powerShift, power);
        const scale = exponent + 2 * shift;
        melLogarithms(power, filters, scale, levels);
        row[0] = scaled(total === 0 ? filters.empty : logarithm2(total, scale, filters.logTable), LN2);
        dct(levels, table, p.coefficients - 1, row);
        for (let j = 0; j < p.coefficients; j++) columns[j]![k] = row[j]!;
      }
      for (let j = 0; j < p.coefficients; j++) finish(columns[j]!, p.normalizationFrames, out, j, p.coefficients);
    };
  },
  work: (input: Spec<'signal'>, p: MfccParams) => {
    const { frames, count, bins } = plan(input, p);
    const perFrame = addWork(
      frameWork(count, p.fftLength),
      fftWork(p.fftLength),
      melWork(bins),
      LOG2_WORK,
      dctWork(p.filters, p.coefficients - 1),
    );
    const size = p.normalizationFrames;
    const column = size > 0 ? normaliseWork(frames, size) : { int: 40 * frames };
    return addWork(timesWork(frames, perFrame), timesWork(p.coefficients, column), { call: 1 });
  },
  stream: () => undefined,
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedMfcc',
    traits: (input: Spec<'signal'>, p: MfccParams) => {
      const { samples, frames, strideSamples, count, shift, emphasis, sine, powerShift, exponent, ...tables } = plan(
        input,
        p,
      );
      const { filters, table } = tables;
      const { meanShift, bits } = normaliseBits(Math.max(1, p.normalizationFrames));
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kLog2FftLength: Math.log2(p.fftLength),
          kFilters: p.filters,
          kCoefficients: p.coefficients,
          kNormalizationFrames: p.normalizationFrames,
          kMeanShift: meanShift,
          kNormalizationBits: bits,
          kEmphasisShift: shift,
          kEmphasis: emphasis,
          kPowerShift: powerShift,
          kExponent: exponent,
          kReciprocalShift: filters.reciprocalShift,
          kEmpty: filters.empty,
          kDctShift: table.shift,
          kScratchInts: scratchInts(frames, p),
        },
        tables: {
          kSine: sine,
          kBins: filters.bins,
          kReciprocals: filters.reciprocals,
          kLog: filters.logTable,
          kDct: table.values,
        },
      };
    },
    scratchBytes: (input: Spec<'signal'>, p: MfccParams) => 4 * scratchInts(plan(input, p).frames, p),
    codeBytes: {
      'dsp/mfcc/fixed': 320,
      'dsp/fixed/fft': 1100,
      'dsp/fixed/mel': 420,
      'dsp/fixed/log': 120,
      'dsp/fixed/dct': 130,
      'dsp/fixed/normalise': 500,
    },
  },
};

/** The spectrum and behind it the levels of a frame, or one column of the output. */
function scratchInts(frames: number, p: MfccParams): number {
  const column = p.normalizationFrames > 0 ? frames : 0;
  return 4 * Math.ceil(Math.max(p.fftLength + 2 + p.filters, column) / 4);
}

function plan(input: Spec<'signal'>, p: MfccParams) {
  const { bins, emphasis, ...frames } = mfccPlan(input, p);
  const powerShift = Math.max(melPowerShift(bins), totalPowerShift(p.fftLength));
  return {
    ...frames,
    bins,
    sine: sineTable(p.fftLength),
    shift: emphasis.shift,
    emphasis: emphasisCoefficient(p.preEmphasis),
    powerShift,
    /** Of two, from the powers of the spectrum to energies, before `shift`. */
    exponent: 2 * powerShift - 30 - Math.log2(p.fftLength),
    filters: melFilters(bins, Math.log2(1e-10)),
    table: dctTable(p.filters, p.coefficients - 1, Math.LN2),
  };
}

/** A column with 16 bits behind the point as features. */
function finish(column: Int32Array, size: number, out: Float32Array, first: number, stride: number): void {
  if (size > 0) normalise(column, size, out, first, stride);
  else for (let k = 0; k < column.length; k++) out[first + k * stride] = column[k]! / 65_536;
}
