import { fail } from '../../errors.js';
import { type Spec, signalOf } from '../../spec.js';
import { butterworthSections } from '../primitives/filter/filter.js';

/** The options that decide sizes. */
export interface SpectralOptions {
  readonly decimation: number;
  readonly filter: 'none' | 'low' | 'high';
  readonly cutoffHz: number;
  readonly filterOrder: number;
  readonly fftLength: number;
  readonly extraLowFrequency: boolean;
}

/** Features computed at one rate. */
export interface Band {
  readonly count: number;
  /** Bins from `firstBin` up to but not including `endBin` are emitted. */
  readonly firstBin: number;
  readonly endBin: number;
  /** Of one axis. */
  readonly labels: readonly string[];
}

export interface SpectralPlan {
  /** Ratios of the decimation stages, in order. */
  readonly decimations: readonly (3 | 10)[];
  /** Filter sections, empty without a filter. */
  readonly sections: Float32Array;
  /** The normal features, then those at a tenth of the rate when asked for. */
  readonly bands: readonly Band[];
}

const STAGES: Readonly<Record<number, readonly (3 | 10)[]>> = {
  1: [],
  3: [3],
  10: [10],
  30: [3, 10],
  100: [10, 10],
  1000: [10, 10, 10],
};

/** All sizes for one input, or a typed error. */
export function planSpectral(input: Spec<'signal'>, p: SpectralOptions): SpectralPlan {
  const { samples, rateHz: inputHz } = signalOf(input);
  const decimations = STAGES[p.decimation]!;
  const rateHz = inputHz / p.decimation;
  const highestHz = (0.9 * rateHz) / 2;
  if (p.decimation > 1 && p.filter !== 'none' && p.cutoffHz > highestHz) refuseDecimation(p, highestHz);
  const isFiltered = p.filter !== 'none' && p.filterOrder > 0;
  const { filter, cutoffHz, filterOrder } = p;
  const sections =
    isFiltered && filter !== 'none'
      ? butterworthSections('spectral', rateHz, { filter, cutoffHz, filterOrder })
      : new Float32Array(0);
  const count = decimations.reduce((n, ratio) => Math.ceil(n / ratio), samples);
  const normal = bandOf(count, rateHz, p, '');
  if (!p.extraLowFrequency) return { decimations, sections, bands: [normal] };
  const lowCount = Math.ceil(count / 10);
  if (lowCount < p.fftLength / 2) refuseShort(lowCount, p.fftLength);
  return { decimations, sections, bands: [normal, bandOf(lowCount, rateHz / 10, p, ' LF')] };
}

function bandOf(count: number, rateHz: number, p: SpectralOptions, suffix: string): Band {
  const spacingHz = rateHz / p.fftLength;
  const edge = Math.min(p.cutoffHz, rateHz / 2) / spacingHz;
  const firstBin = p.filter === 'high' ? Math.max(1, Math.trunc(edge - 0.5) + 1) : 1;
  const endBin = p.filter === 'low' ? Math.trunc(edge + 0.5) + 1 : p.fftLength / 2 + 1;
  if (endBin <= firstBin) refuseEmpty(p, rateHz);
  const statistics = ['RMS', 'Skewness', 'Kurtosis', 'Spectral Skewness', 'Spectral Kurtosis'].map((s) => s + suffix);
  const bins = Array.from({ length: endBin - firstBin }, (_, i) => {
    const centreHz = (firstBin + i) * spacingHz;
    return `Spectral Power ${cents(centreHz - spacingHz / 2)} - ${cents(centreHz + spacingHz / 2)} Hz`;
  });
  return { count, firstBin, endBin, labels: [...statistics, ...bins] };
}

/** At most two decimals, at least one; exact halves go to the even digit, as in the labels of the reference. */
function cents(value: number): string {
  const hundredths = value * 100;
  const isHalf = Number.isInteger(value * 8) && hundredths % 1 === 0.5;
  const rounded = isHalf ? (2 * Math.round(hundredths / 2)) / 100 : Number(value.toFixed(2));
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}

function refuseDecimation({ cutoffHz, decimation }: SpectralOptions, highestHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'spectral.cutoffHz',
    got: `${cutoffHz} Hz with decimation ${decimation}`,
    expected: `at most ${highestHz} Hz, 0.9 of half the rate after decimation`,
    fix: 'Lower cutoffHz or decimation.',
  });
}

function refuseEmpty({ filter, cutoffHz, fftLength }: SpectralOptions, rateHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'spectral',
    got: `a ${filter}-pass at ${cutoffHz} Hz that leaves none of the ${fftLength / 2} bins, ${rateHz / fftLength} Hz each`,
    expected: 'at least one FFT bin inside the pass band',
    fix: 'Lengthen fftLength or move cutoffHz.',
  });
}

function refuseShort(lowCount: number, fftLength: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'spectral.extraLowFrequency',
    got: `${lowCount} samples at a tenth of the rate`,
    expected: `at least ${fftLength / 2}, half of fftLength`,
    fix: 'Lengthen the window, shorten fftLength or switch extraLowFrequency off.',
  });
}
