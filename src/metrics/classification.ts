import type {
  CertainScore,
  ClassFigures,
  ClassificationScore,
  Curves,
  ReliabilityBin,
  Score,
  ScoreOptions,
  Verdict,
} from '../score.js';
import { type Counts, confusionCounts } from './confusion.js';
import { areaUnderRoc, averagePrecision, curvesOf } from './curves.js';
import { mean, ratio, sum } from './numbers.js';

const CONFIDENCE = 0.6;
const BINS = 15;
/** Least share a class can have in the logarithm: the resolution of float32. An int8 score of 0 says "below 1/512". */
const LEAST_SHARE = 2 ** -23;

/**
 * Figures of class scores, rows of `labels.length`. The highest score is the prediction, the first of equals. Labels no
 * score stands for appear in the confusion matrix and as "others" where one class stands against the rest; they count
 * for nothing else.
 *
 * Expected calibration error after Guo et al. 2017 (On Calibration of Modern Neural Networks): bins of equal width,
 * open below.
 */
export function classScore(
  labels: readonly string[],
  scores: readonly Float32Array[],
  truth: readonly string[],
  options: ScoreOptions = {},
): Score {
  const { confidence: least = CONFIDENCE, bins = BINS, curves: keepCurves = true } = options;
  const verdicts = scores.map((row, i) => verdictOf(labels, row, truth[i]!, least));
  const counts = confusionCounts(
    labels,
    truth,
    verdicts.map(({ predicted }) => predicted),
  );
  const known = verdicts.filter((_, i) => labels.includes(truth[i]!));
  const sides = labels.map((label, column) => oneAgainstRest(label, column, scores, truth, keepCurves));
  const figures = labels.map((label, i): ClassFigures => {
    const { curves: _, ...areas } = sides[i]!;
    return { ...classFigures(counts, label), ...areas };
  });
  const curves = sides.flatMap(({ curves }, i) => (curves ? [[labels[i]!, curves] as const] : []));
  const reliability = reliabilityOf(known, bins);
  const logLoss = logLossOf(labels, scores, truth);
  const classification: ClassificationScore = {
    macro: averaged(figures, (label, i) => (counts.occurs(label) ? 1 : 0) && Number(figures[i] !== undefined), labels),
    weighted: averaged(figures, (_, i) => figures[i]!.windows, labels),
    ...(logLoss === undefined ? {} : { logLoss }),
    ...(known.length === 0 ? {} : { calibrationError: calibrationErrorOf(reliability) }),
    reliability,
    certain: certainOf(counts, verdicts, truth, least),
    ...(keepCurves ? { curves: Object.fromEntries(curves) } : {}),
  };
  return {
    accuracy: counts.accuracy,
    confusion: counts.table,
    perClass: Object.fromEntries(labels.map((label, i) => [label, figures[i]!])),
    windows: scores.length,
    classification,
    verdicts,
  };
}
