import { addWork, timesWork, type Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { dct, dctTable, dctWork } from '../primitives/fixed/dct.js';
import { fftWork, powerSpectrum, sineTable, type Total } from '../primitives/fixed/fft.js';
import { emphasisedFrame, frameWork, highPass } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { LOG2_WORK, logarithm2 } from '../primitives/fixed/log.js';
import {
  loneLogarithm,
  type MelFilters,
  melFilters,
  melLogarithms,
  melPowerShift,
  melWork,
} from '../primitives/fixed/mel.js';
import { normalise, normaliseBits, normaliseWork } from '../primitives/fixed/normalise.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import { loneBin } from '../primitives/mel/mel.js';
import header from './fixed.h.js';
import piecesHeader from './fixed-pieces.h.js';
import streamHeader from './fixed-stream.h.js';
import { mfccPlan } from './frame.js';
import type { MfccParams } from './params.js';

/** ln 2 as 16 bits. */
const LN2 = Math.round(65_536 * Math.LN2);

/** The block in integers: what it does differently where `arithmetic` is `fixed`. */
export const mfccFixed = {
  ...byFrames((input: Spec<'signal'>, p: MfccParams) => {
    const block = plan(input, p);
    const { shift } = block.emphasis;
    return {
      block: { ...block, row: rowOf(input, p) },
      back: shift,
      circular: shift > 0,
      bytes: false,
      last: () => ({ finish: finishOf(input, p) }),
      work: { row: rowWork(input, p), finish: finishWork(input, p) },
      cpp: {
        header: streamHeader,
        type: 'impulsekit::dsp::FixedMfccStream',
        pieces: { header: piecesHeader, type: 'impulsekit::dsp::FixedMfccPieces' },
        codeBytes: { 'dsp/mfcc-stream/fixed': 282 },
      },
    };
  }),
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedMfcc',
    traits: (input: Spec<'signal'>, p: MfccParams) => {
      const { samples, frames, strideSamples, count, emphasis, sine, powerShift, exponent, lone, ...tables } = plan(
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
          kEmphasisShift: emphasis.shift,
          kEmphasis: emphasis.coefficient,
          kEmphasisRest: emphasis.rest,
          kEmphasisFine: emphasis.fine,
          kPowerShift: powerShift,
          kExponent: exponent,
          kReciprocalShift: filters.reciprocalShift,
          kEmpty: filters.empty,
          kDctShift: table.shift,
          kScratchInts: scratchInts(frames, p),
        },
        bools: { kLoneBin: lone },
        tables: {
          kSine: sine.value,
          kSineRest: sine.rest,
          kBins: filters.bins,
          kReciprocals: filters.reciprocals,
          kLog: filters.logTable,
          kDct: table.values,
        },
      };
    },
    scratchBytes: (input: Spec<'signal'>, p: MfccParams) => 4 * scratchInts(plan(input, p).frames, p),
    codeBytes: {
      'dsp/mfcc/fixed': 770,
      'dsp/fixed/fft': 1740,
      'dsp/fixed/mel': 590,
      'dsp/fixed/log': 60,
      'dsp/fixed/normalise': 630,
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
  const powerShift = melPowerShift(bins);
  return {
    ...frames,
    bins,
    lone: loneBin(bins),
    sine: sineTable(p.fftLength),
    emphasis: highPass(p.preEmphasis, emphasis.shift),
    powerShift,
    /** Of two, from the powers of the spectrum to energies, before `shift`. */
    exponent: 2 * powerShift - 30 - Math.log2(p.fftLength),
    filters: melFilters(bins, Math.log2(1e-10)),
    table: dctTable(p.filters, p.coefficients - 1, Math.LN2),
  };
}

/** log2 of a sum of powers times 2^exponent; its first 32 bits decide, which the lower part has a share in. */
function logEnergy({ high, low }: Total, exponent: number, { empty, logTable }: MelFilters): number {
  if (high >= 2 ** 26) return logarithm2(high * 2 ** 16 + Math.floor(low / 2 ** 10), exponent + 10, logTable);
  const total = high * 2 ** 26 + low;
  return total === 0 ? empty : logarithm2(total, exponent, logTable);
}

/**
 * A function that writes the row of the frame from `start` on to `out`, from `at` on: integers, 16 bits behind the point,
 * in the places of floats until all rows are there.
 */
function rowOf(input: Spec<'signal'>, p: MfccParams) {
  const { count, emphasis, sine, powerShift, exponent, filters, lone, table } = plan(input, p);
  const frame = new Int32Array(p.fftLength);
  const power = new Float64Array(p.fftLength / 2 + 1);
  const levels = new Int32Array(p.filters);
  const row = new Int32Array(p.coefficients);
  const integersOf = integerView();
  return (x: Float32Array, start: number, out: Float32Array, at: number): void => {
    const { shift, sum } = emphasisedFrame(x, start, count, emphasis, frame);
    const total = powerSpectrum(frame, sine, shift, powerShift, power);
    const scale = exponent + 2 * shift;
    melLogarithms(power, filters, scale, levels);
    if (lone) levels[0] = loneLogarithm(sum, filters, exponent - 2 * powerShift);
    row[0] = scaled(logEnergy(total, scale, filters), LN2);
    dct(levels, table, p.coefficients - 1, row);
    integersOf(out).set(row, at);
  };
}

/** A function from the rows of a window to its features, in place. */
function finishOf(input: Spec<'signal'>, p: MfccParams): (matrix: Float32Array) => void {
  const column = new Int32Array(plan(input, p).frames);
  const size = p.normalizationFrames;
  const integersOf = integerView();
  return (matrix) => {
    const integers = integersOf(matrix);
    for (let j = 0; j < p.coefficients; j++) {
      for (let k = 0; k < column.length; k++) column[k] = integers[j + k * p.coefficients]!;
      if (size > 0) normalise(column, size, matrix, j, p.coefficients);
      else for (let k = 0; k < column.length; k++) matrix[j + k * p.coefficients] = column[k]! / 65_536;
    }
  };
}

/** A function that gives the memory of floats as integers; the view of the latest is kept. */
function integerView(): (floats: Float32Array) => Int32Array {
  let latest: Float32Array | undefined;
  let view: Int32Array = new Int32Array(0);
  return (floats) => {
    if (floats === latest) return view;
    latest = floats;
    view = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
    return view;
  };
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: MfccParams): Work {
  const { count, bins } = plan(input, p);
  return addWork(
    frameWork(count, p.fftLength),
    fftWork(p.fftLength),
    melWork(bins),
    LOG2_WORK,
    dctWork(p.filters, p.coefficients - 1),
  );
}

/** What the normalisation of a window costs. */
function finishWork(input: Spec<'signal'>, p: MfccParams): Work {
  const { frames } = plan(input, p);
  const size = p.normalizationFrames;
  return timesWork(p.coefficients, size > 0 ? normaliseWork(frames, size) : { int: 40 * frames });
}
