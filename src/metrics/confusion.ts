import type { ClassFigures, Score } from '../score.js';
import { ratio, sum } from './numbers.js';

type Averages = { precision: number; recall: number; f1: number };

/** Accuracy, confusion and figures per class of labels against labels. */
export interface Confusion {
  /** Share of right windows among those whose label is one of `labels`. */
  readonly accuracy: number;
  readonly confusion: NonNullable<Score['confusion']>;
  readonly perClass: Readonly<Record<string, ClassFigures>>;
  /** Mean over the classes that occur as truth or prediction. */
  readonly macro: Averages;
  /** Mean weighted by windows. */
  readonly weighted: Averages;
}

/**
 * Compares predictions, each one of `labels`, with true labels. Rows of the confusion matrix are in the order of `labels`, then
 * other true labels by name. Figures that would divide by zero are 0.
 */
export function confusionOf(
  labels: readonly string[],
  truth: readonly string[],
  predicted: readonly (string | number)[],
): Confusion {
  const actual = [...new Set([...labels, ...[...truth].sort()])];
  const counts = new Map(actual.map((label) => [label, new Map<string | number, number>(labels.map((l) => [l, 0]))]));
  truth.forEach((label, i) => {
    const line = counts.get(label)!;
    line.set(predicted[i]!, (line.get(predicted[i]!) ?? 0) + 1);
  });
  const count = (a: string, p: string): number => counts.get(a)!.get(p)!;
  const claims = labels.map((label) => sum(actual.map((a) => count(a, label))));
  const figures = labels.map((label, i): ClassFigures => {
    const windows = sum(labels.map((l) => count(label, l)));
    const precision = ratio(count(label, label), claims[i]!);
    const recall = ratio(count(label, label), windows);
    return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), windows };
  });
  const windows = figures.map((one) => one.windows);
  const occurring = figures.map((one, i) => (one.windows + claims[i]! > 0 ? 1 : 0));
  return {
    accuracy: ratio(sum(labels.map((label) => count(label, label))), sum(windows)),
    confusion: Object.fromEntries([...counts].map(([label, line]) => [label, Object.fromEntries(line)])),
    perClass: Object.fromEntries(labels.map((label, i) => [label, figures[i]!])),
    macro: averages(figures, occurring),
    weighted: averages(figures, windows),
  };
}

function averages(figures: readonly ClassFigures[], weights: readonly number[]): Averages {
  const total = sum(weights);
  const average = (key: keyof Averages): number => ratio(sum(figures.map((one, i) => one[key] * weights[i]!)), total);
  return { precision: average('precision'), recall: average('recall'), f1: average('f1') };
}
