import type { Box, TrainedBlock } from '../block.js';
import type { GroupBy } from '../data/index.js';
import type { Score, ScoreOptions, Verdict } from '../score.js';

export interface EvaluateOptions extends ScoreOptions {
  /** Figures per group too: a metadata key of the samples such as `speaker`, or a function of the sample. */
  readonly group?: GroupBy | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a window comes from and what it is. */
export interface WindowOrigin {
  /** Id of the sample. */
  readonly sample: string;
  /** Begin of the window in the sample, in ms. */
  readonly startMs: number;
  readonly truth: string;
  /** Its group, where groups were asked for and it has one. */
  readonly group?: string | undefined;
  /** Objects in a picture, in pixels of the window. */
  readonly boxes?: readonly Box[] | undefined;
}

/** What a learner says of one window, and whether it is right. */
export interface WindowResult extends WindowOrigin, Verdict {}

/** Figures of one learner, per group, and window by window. */
export interface LearnerEvaluation extends Omit<Score, 'verdicts'> {
  /** Figures of each group's windows, without curves; with the threshold and tolerance of the whole. */
  readonly groups?: Readonly<Record<string, Score>>;
  /** All windows, in order. */
  readonly results: readonly WindowResult[];
  /** Those that are wrong: the most confident first, for values the largest error. */
  readonly mistakes: readonly WindowResult[];
}

/** How well an impulse does on recordings. Plain data: it can be sent, stored as JSON and compared. */
export interface Evaluation {
  /** Share of windows with the right label; NaN when no learner classifies. */
  readonly accuracy: number;
  /** Area under the ROC curve of the anomaly score; NaN without an anomaly learner or without both sides. */
  readonly auc: number;
  /** Mean absolute error; NaN without a regression. */
  readonly mae: number;
  readonly windows: number;
  /** All figures, by learner. */
  readonly learners: Readonly<Record<string, LearnerEvaluation>>;
}

/** A learner's outputs for all windows, in their order. */
export interface LearnerOutputs {
  readonly name: string;
  readonly block: Pick<TrainedBlock, 'score'>;
  readonly rows: readonly Float32Array[];
}

/**
 * Judges outputs that are there already; `evaluate` of a trained impulse computes them first.
 *
 * @throws errors of the learners' scores, such as `BAD_OPTION` and `BAD_LABEL`
 */
export function evaluationOf(
  windows: readonly WindowOrigin[],
  outputs: readonly LearnerOutputs[],
  options: ScoreOptions = {},
): Evaluation {
  const entries = outputs.map((one) => [one.name, learnerEvaluation(windows, one, options)] as const);
  const all = entries.map(([, learner]) => learner);
  const first = (figure: (score: Score) => number | undefined): number => {
    return all.map(figure).find((value) => value !== undefined) ?? Number.NaN;
  };
  return {
    accuracy: first((score) => score.accuracy),
    auc: first((score) => score.auc),
    mae: first((score) => score.regression?.mae),
    windows: windows.length,
    learners: Object.fromEntries(entries),
  };
}

function learnerEvaluation(
  windows: readonly WindowOrigin[],
  { block, rows }: LearnerOutputs,
  options: ScoreOptions,
): LearnerEvaluation {
  const boxed = windows.some(({ boxes }) => boxes !== undefined);
  const score = (which: readonly number[], how: ScoreOptions): Score => {
    return block.score(
      which.map((i) => rows[i]!),
      which.map((i) => windows[i]!.truth),
      how,
      boxed ? which.map((i) => windows[i]!.boxes ?? []) : undefined,
    );
  };
  const { verdicts = [], ...figures } = score([...windows.keys()], options);
  const { detection, regression } = figures;
  const threshold = detection?.threshold ?? options.threshold;
  const tolerance = regression?.tolerance ?? options.tolerance;
  const groups = [...rowsByGroup(windows)].map(([name, which]) => {
    const { verdicts: _, ...ofGroup } = score(which, { ...options, curves: false, threshold, tolerance });
    return [name, ofGroup] as const;
  });
  const results = verdicts.map((verdict, i) => ({ ...windows[i]!, ...verdict }));
  return {
    ...figures,
    ...(groups.length > 0 ? { groups: Object.fromEntries(groups) } : {}),
    results,
    mistakes: mistakesOf(results),
  };
}

/** Rows of each group, by name. */
function rowsByGroup(windows: readonly WindowOrigin[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  windows.forEach(({ group }, i) => {
    if (group === undefined) return;
    const list = rows.get(group);
    if (list) list.push(i);
    else rows.set(group, [i]);
  });
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The wrong ones, worst first. */
export function mistakesOf(results: readonly WindowResult[]): WindowResult[] {
  const weight = ({ error, confidence }: WindowResult): number => error ?? confidence ?? 0;
  return results.filter(({ wrong }) => wrong).sort((a, b) => weight(b) - weight(a));
}
