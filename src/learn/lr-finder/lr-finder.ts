import type { BatchProgress, FitOptions, LearningBlock, TrainingSet } from '../../block.js';
import { fail, show } from '../../errors.js';
import { float, int, resolve } from '../../params.js';
import type { Kind, Spec } from '../../spec.js';

/** One step of a range test. */
export interface RatePoint {
  readonly learningRate: number;
  /** Loss of the batch before the step. */
  readonly loss: number;
  /** The loss with its noise averaged away. */
  readonly smoothed: number;
}

/** What a range test found. */
export interface LearningRateCurve {
  /** A rate to train with: where the loss falls fastest. */
  readonly learningRate: number;
  /** In the order of the steps, which is that of the rates. */
  readonly points: readonly RatePoint[];
  /** Whether the loss rose so far that the test ended before the largest rate. */
  readonly diverged: boolean;
}

export interface RangeTestOptions {
  /** Rate of the first step. Default 1e-5. */
  readonly minRate?: number | undefined;
  /** Rate of the last step. Default 1. */
  readonly maxRate?: number | undefined;
  /** Training steps, 10 or more. Default 120. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  readonly onStep?: ((point: RatePoint) => void) | undefined;
}

const schema = {
  minRate: float(1e-5, 'Rate of the first step.', { min: 1e-8, max: 10 }),
  maxRate: float(1, 'Rate of the last step.', { min: 1e-8, max: 100 }),
  steps: int(120, 'Training steps.', { min: 10, max: 10_000 }),
};

/** Weight of the past in the averaged loss. */
const MEMORY = 0.9;
/** The test ends when the averaged loss is this many times its least. */
const DIVERGED = 4;

/**
 * Trains a learner for a few steps at a rate that grows from step to step, and suggests one to train with: where the
 * averaged loss falls fastest on a logarithmic scale of rates. What was trained is thrown away.
 *
 * Source: the range test of Smith (2017), with rates in geometric steps.
 *
 * @throws `UNSUPPORTED` for learners without a learning rate, `BAD_OPTION`, `ABORTED` and what training throws
 * @example
 * ```ts
 * const { learningRate } = await rangeTest(classifier(), data, spec);
 * ```
 */
export async function rangeTest<I extends Kind>(
  learner: LearningBlock<I>,
  data: TrainingSet,
  input: Spec<I>,
  options: RangeTestOptions = {},
): Promise<LearningRateCurve> {
  return runRangeTest(learner, (block, fitOptions) => block.fit(data, input, fitOptions), options);
}

/** A range test of whatever `train` trains the learner on. */
export async function runRangeTest<B extends LearningBlock>(
  learner: B,
  train: (learner: B, options: FitOptions) => Promise<unknown>,
  { seed, signal, onStep, ...numbers }: RangeTestOptions = {},
): Promise<LearningRateCurve> {
  const { minRate, maxRate, steps } = resolve('findLearningRate', schema, numbers);
  const initial = learner.params.learningRate;
  if (typeof initial !== 'number' || !Object.hasOwn(learner.schema, 'epochs')) {
    fail({
      code: 'UNSUPPORTED',
      where: 'findLearningRate',
      got: show(learner.type),
      expected: 'a learner with a learning rate, such as classifier',
      fix: 'Name a learner that is a neural network.',
    });
  }
  if (minRate >= maxRate) {
    const got = `${minRate} to ${maxRate}`;
    fail({ code: 'BAD_OPTION', where: 'findLearningRate', got, expected: 'minRate below maxRate', fix: 'Swap them.' });
  }
  const stop = new AbortController();
  const pass = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', pass);
  if (signal?.aborted) pass();
  const points: RatePoint[] = [];
  let diverged = false;
  let least = Number.POSITIVE_INFINITY;
  const rateOf = (step: number): number => minRate * (maxRate / minRate) ** (step / (steps - 1));
  const onBatch = ({ loss }: BatchProgress): void => {
    if (stop.signal.aborted) return;
    const point = averaged(points, rateOf(points.length), loss);
    least = Math.min(least, point.smoothed);
    diverged = !Number.isFinite(loss) || point.smoothed > DIVERGED * least;
    if (!diverged) points.push(point);
    if (!diverged) onStep?.(point);
    if (diverged || points.length === steps) stop.abort();
  };
  try {
    // There is at least one step per epoch.
    const changes = { epochs: steps, ...fixed(learner) };
    await train(learner.with(changes) as B, {
      seed,
      signal: stop.signal,
      onBatch,
      schedule: () => rateOf(points.length) / initial,
    });
  } catch (error) {
    if (signal?.aborted || !stop.signal.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', pass);
  }
  return { learningRate: steepest(points), points, diverged };
}

/** Options that would end the test early or bend its rates. */
function fixed(learner: LearningBlock): Readonly<Record<string, number>> {
  return Object.fromEntries(['patience', 'warmup'].filter((name) => name in learner.schema).map((name) => [name, 0]));
}

function averaged(points: readonly RatePoint[], learningRate: number, loss: number): RatePoint {
  // Sum of the weights of all steps before.
  const past = (MEMORY - MEMORY ** (points.length + 1)) / (1 - MEMORY);
  return { learningRate, loss, smoothed: (past * (points.at(-1)?.smoothed ?? 0) + loss) / (past + 1) };
}

/** Rate in the middle of the stretch over which the averaged loss falls most, in front of its least. */
export function steepest(points: readonly RatePoint[]): number {
  const reach = Math.max(1, Math.round(points.length / 20));
  const least = points.reduce((best, p, i) => (p.smoothed < points[best]!.smoothed ? i : best), 0);
  let best = Math.max(0, least - reach);
  let fall = 0;
  for (let i = 2 * reach; i + reach <= least; i++) {
    const slope = points[i - reach]!.smoothed - points[i + reach]!.smoothed;
    if (slope <= fall) continue;
    fall = slope;
    best = i;
  }
  return points[best]?.learningRate ?? Number.NaN;
}
