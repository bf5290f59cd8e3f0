import { fail } from '../../errors.js';
import { type Spec, signalOf } from '../../spec.js';
import { butterworthSections } from '../primitives/filter/filter.js';
import type { Analysis } from './analysis.js';
import { waveletAnalysis } from './components.js';
import type { Params } from './params.js';
import { peaksAnalysis } from './peaks.js';
import { type Bins, spectrumAnalysis } from './spectrum.js';

export interface SpectralPlan {
  readonly samples: number;
  readonly axes: readonly string[];
  /** Ratios of the decimation stages, in order. */
  readonly decimations: readonly (3 | 10)[];
  /** Samples of an axis and their rate after decimation. */
  readonly count: number;
  readonly rateHz: number;
  /** Filter sections, empty without a filter. */
  readonly sections: Float32Array;
  readonly analysis: Analysis;
  /** The same at a tenth of the rate. */
  readonly low?: Analysis & Bins;
}

const STAGES: Readonly<Record<number, readonly (3 | 10)[]>> = {
  1: [],
  3: [3],
  10: [10],
  30: [3, 10],
  100: [10, 10],
  1000: [10, 10, 10],
};

/** Everything for one input, or a typed error. */
export function planSpectral(input: Spec<'signal'>, p: Params): SpectralPlan {
  const { samples, axes, rateHz: inputHz } = signalOf(input);
  const decimations = STAGES[p.decimation]!;
  const rateHz = inputHz / p.decimation;
  checkVersion(p, rateHz);
  const count = decimations.reduce((n, ratio) => Math.ceil(n / ratio), samples);
  const sections = sectionsOf(rateHz, p);
  const common = { samples, axes, decimations, count, rateHz, sections };
  if (p.version === 1) return { ...common, analysis: peaksAnalysis(count, rateHz, p) };
  if (p.version > 2 && p.analysis === 'wavelet') return { ...common, analysis: waveletAnalysis(count, p) };
  const analysis = spectrumAnalysis(count, rateHz, p);
  if (p.version < 4 || !p.extraLowFrequency) return { ...common, analysis };
  const lowCount = Math.ceil(count / 10);
  if (lowCount < p.fftLength / 2) refuseShort(lowCount, p.fftLength);
  return { ...common, analysis, low: spectrumAnalysis(lowCount, rateHz / 10, p, ' LF') };
}

function sectionsOf(rateHz: number, { filter, cutoffHz, filterOrder }: Params): Float32Array {
  if (filter === 'none' || filterOrder === 0) return new Float32Array(0);
  return butterworthSections('spectral', rateHz, { filter, cutoffHz, filterOrder });
}

/** What a version does not have, where leaving it out would change the meaning; and what decimation does not allow. */
function checkVersion({ version, decimation, filter, cutoffHz, filterOrder }: Params, rateHz: number): void {
  if (decimation > 1 && version < 4) {
    fail({
      code: 'BAD_OPTION',
      where: 'spectral.decimation',
      got: `${decimation} in version ${version}`,
      expected: '1 before version 4',
      fix: 'Take version 4, or decimation 1.',
    });
  }
  if (version === 1 && filter !== 'none' && filterOrder === 0) {
    fail({
      code: 'BAD_OPTION',
      where: 'spectral.filterOrder',
      got: '0 in version 1',
      expected: '2, 4, 6 or 8 in version 1',
      fix: 'Take filter none, or a later version.',
    });
  }
  const highestHz = (0.9 * rateHz) / 2;
  if (decimation > 1 && filter !== 'none' && cutoffHz > highestHz) {
    fail({
      code: 'BAD_OPTION',
      where: 'spectral.cutoffHz',
      got: `${cutoffHz} Hz with decimation ${decimation}`,
      expected: `at most ${highestHz} Hz, 0.9 of half the rate after decimation`,
      fix: 'Lower cutoffHz or decimation.',
    });
  }
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
