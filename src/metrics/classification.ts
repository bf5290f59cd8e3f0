import type { CertainScore, ClassFigures, Curves, Score, ScoreOptions, Verdict } from '../score.js';
import { expectedCalibrationError, logLossOf, reliabilityOf } from './calibration.js';
import { confusionOf } from './confusion.js';
import { curvesOf, precisionArea, rankingOf, rocArea } from './curves.js';
import { ratio, sum, weightedMean } from './numbers.js';

const CONFIDENCE = 0.6;
const BINS = 15;

/**
 * Figures of class scores, rows of `labels.length`. The highest score is the prediction, the first of equals. Labels no
 * score stands for appear in the confusion matrix, and among the others where one class stands against all others; they
 * count for nothing else and are never wrong.
 */
export function classScore(
  labels: readonly string[],
  scores: readonly Float32Array[],
  truth: readonly string[],
  options: ScoreOptions = {},
): Score {
  const { confidence = CONFIDENCE, bins = BINS, curves: keep = true } = options;
  const known = truth.map((label) => labels.includes(label));
  const verdicts = scores.map((row, i) => verdictOf(labels, row, known[i] ? truth[i] : undefined, confidence));
  const predicted = verdicts.map((verdict) => verdict.predicted);
  const { accuracy, confusion, perClass, macro, weighted } = confusionOf(labels, truth, predicted);
  const sides = labels.map((label, column) => {
    const ofClass = scores.map((row) => row[column]!);
    const positive = truth.map((one) => one === label);
    return oneAgainstRest(ofClass, positive, keep);
  });
  const figures = labels.map((label, i) => ({ ...perClass[label]!, ...sides[i]!.areas }));
  const judged = verdicts.filter((_, i) => known[i]);
  const reliability = reliabilityOf(judged, bins);
  const logLoss = logLossOf(labels, scores, truth);
  return {
    accuracy,
    confusion,
    perClass: Object.fromEntries(labels.map((label, i) => [label, figures[i]!])),
    windows: scores.length,
    classification: {
      macro: { ...macro, ...areaMeans(figures, () => 1) },
      weighted: { ...weighted, ...areaMeans(figures, ({ windows }) => windows) },
      ...(logLoss === undefined ? {} : { logLoss }),
      ...(judged.length === 0 ? {} : { calibrationError: expectedCalibrationError(reliability) }),
      reliability,
      certain: certainOf(labels, verdicts, truth, confidence),
      ...(keep && { curves: curvesByLabel(labels, sides) }),
    },
    verdicts,
  };
}

function verdictOf(
  labels: readonly string[],
  row: Float32Array,
  truth: string | undefined,
  confidence: number,
): Verdict {
  const best = row.reduce((top, score, i) => (score > row[top]! ? i : top), 0);
  const highest = row[best]!;
  const wrong = truth !== undefined && labels[best] !== truth;
  return { predicted: labels[best]!, wrong, confidence: highest, uncertain: highest < Math.fround(confidence) };
}

interface Side {
  readonly areas: Pick<ClassFigures, 'auc' | 'averagePrecision'>;
  readonly curves: Curves | undefined;
}

function oneAgainstRest(scores: readonly number[], positive: readonly boolean[], keep: boolean): Side {
  const ranking = rankingOf(scores, positive);
  if (!ranking) return { areas: {}, curves: undefined };
  const areas = { auc: rocArea(ranking), averagePrecision: precisionArea(ranking) };
  return { areas, curves: keep ? curvesOf(ranking) : undefined };
}

/** Means of the areas over the classes that have them. */
function areaMeans(figures: readonly ClassFigures[], weightOf: (one: ClassFigures) => number): Side['areas'] {
  const those = figures.filter((one) => one.auc !== undefined);
  const weights = those.map(weightOf);
  const average = (key: 'auc' | 'averagePrecision') =>
    weightedMean(
      those.map((one) => one[key]!),
      weights,
    );
  const [auc, precision] = [average('auc'), average('averagePrecision')];
  return auc === undefined || precision === undefined ? {} : { auc, averagePrecision: precision };
}

function curvesByLabel(labels: readonly string[], sides: readonly Side[]): Record<string, Curves> {
  return Object.fromEntries(
    labels.flatMap((label, i) => (sides[i]!.curves ? [[label, sides[i]!.curves] as const] : [])),
  );
}

function certainOf(
  labels: readonly string[],
  verdicts: readonly Verdict[],
  truth: readonly string[],
  confidence: number,
): CertainScore {
  const known = verdicts
    .map((verdict, i) => ({ ...verdict, truth: truth[i]! }))
    .filter((v) => labels.includes(v.truth));
  const decided = known.filter(({ uncertain }) => !uncertain);
  const right = decided.filter(({ wrong }) => !wrong).length;
  const uncertainOf = (label: string) => sum(known.map((v) => (v.uncertain && v.truth === label ? 1 : 0)));
  return {
    confidence,
    uncertain: known.length - decided.length,
    uncertainByClass: Object.fromEntries(labels.map((label) => [label, uncertainOf(label)])),
    accuracy: ratio(right, decided.length),
    accuracyOfAll: ratio(right, known.length),
  };
}
