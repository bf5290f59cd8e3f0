import { addWork, timesWork } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { fftWork, powerSpectrum, sineTable } from '../primitives/fixed/fft.js';
import { emphasisCoefficient, emphasisedFrame, frameWork } from '../primitives/fixed/frames.js';
import { scaled } from '../primitives/fixed/integers.js';
import { melFilters, melLogarithms, melPowerShift, melWork } from '../primitives/fixed/mel.js';
import header from './fixed.h.js';
import { mfePlan } from './frame.js';
import type { MfeParams } from './params.js';

const CEILING_DB = 12;
const EMPHASIS = 0.98;
const DECIBELS_PER_OCTAVE = 10 * Math.log10(2);

/** The block in integers: what it does differently where `arithmetic` is `fixed`. */
export const mfeFixed = {
  prepare: (input: Spec<'signal'>, p: MfeParams) => {
    const { frames, strideSamples, count, filters, sine, powerShift, exponent, emphasis, code } = plan(input, p);
    const frame = new Int32Array(p.fftLength);
    const power = new Float64Array(p.fftLength / 2 + 1);
    const levels = new Int32Array(p.filters);
    return (x: Float32Array, out: Float32Array): void => {
      for (let k = 0; k < frames; k++) {
        const shift = emphasisedFrame(x, k * strideSamples, count, 1 % x.length, emphasis, frame);
        powerSpectrum(frame, sine, shift, powerShift, power);
        melLogarithms(power, filters, exponent + 2 * shift, levels);
        for (let i = 0; i < p.filters; i++) out[k * p.filters + i] = codeOf(levels[i]!, code) / 256;
      }
    };
  },
  work: (input: Spec<'signal'>, p: MfeParams) => {
    const { frames, count, bins } = plan(input, p);
    const codes = timesWork(p.filters, { int: 40 });
    const perFrame = addWork(frameWork(count, p.fftLength), fftWork(p.fftLength), melWork(bins), codes);
    return addWork(timesWork(frames, perFrame), { call: 1 });
  },
  stream: () => undefined,
  cpp: {
    header,
    type: 'impulsekit::dsp::FixedMfe',
    traits: (input: Spec<'signal'>, p: MfeParams) => {
      const { samples, frames, strideSamples, count, filters, sine, powerShift, exponent, emphasis, code } = plan(
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
          kEmphasisShift: 1 % samples,
          kEmphasis: emphasis,
          kPowerShift: powerShift,
          kExponent: exponent,
          kReciprocalShift: filters.reciprocalShift,
          kEmpty: filters.empty,
          kCodeFloor: code.floor,
          kCodeSlope: code.slope,
          kCodeBits: code.bits,
          kScratchInts: scratchInts(p),
        },
        tables: { kSine: sine, kBins: filters.bins, kReciprocals: filters.reciprocals, kLog: filters.logTable },
      };
    },
    scratchBytes: (_input: Spec<'signal'>, p: MfeParams) => 4 * scratchInts(p),
    codeBytes: { 'dsp/mfe/fixed': 260, 'dsp/fixed/fft': 1100, 'dsp/fixed/mel': 420, 'dsp/fixed/log': 120 },
  },
};

/** The spectrum and behind it the levels of a frame. */
const scratchInts = (p: MfeParams): number => 4 * Math.ceil((p.fftLength + 2 + p.filters) / 4);

/** From log2 with 16 bits behind the point to codes. */
interface Code {
  readonly floor: number;
  /** Codes per octave, times 2^bits. */
  readonly slope: number;
  readonly bits: number;
}

function plan(input: Spec<'signal'>, p: MfeParams) {
  const { bins, ...frames } = mfePlan(input, p);
  const powerShift = melPowerShift(bins);
  const slope = (256 * DECIBELS_PER_OCTAVE) / (CEILING_DB - p.noiseFloorDb);
  const bits = Math.floor(Math.log2(65_535 / slope));
  const code: Code = {
    floor: Math.round((65_536 * p.noiseFloorDb) / DECIBELS_PER_OCTAVE),
    slope: Math.round(slope * 2 ** bits),
    bits,
  };
  return {
    ...frames,
    bins,
    sine: sineTable(p.fftLength),
    emphasis: emphasisCoefficient(EMPHASIS),
    powerShift,
    /** Of two, from the powers of the spectrum to energies of samples as fractions of 32768, before `shift`. */
    exponent: 2 * powerShift - 60 - Math.log2(p.fftLength),
    filters: melFilters(bins, Math.log2(1e-10)),
    code,
  };
}

/** Decibels between the noise floor and +12 dB as 0..255, rounded. */
function codeOf(level: number, { floor, slope, bits }: Code): number {
  const above = level - floor;
  if (above <= 0) return 0;
  return Math.min(255, (scaled(above, slope) + (1 << (bits - 1))) >> bits);
}
