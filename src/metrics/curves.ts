import type { CurvePoint, Curves } from '../score.js';

/** Points kept of a curve; enough for eyes. Areas are computed from all. */
const MOST_POINTS = 200;

/** How many of each side score at least as high as a threshold. */
interface Step {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** One step per distinct score, highest first, of two sides that both have members. */
export interface Ranking {
  readonly steps: readonly Step[];
  readonly positives: number;
  readonly negatives: number;
}

/** Orders scores; nothing when there is only one of the two sides. */
export function rankingOf(scores: readonly number[], positive: readonly boolean[]): Ranking | undefined {
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const steps: Step[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  order.forEach((row, i) => {
    if (positive[row]) truePositives++;
    else falsePositives++;
    const next = order[i + 1];
    const threshold = scores[row]!;
    if (next === undefined || scores[next] !== threshold) steps.push({ threshold, truePositives, falsePositives });
  });
  return { steps, positives, negatives };
}

/**
 * Area under the ROC curve: the chance that a positive scores higher than a negative, ties counting half.
 * Nothing when there is only one of the two.
 */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[]): number | undefined {
  const ranking = rankingOf(scores, positive);
  return ranking && rocArea(ranking);
}

export function rocArea({ steps, positives, negatives }: Ranking): number {
  let area = 0;
  let before = { truePositives: 0, falsePositives: 0 };
  for (const step of steps) {
    area += (step.falsePositives - before.falsePositives) * (step.truePositives + before.truePositives);
    before = step;
  }
  return area / (2 * positives * negatives);
}

/**
 * Average precision: the mean of the precisions at each threshold, weighted by the recall gained there, without
 * interpolation. Nothing when there is only one of the two sides.
 */
export function averagePrecision(scores: readonly number[], positive: readonly boolean[]): number | undefined {
  const ranking = rankingOf(scores, positive);
  return ranking && precisionArea(ranking);
}

export function precisionArea({ steps, positives }: Ranking): number {
  let area = 0;
  let found = 0;
  for (const { truePositives, falsePositives } of steps) {
    area += ((truePositives - found) * truePositives) / (truePositives + falsePositives);
    found = truePositives;
  }
  return area / positives;
}

/** ROC and precision-recall curves, thinned for drawing. */
export function curvesOf({ steps, positives, negatives }: Ranking): Curves {
  const roc = steps.map(({ truePositives, falsePositives }): CurvePoint => {
    return [falsePositives / negatives, truePositives / positives];
  });
  const precisionRecall = steps.map(({ truePositives, falsePositives }): CurvePoint => {
    return [truePositives / positives, truePositives / (truePositives + falsePositives)];
  });
  return { roc: thinned([[0, 0], ...roc]), precisionRecall: thinned(precisionRecall) };
}

/** Leaves out points on straight lines, then all but an even choice. */
function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const corners = points.filter(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (!before || !after) return true;
    return Math.abs((x - before[0]) * (after[1] - y) - (y - before[1]) * (after[0] - x)) > 1e-12;
  });
  if (corners.length <= MOST_POINTS) return corners;
  const step = (corners.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => corners[Math.round(i * step)]!);
}
