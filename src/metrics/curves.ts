import type { CurvePoint, Curves } from '../score.js';

/** Points kept of a curve; enough for eyes. Areas are computed from all. */
const MOST_POINTS = 200;

/** How many of each side score at least as high as a threshold, from the highest threshold to the lowest. */
interface Step {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** One step per distinct score, highest first. */
export function thresholdSteps(scores: readonly number[], positive: readonly boolean[]): Step[] {
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
  return steps;
}

/**
 * Area under the ROC curve: the chance that a positive scores higher than a negative, ties counting half.
 * Nothing when there is only one of the two.
 */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[]): number | undefined {
  const steps = thresholdSteps(scores, positive);
  const last = steps.at(-1);
  if (!last || last.truePositives === 0 || last.falsePositives === 0) return undefined;
  let area = 0;
  let before = { truePositives: 0, falsePositives: 0 };
  for (const step of steps) {
    area += (step.falsePositives - before.falsePositives) * (step.truePositives + before.truePositives);
    before = step;
  }
  return area / (2 * last.truePositives * last.falsePositives);
}

/**
 * Average precision: the mean of the precisions at each threshold, weighted by the recall gained there, without
 * interpolation. Nothing when there is only one of the two sides.
 */
export function averagePrecision(scores: readonly number[], positive: readonly boolean[]): number | undefined {
  const steps = thresholdSteps(scores, positive);
  const last = steps.at(-1);
  if (!last || last.truePositives === 0 || last.falsePositives === 0) return undefined;
  let sum = 0;
  let found = 0;
  for (const { truePositives, falsePositives } of steps) {
    sum += ((truePositives - found) * truePositives) / (truePositives + falsePositives);
    found = truePositives;
  }
  return sum / last.truePositives;
}

/** ROC and precision-recall curves, thinned for drawing; nothing when there is only one of the two sides. */
export function curvesOf(scores: readonly number[], positive: readonly boolean[]): Curves | undefined {
  const steps = thresholdSteps(scores, positive);
  const last = steps.at(-1);
  if (!last || last.truePositives === 0 || last.falsePositives === 0) return undefined;
  const roc = steps.map(({ truePositives, falsePositives }): CurvePoint => {
    return [falsePositives / last.falsePositives, truePositives / last.truePositives];
  });
  const precisionRecall = steps.map(({ truePositives, falsePositives }): CurvePoint => {
    return [truePositives / last.truePositives, truePositives / (truePositives + falsePositives)];
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
