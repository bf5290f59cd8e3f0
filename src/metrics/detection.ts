import { fail, show } from '../errors.js';
import type { DetectionScore, Score, ScoreOptions, Verdict } from '../score.js';
import { curvesOf, precisionArea, type Ranking, rankingOf, rocArea } from './curves.js';
import { quantile, ratio } from './numbers.js';

const QUANTILE = 0.99;

/**
 * Figures of anomaly scores, rows of 1; labels that are not among `normal` count as anomalies.
 *
 * The threshold is the one given, or chosen: see `ScoreOptions.threshold`. One chosen on the very windows it is judged by
 * flatters; choose it on other windows and pass it.
 *
 * @throws `BAD_OPTION` for a rule that needs both sides where there is only one, or a quantile outside 0 to 1
 */
export function detectionScore(
  normal: readonly string[],
  scores: readonly Float32Array[],
  truth: readonly string[],
  options: ScoreOptions = {},
): Score {
  const values = scores.map((row) => row[0]!);
  const anomalous = truth.map((label) => !normal.includes(label));
  if (values.length === 0) return { windows: 0 };
  const ranking = rankingOf(values, anomalous);
  const wish = options.threshold ?? (ranking ? 'f1' : { quantile: QUANTILE });
  const chosen = typeof wish === 'object' ? quantileOf(values, anomalous, wish.quantile) : thresholdOf(ranking, wish);
  const verdicts = values.map((value, i): Verdict => {
    const flagged = value >= Math.fround(chosen.threshold); // as on the device
    return {
      predicted: flagged ? 'anomaly' : 'normal',
      wrong: flagged !== anomalous[i],
      confidence: Math.abs(value - chosen.threshold),
    };
  });
  const detection: DetectionScore = {
    ...chosen,
    ...sidesOf(verdicts, anomalous),
    ...(ranking && { averagePrecision: precisionArea(ranking) }),
    ...(ranking && options.curves !== false && { curves: curvesOf(ranking) }),
  };
  return { windows: scores.length, ...(ranking && { auc: rocArea(ranking) }), detection, verdicts };
}

function sidesOf(verdicts: readonly Verdict[], anomalous: readonly boolean[]) {
  const count = (wrong: boolean, anomaly: boolean): number => {
    return verdicts.filter((verdict, i) => verdict.wrong === wrong && anomalous[i] === anomaly).length;
  };
  const truePositives = count(false, true);
  const falsePositives = count(true, false);
  const trueNegatives = count(false, false);
  const falseNegatives = count(true, true);
  return {
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  };
}

type Chosen = Pick<DetectionScore, 'threshold' | 'rule'>;

function thresholdOf(ranking: Ranking | undefined, wish: number | 'f1' | 'youden'): Chosen {
  if (typeof wish === 'number') return { threshold: wish, rule: 'given' };
  if (!ranking) return refuse(show(wish), 'anomalies and normal windows for this rule');
  const { steps, positives, negatives } = ranking;
  const merit = (step: (typeof steps)[number]): number => {
    const { truePositives: hits, falsePositives: alarms } = step;
    return wish === 'f1' ? (2 * hits) / (positives + hits + alarms) : hits / positives - alarms / negatives;
  };
  const best = steps.reduce((top, step, i) => (merit(step) > merit(steps[top]!) ? i : top), 0);
  const next = steps[best + 1]?.threshold;
  const { threshold } = steps[best]!;
  if (next === undefined) return { threshold, rule: wish };
  // Halfway to the next score below, so that neither side sits on the edge.
  const middle = Math.fround((threshold + next) / 2);
  return { threshold: middle > next ? middle : threshold, rule: wish };
}

/** By the scores of the normal windows, or of all where none is known to be normal. */
function quantileOf(values: readonly number[], anomalous: readonly boolean[], share: number): Chosen {
  if (!(share >= 0 && share <= 1)) refuse(`a quantile of ${show(share)}`, 'a share from 0 to 1');
  const normal = values.filter((_, i) => !anomalous[i]);
  return { threshold: Math.fround(quantile(normal.length > 0 ? normal : values, share)), rule: 'quantile' };
}

function refuse(got: string, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'evaluate.threshold',
    got,
    expected,
    fix: 'Pass a number, or { quantile } where no anomalies are known.',
  });
}
