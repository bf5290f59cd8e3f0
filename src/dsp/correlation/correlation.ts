import { processingBlock } from '../../block.js';
import { addWork, timesWork } from '../../cost.js';
import { fail } from '../../errors.js';
import { LOG_WORK, logarithm } from '../../logarithm.js';
import { boolean } from '../../params.js';
import { featuresSpec, signalOf } from '../../spec.js';
import { DEVIATION_WORK, MEAN_WORK, Statistics } from '../primitives/stats/stats.js';
import header from './correlation.h.js';

const params = {
  fisher: boolean(
    true,
    'Emit the Fisher transform of each coefficient, of at most 0.999, instead of the coefficient.',
    {
      tune: [true, false],
    },
  ),
};

const f32 = Math.fround;
const FAINTEST = f32(1e-30);
const LOUDEST = f32(1e30);
const LIMIT = f32(0.999);

/**
 * How much every two axes of the window move together: their correlation coefficients, which depend neither on how
 * strongly they move nor on their means. For motion and vibration on several axes, beside the statistics of `flatten`.
 *
 * `signal [time T, axis A] -> features [A (A - 1) / 2]`, labels `accX~accY` and so on: coefficients from -1 to 1, or with
 * `fisher` their inverse hyperbolic tangents, from -3.8 to 3.8, whose spread does not depend on the coefficient. An axis
 * that does not change is related to none: 0. Errors: `SHAPE_MISMATCH` for a signal of one axis.
 * Source: Fisher, "On the probable error of a coefficient of correlation", 1921.
 *
 * @example
 * ```ts
 * graph({
 *   input,
 *   dsp: { level: flatten({ log: true }), relation: correlation() },
 *   learn: { anomaly: on('level', 'relation').use(gmm()) },
 * });
 * ```
 */
export const correlation = processingBlock({
  type: 'correlation',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input) => {
    const { axes } = signalOf(input);
    if (axes.length < 2) refuseSingle(axes.length);
    const labels = axes.flatMap((a, i) => axes.slice(i + 1).map((b) => `${a}~${b}`));
    return featuresSpec(labels.length, labels);
  },
  prepare: (input, { fisher }) => {
    const { samples, axes } = signalOf(input);
    const centred = axes.map(() => ({ statistics: new Statistics(), unit: 0 }));
    const limit = fisher ? LIMIT : 1;
    return (x, out) => {
      centred.forEach((axis, a) => {
        axis.statistics.meanOf(x, a, samples, axes.length);
        axis.statistics.shapeOf(x, a, samples, axes.length);
        const { standardDeviation } = axis.statistics;
        axis.unit = standardDeviation > FAINTEST && standardDeviation < LOUDEST ? f32(1 / standardDeviation) : 0;
      });
      const deviation = (t: number, a: number): number =>
        f32(centred[a]!.statistics.deviation(x[t * axes.length + a]!) * centred[a]!.unit);
      let at = 0;
      for (let a = 0; a < axes.length; a++) {
        for (let b = a + 1; b < axes.length; b++) {
          let sum = 0;
          for (let t = 0; t < samples; t++) sum = f32(sum + f32(deviation(t, a) * deviation(t, b)));
          const r = Math.min(Math.max(f32(sum / samples), -limit), limit);
          out[at++] = fisher ? f32(0.5 * f32(logarithm(f32(1 + r)) - logarithm(f32(1 - r)))) : r;
        }
      }
    };
  },
  work: (input, { fisher }) => {
    const { samples, axes } = signalOf(input);
    const pairs = (axes.length * (axes.length - 1)) / 2;
    return addWork(
      timesWork(samples * axes.length, addWork(MEAN_WORK, DEVIATION_WORK)),
      timesWork(samples * pairs, { flop: 8, int: 8 }),
      timesWork(pairs, fisher ? addWork(LOG_WORK, LOG_WORK, { flop: 4, div: 1 }) : { div: 1 }),
      { div: 10 * axes.length, call: 1 },
    );
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Correlation',
    traits: (input, { fisher }) => {
      const { samples, axes } = signalOf(input);
      return { ints: { kSamples: samples, kAxes: axes.length }, bools: { kFisher: fisher } };
    },
    scratchBytes: (input) => 16 * signalOf(input).axes.length,
    writesOnce: true,
    codeBytes: (_input, { fisher }) => ({ 'dsp/correlation': 820, ...(fisher && { 'dsp/log': 204 }) }),
  },
});

function refuseSingle(axes: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'correlation',
    got: `a signal of ${axes} axis`,
    expected: 'at least two axes',
    fix: 'Use a sensor with several axes, or flatten for a single one.',
  });
}
