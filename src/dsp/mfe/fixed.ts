import { addWork, timesWork, type Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fixed/fft.js';
import { emphasisedFrame, frameWork, highPass } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { type DecibelScale, decibelScale } from '../primitives/fixed/log.js';
import { loneLogarithm, melFilters, melLogarithms, melPowerShift, melWork } from '../primitives/fixed/mel.js';
import { byFrames } from '../primitives/frame-stream/frame-stream.js';
import header from './fixed.h.js';
import piecesHeader from './fixed-pieces.h.js';
import streamHeader from './fixed-stream.h.js';
import { mfePlan } from './frame.js';
import type { MfeParams } from './params.js';

const EMPHASIS = 0.98;

/** The block in integers: what it does differently where `arithmetic` is `fixed`. */
export const mfeFixed = {
  ...byFrames((input: Spec<'signal'>, p: MfeParams) => {
    const block = plan(input, p);
    const { shift } = block.emphasis;
    return {
      block: { ...block, row: rowOf(input, p) },
      back: shift,
      circular: shift > 0,
      bytes: true,
      last: () => ({ finish: () => {} }),
      work: { row: rowWork(input, p), finish: {} },
      cpp: {
        header: streamHeader,
        type: 'impulsekit::dsp::FixedMfeStream',
        pieces: { header: piecesHeader, type: 'impulsekit::dsp::FixedMfePieces' },
        codeBytes: { 'dsp/mfe-stream/fixed': 338 },
      },
    };
  }),
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedMfe',
    traits: (input: Spec<'signal'>, p: MfeParams) => {
      const { samples, frames, strideSamples, count, filters, sine, powerShift, exponent, emphasis, lone, code } = plan(
        input,
        p,
      );
      return {
        ints: {
          kSamples: samples,
          kFrames: frames,
          kStride: strideSamples,
          kFrameSamples: count,
          kLog2FftLength: Math.log2(p.fftLength),
          kFilters: p.filters,
          kEmphasisShift: emphasis.shift,
          kEmphasis: emphasis.coefficient,
          kEmphasisRest: emphasis.rest,
          kEmphasisFine: emphasis.fine,
          kPowerShift: powerShift,
          kExponent: exponent,
          kReciprocalShift: filters.reciprocalShift,
          kEmpty: filters.empty,
          kCodeFloor: code.floor,
          kCodeSlope: code.slope,
          kCodeBits: code.bits,
          kScratchInts: scratchInts(p),
        },
        bools: { kLoneBin: lone },
        tables: {
          kSine: sine.value,
          kSineRest: sine.rest,
          kBins: filters.bins,
          kReciprocals: filters.reciprocals,
          kLog: filters.logTable,
        },
      };
    },
    scratchBytes: (_input: Spec<'signal'>, p: MfeParams) => 4 * scratchInts(p),
    writesOnce: true,
    codeBytes: { 'dsp/mfe/fixed': 340, 'dsp/fixed/fft': 1740, 'dsp/fixed/mel': 590, 'dsp/fixed/log': 60 },
  },
};

/** The spectrum and behind it the levels of a frame. */
const scratchInts = (p: MfeParams): number => 4 * Math.ceil((p.fftLength + 2 + p.filters) / 4);

function plan(input: Spec<'signal'>, p: MfeParams) {
  const { bins, ...frames } = mfePlan(input, p);
  const powerShift = melPowerShift(bins);
  return {
    ...frames,
    bins,
    sine: sineTable(p.fftLength),
    emphasis: highPass(EMPHASIS, 1 % frames.samples),
    powerShift,
    /** Of two, from the powers of the spectrum to energies of samples as fractions of 32768, before `shift`. */
    exponent: 2 * powerShift - 60 - Math.log2(p.fftLength),
    filters: melFilters(bins, Math.log2(1e-10)),
    code: decibelScale(p.noiseFloorDb, 256),
  };
}

/** A function that writes the row of the frame from `start` on to `out`, from `at` on. */
function rowOf(input: Spec<'signal'>, p: MfeParams) {
  const { count, filters, sine, powerShift, exponent, emphasis, lone, code } = plan(input, p);
  const frame = new Int32Array(p.fftLength);
  const power = new Float64Array(p.fftLength / 2 + 1);
  const levels = new Int32Array(p.filters);
  return (x: Float32Array, start: number, out: Float32Array, at: number): void => {
    const { shift, sum } = emphasisedFrame(x, start, count, emphasis, frame);
    powerSpectrum(frame, sine, shift, powerShift, power);
    melLogarithms(power, filters, exponent + 2 * shift, levels);
    if (lone) levels[0] = loneLogarithm(sum, filters, exponent - 2 * powerShift);
    for (let i = 0; i < p.filters; i++) out[at + i] = codeOf(levels[i]!, code) / 256;
  };
}

/** What one frame costs. */
function rowWork(input: Spec<'signal'>, p: MfeParams): Work {
  const { count, bins } = plan(input, p);
  const codes = timesWork(p.filters, { int: 40 });
  return addWork(frameWork(count, p.fftLength), fftWork(p.fftLength), melWork(bins), codes);
}

/** Decibels between the noise floor and +12 dB as 0..255, rounded. */
function codeOf(level: number, { floor, slope, bits }: DecibelScale): number {
  const above = level - floor;
  if (above <= 0) return 0;
  return Math.min(255, (scaled(above, slope) + (1 << (bits - 1))) >> bits);
}
