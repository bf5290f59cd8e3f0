import type { Sample } from '../data/index.js';
import { fail, show } from '../errors.js';
import { type LearningRateCurve, type RangeTestOptions, runRangeTest } from '../learn/lr-finder/lr-finder.js';
import { Impulse, type TrainOptions } from './impulse.js';

export interface FindLearningRateOptions extends RangeTestOptions, Pick<TrainOptions, 'group' | 'augment'> {
  /** Which learner, by name. Default: the first with a learning rate. */
  readonly learner?: string | undefined;
}

/**
 * Suggests a learning rate for a network of an impulse: trains it for some 120 steps at rates that grow from step to step, and
 * gives the rate at which the loss falls fastest, with the whole curve. Seeded: the same samples and seed give the
 * same curve.
 *
 * Source: the range test of Smith (2017), with rates in geometric steps.
 *
 * @throws `UNSUPPORTED` without such a learner, `BAD_OPTION`, `ABORTED` and what `fit` throws
 * @example
 * ```ts
 * const { learningRate, points } = await findLearningRate(keyword, speech.train);
 * const model = await keyword.with({ learn: { learn: { learningRate } } }).fit(speech.train);
 * ```
 */
export async function findLearningRate(
  impulse: Impulse,
  samples: readonly Sample[],
  options: FindLearningRateOptions = {},
): Promise<LearningRateCurve> {
  const { learner: wanted, group, augment, ...test } = options;
  const routes = Object.entries(impulse.design.learn);
  const found = routes.find(([name, { learner }]) =>
    wanted === undefined ? 'learningRate' in learner.params : wanted === name,
  );
  if (!found) {
    const names = routes.map(([name]) => name).join(', ');
    return fail({
      code: 'UNSUPPORTED',
      where: 'findLearningRate',
      got: wanted === undefined ? 'an impulse without a network' : `learner ${show(wanted)}`,
      expected: wanted === undefined ? 'a learner with a learning rate' : `one of ${names}`,
      fix: 'Name a learner that is a neural network.',
    });
  }
  const [name, route] = found;
  const train: Parameters<typeof runRangeTest>[1] = (learner, fitOptions) =>
    new Impulse({ ...impulse.design, learn: { [name]: { ...route, learner } } }).fit(samples, {
      ...fitOptions,
      group,
      augment,
    });
  return runRangeTest(route.learner, train, test);
}
