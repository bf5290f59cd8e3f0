import { fail, show } from '../errors.js';
import type { Verdict } from '../score.js';
import type { Evaluation, LearnerEvaluation, WindowOrigin } from './evaluation.js';
import { headlines } from './headlines.js';

/** A window on which two models differ. */
export interface Disagreement extends WindowOrigin {
  readonly first: Verdict;
  readonly second: Verdict;
}

/** Two evaluations of one learner, side by side. */
export interface LearnerComparison {
  /** Share of windows with the same answer: the same class or side of the threshold, or values within the tolerance. */
  readonly agreement: number;
  /** Figures both have, by name: `accuracy`, `macroF1`, `logLoss`, `calibrationError`, `auc`, `mae`, ... */
  readonly figures: Readonly<Record<string, readonly [first: number, second: number]>>;
  /** Windows right in the first alone. */
  readonly lost: number;
  /** Windows right in the second alone. */
  readonly gained: number;
  readonly disagreements: readonly Disagreement[];
}

export interface Comparison {
  readonly windows: number;
  readonly learners: Readonly<Record<string, LearnerComparison>>;
}

/**
 * Puts two evaluations on the same recordings side by side, such as float and int8, and lists the windows where they differ.
 * Learners of one name are compared.
 *
 * @throws `BAD_DATA` when they are not of the same windows
 * @example
 * ```ts
 * const { learners } = compareEvaluations(await model.evaluate(test), await small.evaluate(test));
 * console.log(learners.learn?.agreement, learners.learn?.disagreements);
 * ```
 */
export function compareEvaluations(first: Evaluation, second: Evaluation): Comparison {
  if (first.windows !== second.windows) {
    refuse(`${first.windows} and ${second.windows} windows`);
  }
  const names = Object.keys(first.learners).filter((name) => Object.hasOwn(second.learners, name));
  const learners = names.map((name) => [name, compared(first.learners[name]!, second.learners[name]!)] as const);
  return { windows: first.windows, learners: Object.fromEntries(learners) };
}

function compared(first: LearnerEvaluation, second: LearnerEvaluation): LearnerComparison {
  const tolerance = first.regression?.tolerance ?? 0;
  const pairs = first.results.map((one, i) => [one, second.results[i] ?? refuse('results of fewer windows')] as const);
  const other = pairs.find(([a, b]) => a.sample !== b.sample || a.startMs !== b.startMs || a.truth !== b.truth);
  if (other) refuse(`${show(other[0].sample)} beside ${show(other[1].sample)}`);
  const differing = pairs.filter(([a, b]) => !agree(a, b, tolerance));
  return {
    agreement: pairs.length === 0 ? 1 : 1 - differing.length / pairs.length,
    figures: figuresOfBoth(first, second),
    lost: pairs.filter(([a, b]) => !a.wrong && b.wrong).length,
    gained: pairs.filter(([a, b]) => a.wrong && !b.wrong).length,
    disagreements: differing.map(([a, b]) => {
      const { sample, startMs, truth, group } = a;
      const origin = { sample, startMs, truth, ...(group === undefined ? {} : { group }) };
      return { ...origin, first: verdictOf(a), second: verdictOf(b) };
    }),
  };
}

function agree(a: Verdict, b: Verdict, tolerance: number): boolean {
  if (typeof a.predicted === 'number' && typeof b.predicted === 'number') {
    return Math.abs(a.predicted - b.predicted) <= tolerance;
  }
  return a.predicted === b.predicted;
}

function verdictOf({ predicted, wrong, confidence, error, uncertain }: Verdict): Verdict {
  return {
    predicted,
    wrong,
    ...(confidence === undefined ? {} : { confidence }),
    ...(error === undefined ? {} : { error }),
    ...(uncertain === undefined ? {} : { uncertain }),
  };
}

function figuresOfBoth(first: LearnerEvaluation, second: LearnerEvaluation): LearnerComparison['figures'] {
  const [a, b] = [headlines(first), headlines(second)];
  const both = Object.entries(a).flatMap(([name, value]) => {
    const beside = b[name];
    return value === undefined || beside === undefined ? [] : [[name, [value, beside]] as const];
  });
  return Object.fromEntries(both);
}

function refuse(got: string): never {
  return fail({
    code: 'BAD_DATA',
    where: 'compareEvaluations',
    got,
    expected: 'two evaluations of the same windows in the same order',
    fix: 'Evaluate both models on the same recordings.',
  });
}
