import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { fail } from '../../errors.js';
import { boolean, float, type Values } from '../../params.js';
import { featuresSpec, signalOf, sizeOf } from '../../spec.js';
import { LOG_WORK, logarithm } from '../primitives/log/log.js';
import { MEAN_WORK, SHAPE_WORK, SQUARE_WORK, Statistics } from '../primitives/stats/stats.js';
import header from './flatten.h.js';

const f32 = Math.fround;

const params = {
  scale: float(1, 'Factor every value is multiplied by.'),
  average: boolean(true, 'Emit the mean.', { tune: [true, false] }),
  minimum: boolean(true, 'Emit the smallest value.', { tune: [true, false] }),
  maximum: boolean(true, 'Emit the largest value.', { tune: [true, false] }),
  rms: boolean(true, 'Emit the root mean square.', { tune: [true, false] }),
  stdev: boolean(true, 'Emit the standard deviation.', { tune: [true, false] }),
  skewness: boolean(true, 'Emit the skewness.', { tune: [true, false] }),
  kurtosis: boolean(true, 'Emit the excess kurtosis.', { tune: [true, false] }),
  log: boolean(false, 'Emit the natural logarithm of RMS and standard deviation, of at least 1e-6.'),
};

type Params = Values<typeof params>;

/** Least level that a logarithm is taken of. */
const FAINTEST = f32(1e-6);

const NAMES = [
  ['average', 'Average'],
  ['minimum', 'Minimum'],
  ['maximum', 'Maximum'],
  ['rms', 'RMS'],
  ['stdev', 'Stdev'],
  ['skewness', 'Skewness'],
  ['kurtosis', 'Kurtosis'],
] as const;

/**
 * Reduces every axis of the window to a few statistics.
 *
 * `signal [time T, axis A] -> features [axis A x statistic S]`, labels `accX Average` and so on. Moments are biased
 * (divided by T), kurtosis is the excess over 3; a constant axis has skewness 0 and kurtosis -3.
 * Errors: `BAD_OPTION` when no statistic is chosen. Follows version 1 of Edge Impulse's `flatten` block.
 *
 * @example
 * ```ts
 * impulse({ input, dsp: flatten({ skewness: false, kurtosis: false }), learn });
 * ```
 */
export const flatten = processingBlock({
  type: 'flatten',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input, p) => {
    const chosen = NAMES.filter(([name]) => p[name]);
    if (chosen.length === 0) refuseNone();
    const prefix = (name: string): string => (p.log && (name === 'rms' || name === 'stdev') ? 'Log ' : '');
    const labels = signalOf(input).axes.flatMap((axis) =>
      chosen.map(([name, label]) => `${axis} ${prefix(name)}${label}`),
    );
    return featuresSpec(labels.length, labels);
  },
  prepare: (input, p) => {
    const { samples, axes } = signalOf(input);
    const summary = summarise(p);
    return (x, out) => {
      for (let axis = 0, at = 0; axis < axes.length; axis++) at = summary(x, axis, samples, axes.length, out, at);
    };
  },
  work: (input, p) =>
    addWork(
      timesWork(sizeOf(input), workPerValue(p)),
      timesWork(p.log ? 2 * signalOf(input).axes.length : 0, LOG_WORK),
      { div: 4 * signalOf(input).axes.length, call: 1 },
    ),
  cpp: {
    header,
    type: 'impulsekit::dsp::Flatten',
    traits: (input, p) => {
      const { samples, axes } = signalOf(input);
      return {
        ints: { kSamples: samples, kAxes: axes.length },
        floats: { kScale: p.scale },
        bools: {
          ...Object.fromEntries(NAMES.map(([name, label]) => [`k${label === 'RMS' ? 'Rms' : label}`, p[name]])),
          kLog: p.log,
        },
      };
    },
    scratchBytes: () => 0,
    codeBytes: { 'dsp/flatten': 558, 'dsp/stats': 152 },
  },
});

function refuseNone(): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'flatten',
    got: 'no statistic',
    expected: 'at least one',
    fix: 'Switch on average, minimum, maximum, rms, stdev, skewness or kurtosis.',
  });
}

type Summary = (
  x: Float32Array,
  first: number,
  samples: number,
  stride: number,
  out: Float32Array,
  at: number,
) => number;

/** The statistics of one axis, written from `at` on; returns where the next axis starts. */
function summarise(p: Params): Summary {
  const scale = f32(p.scale);
  const size = Math.abs(scale);
  const sign = scale < 0 ? -1 : 1;
  const needsShape = p.skewness || p.kurtosis;
  const needsVariance = p.stdev || needsShape;
  const s = new Statistics();
  const level = (v: number): number => (p.log ? logarithm(Math.max(v, FAINTEST)) : v);
  return (x, first, samples, stride, out, start) => {
    let at = start;
    let variance = 0;
    s.of(x, first, samples, stride);
    const mean = p.average || needsVariance ? s.mean() : 0;
    if (p.average) out[at++] = scale * mean;
    if (p.minimum) out[at++] = scale * extreme(x, first, samples, stride, sign);
    if (p.maximum) out[at++] = scale * extreme(x, first, samples, stride, -sign);
    if (p.rms) out[at++] = level(f32(size * s.rootMeanSquare()));
    if (needsVariance) variance = s.variance();
    if (p.stdev) out[at++] = level(f32(size * f32(Math.sqrt(variance))));
    if (needsShape) s.shape(size > 0 ? variance : 0);
    if (p.skewness) out[at++] = sign * s.skewness;
    if (p.kurtosis) out[at++] = s.kurtosis;
    return at;
  };
}

/** The smallest value for sign 1, the largest for -1. */
function extreme(x: Float32Array, first: number, samples: number, stride: number, sign: number): number {
  let best = x[first]!;
  for (let i = 1, at = first + stride; i < samples; i++, at += stride) {
    if (sign * x[at]! < sign * best) best = x[at]!;
  }
  return best;
}

function workPerValue(p: Params): Work {
  const shape = p.skewness || p.kurtosis;
  const variance = p.stdev || shape;
  return addWork(
    p.average || variance ? MEAN_WORK : {},
    p.minimum ? { flop: 3 } : {},
    p.maximum ? { flop: 3 } : {},
    p.rms ? SQUARE_WORK : {},
    variance ? SQUARE_WORK : {},
    shape ? SHAPE_WORK : {},
  );
}
