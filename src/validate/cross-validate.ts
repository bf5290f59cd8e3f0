import type { FitProgress } from '../block.js';
import { type GroupBy, groupsOf, type Sample } from '../data/index.js';
import { fail, show, throwIfAborted } from '../errors.js';
import { mistakesOf } from '../evaluate/evaluation.js';
import type { Evaluation, WindowResult } from '../evaluate/index.js';
import type { Impulse } from '../impulse/index.js';
import { type Confusion, confusionOf, mean } from '../metrics/index.js';
import type { ScoreOptions } from '../score.js';
import { stratifiedFolds } from './folds.js';

/** One fold: what is trained on, and what the model is then tried on. */
export interface FoldTask {
  /** 0 is the first. */
  readonly index: number;
  readonly folds: number;
  /** The group left out, where every fold leaves out one. */
  readonly group?: string;
  readonly impulse: Impulse;
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
  readonly seed: number;
  readonly groupBy?: GroupBy | undefined;
  readonly int8: boolean;
  readonly score: ScoreOptions;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CrossValidationProgress {
  /** 1 is the first. */
  readonly fold: number;
  readonly folds: number;
  readonly fit: FitProgress;
}

export interface CrossValidateOptions extends ScoreOptions {
  /** Number of folds, default 5, or `'group'`: each group is left out once; samples without one are always trained on. */
  readonly folds?: number | 'group' | undefined;
  /** What stays together: a metadata key such as `speaker`, or a function. Default: recordings. */
  readonly group?: GroupBy | undefined;
  /** Seeds the folds and every training; default 1. */
  readonly seed?: number | undefined;
  /** Whether the int8 form is tried, calibrated on the fold's training samples; default false. */
  readonly int8?: boolean | undefined;
  readonly onProgress?: ((progress: CrossValidationProgress) => void) | undefined;
  readonly onFold?: ((fold: FoldResult) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Runs a fold; default here and now. A worker can, as a fold is data apart from the impulse and functions. */
  readonly run?: ((task: FoldTask) => Promise<Evaluation>) | undefined;
  /** Folds run at a time, default 1; more only pay with a `run` that uses other threads. */
  readonly parallel?: number | undefined;
}

export interface FoldResult {
  readonly index: number;
  /** The group left out, with `folds: 'group'`. */
  readonly group?: string;
  readonly trainSamples: number;
  readonly testSamples: number;
  readonly evaluation: Evaluation;
}

/** A figure over the folds; folds without it are left out. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; 0 of one fold. */
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly folds: number;
}

/** All folds' windows of one classifier together. */
export interface PooledLearner extends Confusion {
  readonly windows: number;
  readonly mistakes: readonly WindowResult[];
}

export interface CrossValidation {
  readonly folds: readonly FoldResult[];
  /** Over the folds; `mean` is NaN where no fold has the figure. */
  readonly accuracy: Spread;
  readonly auc: Spread;
  readonly mae: Spread;
  /** Classifiers by name. Anomaly scores and values of different models are not pooled. */
  readonly pooled: Readonly<Record<string, PooledLearner>>;
}

/**
 * Trains and tries an impulse fold by fold: each fold is left out once, and the model trained on the others is tried on
 * it. Folds hold about the same share of each label, and samples of one group (by default: one recording) stay together.
 * The same samples and seed give the same figures. The validation split inside each training keeps the groups too.
 *
 * @throws `BAD_OPTION` with fewer groups than folds, `NO_DATA`, `ABORTED`, and those of `fit` and `evaluate`
 * @example
 * ```ts
 * const { accuracy, folds } = await crossValidate(keyword, speech.train, { folds: 'group', group: 'speaker' });
 * console.log(accuracy.mean, accuracy.deviation, folds.map((fold) => [fold.group, fold.evaluation.accuracy]));
 * ```
 */
export async function crossValidate(
  impulse: Impulse,
  samples: readonly Sample[],
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  const tasks = tasksOf(impulse, samples, options);
  const { run = runFold, parallel = 1, onFold, signal } = options;
  checkCount('parallel', parallel, 1);
  const results: FoldResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tasks.length) {
      const task = tasks[next++]!;
      throwIfAborted(signal, 'crossValidate');
      const { index, group, train, test } = task;
      const counts = { trainSamples: train.length, testSamples: test.length };
      const evaluation = await run(task).catch((error: unknown) => {
        next = tasks.length; // the others begin no more
        throw error;
      });
      results[index] = { index, ...(group === undefined ? {} : { group }), ...counts, evaluation };
      onFold?.(results[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, work));
  const evaluations = results.map(({ evaluation }) => evaluation);
  return {
    folds: results,
    accuracy: spreadOf(evaluations.map(({ accuracy }) => accuracy)),
    auc: spreadOf(evaluations.map(({ auc }) => auc)),
    mae: spreadOf(evaluations.map(({ mae }) => mae)),
    pooled: pooledLearners(evaluations),
  };
}

/** Trains on a fold's training samples and evaluates on the others. */
export async function runFold(task: FoldTask): Promise<Evaluation> {
  const { impulse, train, test, seed, groupBy, int8, score, onProgress, signal } = task;
  const model = await impulse.fit(train, { seed, group: groupBy, onProgress, signal });
  const tried = int8 ? await model.quantize(train, { signal }) : model;
  return tried.evaluate(test, { ...score, signal });
}

function tasksOf(impulse: Impulse, samples: readonly Sample[], options: CrossValidateOptions): FoldTask[] {
  const { folds = 5, group, seed = 1, int8 = false, onProgress, signal } = options;
  const { confidence, bins, threshold, tolerance, curves } = options;
  const labelled = samples.filter((sample) => (sample.label ?? sample.segments ?? sample.boxes) !== undefined);
  const byGroup = folds === 'group';
  if (byGroup && group === undefined) refuseNoGroup();
  const groups = grouped(labelled, group, byGroup);
  const count = byGroup ? groups.size : checkCount('folds', folds, 2);
  if (labelled.length === 0) refuseEmpty(samples.length);
  if (groups.size < Math.max(2, count)) refuseFolds(count, groups.size, group);
  const names = [...groups.keys()];
  const parts = byGroup ? [...groups.values()] : stratifiedFolds(groups, count, seed);
  return parts.map((part, index): FoldTask => {
    const aside = new Set(part);
    return {
      index,
      folds: count,
      ...(byGroup ? { group: names[index]! } : {}),
      impulse,
      train: labelled.filter((sample) => !aside.has(sample)),
      test: labelled.filter((sample) => aside.has(sample)),
      seed,
      groupBy: group,
      int8,
      score: { confidence, bins, threshold, tolerance, curves },
      onProgress: onProgress && ((fit) => onProgress({ fold: index + 1, folds: count, fit })),
      signal,
    };
  });
}

/** Samples by group, groups in order of their names; a sample without a group is one of its own, or left out. */
function grouped(samples: readonly Sample[], by: GroupBy | undefined, leaveOut: boolean): Map<string, Sample[]> {
  const names = by === undefined ? [] : groupsOf(samples, by, 'crossValidate');
  const groups = new Map<string, Sample[]>();
  samples.forEach((sample, i) => {
    const name = names[i] ?? (leaveOut ? undefined : sample.id);
    if (name === undefined) return;
    const list = groups.get(name);
    if (list) list.push(sample);
    else groups.set(name, [sample]);
  });
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function spreadOf(values: readonly number[]): Spread {
  const those = values.filter((value) => !Number.isNaN(value));
  if (those.length === 0) return { mean: Number.NaN, deviation: 0, min: Number.NaN, max: Number.NaN, folds: 0 };
  const centre = mean(those);
  const squares = those.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    mean: centre,
    deviation: those.length < 2 ? 0 : Math.sqrt(squares / (those.length - 1)),
    min: Math.min(...those),
    max: Math.max(...those),
    folds: those.length,
  };
}

function pooledLearners(evaluations: readonly Evaluation[]): Record<string, PooledLearner> {
  const names = Object.entries(evaluations[0]?.learners ?? {}).filter(([, { confusion }]) => confusion !== undefined);
  return Object.fromEntries(
    names.map(([name]) => {
      const learners = evaluations.flatMap((one) => one.learners[name] ?? []);
      const labels = [...new Set(learners.flatMap(({ perClass }) => Object.keys(perClass ?? {})))].sort();
      const results = learners.flatMap((learner) => learner.results);
      const truth = results.map((result) => result.truth);
      const predicted = results.map((result) => result.predicted);
      return [
        name,
        { ...confusionOf(labels, truth, predicted), windows: results.length, mistakes: mistakesOf(results) },
      ];
    }),
  );
}

function checkCount(option: string, count: number, least: number): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  return fail({
    code: 'BAD_OPTION',
    where: `crossValidate.${option}`,
    got: show(count),
    expected: `a whole number of at least ${least}${option === 'folds' ? ", or 'group'" : ''}`,
    fix: 'Correct it or leave it out.',
  });
}

function refuseFolds(count: number, groups: number, by: GroupBy | undefined): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'crossValidate.folds',
    got: `${count} folds of ${groups} ${by === undefined ? 'recordings' : 'groups'}`,
    expected: 'at least two folds, and no more than there are groups',
    fix: 'Use fewer folds, more recordings, or another group.',
  });
}

function refuseNoGroup(): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'crossValidate.group',
    got: 'nothing',
    expected: "the group to leave out, with folds: 'group'",
    fix: 'Name a metadata key such as "speaker", or pass a function of the sample.',
  });
}

function refuseEmpty(samples: number): never {
  return fail({
    code: 'NO_DATA',
    where: 'crossValidate',
    got: `${samples} recordings, none with a label`,
    expected: 'labelled recordings',
    fix: 'Name files label.id.ext, put them into folders by label, or add an info.labels file.',
  });
}
