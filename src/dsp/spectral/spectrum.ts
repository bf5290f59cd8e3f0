import { addWork, timesWork } from '../../cost.js';
import { fail } from '../../errors.js';
import { LOG_WORK, logarithm } from '../../logarithm.js';
import { twiddleTable } from '../primitives/fft/fft.js';
import { MEAN_WORK, SHAPE_WORK, Statistics } from '../primitives/stats/stats.js';
import { maxHoldSpectrum, welchWork } from '../primitives/welch/welch.js';
import type { Analysis } from './analysis.js';
import type { Params } from './params.js';

const f32 = Math.fround;

export interface Bins {
  /** Bins from `firstBin` up to but not including `endBin` are emitted. */
  readonly firstBin: number;
  readonly endBin: number;
}

/** Statistics and the largest power of every bin: versions 2 to 4. `suffix` ends the names of the statistics. */
export function spectrumAnalysis(count: number, rateHz: number, p: Params, suffix = ''): Analysis & Bins {
  const { fftLength } = p;
  const { firstBin, endBin } = binsOf(rateHz, p);
  const hasStatistics = p.version === 4;
  const step = p.overlap ? fftLength / 2 : fftLength;
  const names = ['RMS', 'Skewness', 'Kurtosis', ...(hasStatistics ? ['Spectral Skewness', 'Spectral Kurtosis'] : [])];
  const emitted = endBin - firstBin;
  const bins = fftLength / 2 + 1;
  return {
    kind: 0,
    firstBin,
    endBin,
    labels: [
      ...names.map((name) => name + suffix),
      ...Array.from({ length: emitted }, (_, i) => binLabel(firstBin + i, rateHz / fftLength)),
    ],
    open: () => describer(count, step, { firstBin, endBin }, p),
    work: addWork(
      timesWork(count, SHAPE_WORK),
      welchWork(count, fftLength, step),
      hasStatistics ? timesWork(bins, addWork(MEAN_WORK, SHAPE_WORK)) : {},
      p.log ? timesWork(emitted, addWork(LOG_WORK, { flop: 2, int: 8 })) : {},
      { div: hasStatistics ? 19 : 9 },
    ),
    scratchFloats: fftLength + bins,
    traits: () => ({
      ints: { kFftLength: fftLength, kStep: step, kFirstBin: firstBin, kEndBin: endBin },
      bools: { kLog: p.log, kSpectralStatistics: hasStatistics },
      // The transform of 16 points has its constants inside.
      tables: fftLength === 16 ? {} : { kTwiddles: twiddleTable(fftLength) },
    }),
    codeBytes: {
      'dsp/spectrum': (hasStatistics ? 272 : 216) + (fftLength === 16 ? 0 : 74),
      ...(fftLength === 16 ? { 'dsp/fft of 16': 644 } : { 'dsp/fft': 1512 }),
      ...(p.log ? { 'dsp/log': 204 } : {}),
    },
    view: {
      name: p.log ? 'largest power, base-10 logarithm' : 'largest power',
      axes: [{ name: 'frequency', size: bins, step: rateHz / fftLength, unit: 'Hz' }],
      open: () => {
        const power = spectrumOf(count, step, fftLength);
        return (x) => power(x).map((v) => (p.log ? decades(v) : v));
      },
    },
  };
}

function binsOf(rateHz: number, { filter, cutoffHz, fftLength }: Params): Bins {
  const edge = (Math.min(cutoffHz, rateHz / 2) * fftLength) / rateHz;
  const firstBin = filter === 'high' ? Math.max(1, Math.trunc(edge - 0.5) + 1) : 1;
  const endBin = filter === 'low' ? Math.trunc(edge + 0.5) + 1 : fftLength / 2 + 1;
  if (endBin > firstBin) return { firstBin, endBin };
  return fail({
    code: 'BAD_OPTION',
    where: 'spectral.cutoffHz',
    got: `a ${filter}-pass at ${cutoffHz} Hz that leaves none of the ${fftLength / 2} bins, ${rateHz / fftLength} Hz each`,
    expected: 'at least one FFT bin inside the pass band',
    fix: 'Lengthen fftLength or move cutoffHz.',
  });
}

function binLabel(bin: number, spacingHz: number): string {
  const [low, high] = [bin * spacingHz - spacingHz / 2, bin * spacingHz + spacingHz / 2];
  return `Spectral Power ${cents(low)} - ${cents(high)} Hz`;
}

/** At most two decimals, at least one; exact halves go to the even digit, as in the labels of the reference. */
function cents(value: number): string {
  const hundredths = value * 100;
  const isHalf = Number.isInteger(value * 8) && hundredths % 1 === 0.5;
  const rounded = isHalf ? (2 * Math.round(hundredths / 2)) / 100 : Number(value.toFixed(2));
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}

/** The largest power of every bin; the result is overwritten by the next call. */
function spectrumOf(count: number, step: number, fftLength: number): (x: Float32Array) => Float32Array {
  const twiddles = twiddleTable(fftLength);
  const frame = new Float32Array(fftLength);
  const power = new Float32Array(fftLength / 2 + 1);
  return (x) => {
    maxHoldSpectrum(x, count, step, twiddles, frame, power);
    return power;
  };
}

function describer(count: number, step: number, { firstBin, endBin }: Bins, p: Params): ReturnType<Analysis['open']> {
  const powerOf = spectrumOf(count, step, p.fftLength);
  const s = new Statistics();
  return (x, out, start) => {
    let at = start;
    s.centre();
    s.shapeOf(x, 0, count, 1);
    out[at++] = s.standardDeviation;
    out[at++] = s.skewness;
    out[at++] = s.kurtosis;
    const power = powerOf(x);
    if (p.version === 4) {
      s.meanOf(power, 0, power.length, 1);
      s.shapeOf(power, 0, power.length, 1);
      out[at++] = s.skewness;
      out[at++] = s.kurtosis;
    }
    for (let b = firstBin; b < endBin; b++) out[at++] = p.log ? decades(power[b]!) : power[b]!;
  };
}

const EMPTY = f32(1e-10);
const DECADES_PER_E = f32(Math.LOG10E);

function decades(power: number): number {
  return f32(logarithm(power === 0 ? EMPTY : power) * DECADES_PER_E);
}
