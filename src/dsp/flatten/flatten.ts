import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { fail } from '../../errors.js';
import { LOG_WORK } from '../../logarithm.js';
import { boolean, float } from '../../params.js';
import { featuresSpec, signalOf, sizeOf } from '../../spec.js';
import { DEVIATION_WORK, MEAN_WORK, SHAPE_WORK } from '../primitives/stats/stats.js';
import header from './flatten.h.js';
import { flattenStream } from './stream.js';
import { emitter, type FlattenParams, needsShape, newSummary, summariser } from './summary.js';

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
    const summarise = summariser(p);
    const emit = emitter(p);
    const summary = newSummary();
    return (x, out) => {
      let at = 0;
      for (let axis = 0; axis < axes.length; axis++) {
        summarise(x, axis, samples, axes.length, summary);
        at = emit(summary, out, at);
      }
    };
  },
  work: (input, p) => addWork(timesWork(sizeOf(input), workPerValue(p)), workPerWindow(signalOf(input).axes.length, p)),
  stream: (input, p, strideSamples) =>
    flattenStream(input, p, strideSamples, {
      value: workPerValue(p),
      window: workPerWindow(signalOf(input).axes.length, p),
    }),
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
    writesOnce: true,
    codeBytes: (_input, p) => codeBytes(p),
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

function workPerValue(p: FlattenParams): Work {
  const hasShape = needsShape(p);
  return addWork(
    p.average || hasShape ? MEAN_WORK : {},
    p.minimum || p.maximum ? { flop: 1, int: 6 } : {},
    p.skewness || p.kurtosis ? SHAPE_WORK : hasShape ? DEVIATION_WORK : {},
  );
}

function codeBytes(p: FlattenParams): Record<string, number> {
  const shape = needsShape(p) ? 360 : 0;
  const ratios = p.skewness || p.kurtosis ? 100 : 0;
  const extremes = p.minimum || p.maximum ? 70 : 0;
  const common = { 'dsp/flatten': 300 + shape + ratios + extremes };
  return p.log && (p.rms || p.stdev) ? { ...common, 'dsp/flatten log': 120, 'dsp/log': 204 } : common;
}

function workPerWindow(axes: number, p: FlattenParams): Work {
  const logs = p.log ? Number(p.rms) + Number(p.stdev) : 0;
  return addWork(logs > 0 ? timesWork(logs * axes, LOG_WORK) : {}, { div: 10 * axes, call: 1 });
}
