import { processingBlock } from '../../block.js';
import { addWork } from '../../cost.js';
import { fail } from '../../errors.js';
import { choice, float, type Values } from '../../params.js';
import { featuresSpec, type Spec, signalOf, signalSpec } from '../../spec.js';
import { butterworthDesign, filterWindow, filterWork, sectionTable } from '../primitives/butterworth/butterworth.js';
import { energies, findBeats } from './beats.js';
import header from './hr.h.js';
import { describe } from './intervals.js';

const f32 = Math.fround;

const params = {
  source: choice(['ppg', 'ecg'], 'ppg', 'Pulse wave (light, pressure), or electrocardiogram.'),
  lowestBpm: float(30, 'Slowest heart rate that may be, in beats per minute.', { min: 10, max: 300 }),
  highestBpm: float(220, 'Fastest heart rate that may be, in beats per minute.', { min: 20, max: 400 }),
};

type Params = Values<typeof params>;

/** Band, widths of the two means, and share of the mean energy that is added to the longer one. */
const SOURCES = {
  ppg: { lowHz: 0.5, highHz: 8, nearMs: 111, aroundMs: 667, offset: 0.02, slope: false },
  ecg: { lowHz: 5, highHz: 15, nearMs: 97, aroundMs: 611, offset: 0.08, slope: true },
} as const;

const LABELS = ['bpm', 'meanMs', 'sdnnMs', 'rmssdMs', 'pnn50', 'beats', 'quality'];

/**
 * Heart rate and its variability from one axis of a pulse wave (PPG) or an electrocardiogram (ECG).
 *
 * `signal [time T, axis 1] -> features [7]`: rate in beats per minute (60 / median interval); mean, SDNN and RMSSD of
 * the intervals in ms; pNN50 and quality, 0 to 1; number of beats. All 0 where there are no beats. Any unit, any
 * offset. Errors: `SHAPE_MISMATCH` for several axes; `BAD_OPTION` for rates that are no range, or a sampling rate the
 * band does not fit in (above 16 Hz for PPG, 30 Hz for ECG). Source: Elgendi et al. (2013); Pan and Tompkins (1985).
 *
 * @example
 * ```ts
 * impulse({ input: motion({ axes: ['ir'], rateHz: 50, windowMs: 10_000 }), dsp: hr(), learn });
 * ```
 */
export const hr = processingBlock({
  type: 'hr',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input: Spec<'signal'>, p) => {
    plan(input, p);
    return featuresSpec(LABELS.length, LABELS);
  },
  prepare: (input, p) => {
    const { table, beatRules, intervalRules, offset, slope, samples } = plan(input, p);
    const x = new Float32Array(samples);
    return (window, out) => {
      filterWindow(window, x, 1, table);
      const mean = energies(x, slope);
      describe(mean > 0 ? findBeats(x, f32(offset * mean), beatRules) : [], intervalRules, out);
    };
  },
  work: (input, p) => {
    const { samples, count, beatRules } = plan(input, p);
    const { mostBeats } = beatRules;
    return addWork(filterWork(samples, count), {
      flop: 12 * samples + Math.ceil((mostBeats * mostBeats) / 2),
      int: (p.source === 'ecg' ? 40 : 35) * samples,
      div: 2 * samples,
      call: 1,
    });
  },
  views: (input, p) => {
    const { table, slope, samples, rateHz } = plan(input, p);
    const spec = (name: string): Spec<'signal'> => signalSpec(samples, [name], rateHz);
    return (window) => {
      const filtered = new Float32Array(samples);
      filterWindow(window, filtered, 1, table);
      const energy = filtered.slice();
      energies(energy, slope);
      return [
        { name: 'filtered', spec: spec('filtered'), values: filtered },
        { name: 'energy of beats', spec: spec('energy'), values: energy },
      ];
    };
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::HeartRate',
    traits: (input, p) => {
      const { table, count, beatRules, intervalRules, offset, slope, samples } = plan(input, p);
      return {
        ints: {
          kSamples: samples,
          kSectionCount: count,
          kNear: beatRules.near,
          kAround: beatRules.around,
          kMostBeats: beatRules.mostBeats,
        },
        floats: {
          kOffsetShare: offset,
          kLeastInterval: beatRules.leastInterval,
          kMostInterval: intervalRules.mostInterval,
          kLargeStep: intervalRules.largeStep,
          kPerMinute: intervalRules.perMinute,
          kMs: intervalRules.ms,
        },
        bools: { kSlope: slope },
        tables: { kSections: table.sections },
      };
    },
    scratchBytes: (input, p) => {
      const { samples, beatRules } = plan(input, p);
      return 4 * (samples + beatRules.mostBeats);
    },
    codeBytes: { 'dsp/hr': 1530, 'dsp/butterworth': 88 },
  },
});

/** All sizes and tables for one input. */
function plan(input: Spec<'signal'>, p: Params) {
  const { samples, rateHz } = signalOf(input);
  const axes = input.axes[1]!.size;
  if (axes !== 1) refuseAxes(axes);
  if (p.lowestBpm >= p.highestBpm) refuseRates(p);
  const { lowHz, highHz, nearMs, aroundMs, offset, slope } = SOURCES[p.source];
  const design = butterworthDesign('hr', rateHz, { filter: 'band', cutoffHz: 0, lowHz, highHz, order: 2 });
  const half = (ms: number): number => Math.max(1, Math.round((ms * rateHz) / 2000));
  const leastInterval = f32((60 * rateHz) / p.highestBpm);
  return {
    samples,
    rateHz,
    slope,
    offset: f32(offset),
    table: sectionTable(design, true),
    count: design.length,
    beatRules: {
      near: half(nearMs),
      around: half(aroundMs),
      leastInterval,
      mostBeats: Math.floor(samples / leastInterval) + 2,
    },
    intervalRules: {
      samples,
      mostInterval: f32((60 * rateHz) / p.lowestBpm),
      largeStep: f32(0.05 * rateHz),
      perMinute: f32(60 * rateHz),
      ms: f32(1000 / rateHz),
    },
  };
}

function refuseAxes(axes: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'hr',
    got: `a signal of ${axes} axes`,
    expected: 'one axis',
    fix: 'Select the axis with the clearest pulse.',
  });
}

function refuseRates({ lowestBpm, highestBpm }: Params): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'hr.lowestBpm',
    got: `${lowestBpm}`,
    expected: `below highestBpm, ${highestBpm}`,
    fix: 'Lower lowestBpm or raise highestBpm.',
  });
}
