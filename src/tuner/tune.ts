import type { FitProgress } from '../block.js';
import type { Dataset } from '../data/index.js';
import { fail, ImpulseError, throwIfAborted } from '../errors.js';
import type { Changes, Impulse } from '../impulse/index.js';
import { random } from '../random.js';
import type { Estimate, TargetProfile } from '../targets/index.js';
import { broken, type Limits, parseLimits, refuseLimits } from './limits.js';
import { drawChanges, spaceOf } from './space.js';

/** RAM, flash and time of one part of an impulse. */
export interface Cost {
  readonly ramBytes: number;
  readonly flashBytes: number;
  readonly latencyMs: number;
}

/** One trained candidate. Costs are those of its int8 form on the target. */
export interface Trial extends Cost {
  /** Order in which it was drawn; 1 is the design handed in, when that fits. */
  readonly id: number;
  /** The candidate: `impulse.fit(data.train, { seed })` trains it again to the same figures. */
  readonly impulse: Impulse;
  readonly seed: number;
  readonly changes: Changes;
  /** On the validation split of the training data (AUC on `data.test` for impulses that only detect anomalies); ranks the trials. */
  readonly valAccuracy: number;
  /** On `data.test`, float. */
  readonly accuracy: number;
  /** On `data.test`, after quantisation. */
  readonly int8Accuracy: number;
  /** The processing blocks' share. */
  readonly dsp: Cost;
  /** The learners' share. */
  readonly network: Cost;
}

export interface TuneProgress {
  /** The trial in training, from 1. */
  readonly trial: number;
  readonly trials: number;
  /** Progress of its training. */
  readonly fit: FitProgress;
}

export interface TuneOptions {
  readonly data: Dataset;
  readonly target: TargetProfile;
  /** Upper bounds, as numbers or as text with units: `'ram < 64 kB and latency < 100 ms'`. */
  readonly limits?: Limits | string;
  /** Candidates to train, default 30. */
  readonly trials?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: TuneProgress) => void;
  readonly onTrial?: (trial: Trial) => void;
  readonly signal?: AbortSignal;
}

export interface TuneResult {
  /** The best trial's design, untrained. */
  readonly best: Impulse;
  /** Best first: by validation accuracy, then by latency. */
  readonly trials: readonly Trial[];
  /** Candidates that were drawn but left out because they would not fit. */
  readonly dropped: number;
}

/** Candidates drawn for every trial wanted, before a search gives up finding more that fit. */
const DRAWS_PER_TRIAL = 40;

/**
 * Searches the ranges that the blocks of an impulse declare, processing and network together, for a target.
 *
 * Candidates are drawn at random, those that break a limit are dropped before training by the estimate, the rest are
 * trained and ranked. The same seed and data give the same trials.
 *
 * @throws `DOES_NOT_FIT` naming the binding limit, `BAD_OPTION`, `ABORTED`, and what `fit` throws
 * @example
 * ```ts
 * const { best, trials } = await tune(keyword, {
 *   data: speech, target: nano33ble, limits: { ramBytes: 64_000, latencyMs: 400 }, trials: 12, seed: 1,
 * });
 * ```
 */
export async function tune(impulse: Impulse, options: TuneOptions): Promise<TuneResult> {
  const { data, target, trials: wanted = 30, seed = 1, signal } = options;
  if (!Number.isInteger(wanted) || wanted < 1) {
    fail({
      code: 'BAD_OPTION',
      where: 'tune.trials',
      got: String(wanted),
      expected: 'a whole number of at least 1',
      fix: 'Say how many candidates to train.',
    });
  }
  const limits = typeof options.limits === 'string' ? await parseLimits(options.limits) : (options.limits ?? {});
  const { candidates, dropped } = draw(impulse, { data, target, limits, wanted, seed });

  const trials: Trial[] = [];
  for (const candidate of candidates) {
    throwIfAborted(signal, 'tune');
    const onProgress = (fit: FitProgress): void =>
      options.onProgress?.({ trial: trials.length + 1, trials: candidates.length, fit });
    const trial = await train(candidate, { data, seed, onProgress, signal });
    trials.push(trial);
    options.onTrial?.(trial);
  }
  trials.sort((a, b) => b.valAccuracy - a.valAccuracy || a.latencyMs - b.latencyMs || a.id - b.id);
  return { best: trials[0]!.impulse, trials, dropped };
}

interface Candidate {
  readonly id: number;
  readonly impulse: Impulse;
  readonly changes: Changes;
  readonly estimate: Estimate;
}

function draw(
  base: Impulse,
  options: { data: Dataset; target: TargetProfile; limits: Limits; wanted: number; seed: number },
): { candidates: Candidate[]; dropped: number } {
  const { data, target, limits, wanted, seed } = options;
  const labels = new Set(data.train.flatMap(labelsOf)).size;
  const space = spaceOf(base.design);
  const source = random(seed);
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  const estimates: Estimate[] = [];
  let id = 0;
  for (let i = 0; i < wanted * DRAWS_PER_TRIAL && candidates.length < wanted; i++) {
    const changes = i === 0 ? {} : drawChanges(space, source);
    const key = JSON.stringify(changes);
    if (seen.has(key)) continue;
    seen.add(key);
    const sized = attempt(() => {
      const impulse = base.with(changes);
      return { impulse, estimate: impulse.estimate(target, { labels }) };
    });
    if (!sized) continue;
    estimates.push(sized.estimate);
    id += 1;
    if (broken(sized.estimate, limits).length === 0) candidates.push({ id, changes, ...sized });
  }
  if (candidates.length === 0) refuseLimits(estimates, limits);
  return { candidates, dropped: estimates.length - candidates.length };
}

/** A combination of values can be impossible (a frame longer than its window); such a draw is not a candidate. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    const impossible = error instanceof ImpulseError && ['BAD_OPTION', 'SHAPE_MISMATCH'].includes(error.code);
    if (!impossible) throw error;
    return undefined;
  }
}

function labelsOf(sample: Dataset['train'][number]): string[] {
  if (sample.segments) return sample.segments.map((segment) => segment.label);
  return sample.label === undefined ? [] : [sample.label];
}

async function train(
  { id, impulse, changes, estimate }: Candidate,
  options: {
    data: Dataset;
    seed: number;
    onProgress: (progress: FitProgress) => void;
    signal: AbortSignal | undefined;
  },
): Promise<Trial> {
  const { data, seed, onProgress, signal } = options;
  const model = await impulse.fit(data.train, { seed, onProgress, signal });
  const small = await model.quantize(data.train, { signal });
  const evaluation = await model.evaluate(data.test, { signal });
  const int8 = await small.evaluate(data.test, { signal });
  const reported = Object.values(model.reports).find((report) => report.valAccuracy !== undefined);
  const names = Object.keys(impulse.design.dsp);
  const { ramBytes, flashBytes, latencyMs } = estimate;
  return {
    id,
    impulse,
    seed,
    changes,
    valAccuracy: reported?.valAccuracy ?? evaluation.auc,
    accuracy: evaluation.accuracy,
    int8Accuracy: int8.accuracy,
    ramBytes,
    flashBytes,
    latencyMs,
    dsp: share(estimate, (name) => names.includes(name)),
    network: share(estimate, (name) => !names.includes(name)),
  };
}

function share(estimate: Estimate, belongs: (name: string) => boolean): Cost {
  const blocks = estimate.blocks.filter((block) => belongs(block.name));
  const sum = (field: keyof Cost): number => blocks.reduce((total, block) => total + block[field], 0);
  return {
    ramBytes: Math.max(0, ...blocks.map((block) => block.ramBytes)),
    flashBytes: sum('flashBytes'),
    latencyMs: sum('latencyMs'),
  };
}
