import type { Score } from '../block.js';

/**
 * Accuracy, confusion and per-class precision, recall and F1 of class scores. The highest score is the prediction,
 * the first of equals. Labels no score stands for appear in the confusion matrix and count for nothing else.
 */
export function classScore(
  labels: readonly string[],
  scores: readonly Float32Array[],
  truth: readonly string[],
): Score {
  const actual = [...new Set([...labels, ...[...truth].sort()])];
  const counts = new Map(actual.map((label) => [label, new Map(labels.map((l) => [l, 0]))]));
  scores.forEach((row, i) => {
    const predicted = labels[row.indexOf(Math.max(...row))];
    const line = counts.get(truth[i]!)!;
    if (predicted !== undefined) line.set(predicted, line.get(predicted)! + 1);
  });
  const count = (a: string, p: string): number => counts.get(a)!.get(p)!;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

  const perClass = labels.map((label) => {
    const hits = count(label, label);
    const windows = sum(labels.map((l) => count(label, l)));
    const claimed = sum(actual.map((a) => count(a, label)));
    const precision = ratio(hits, claimed);
    const recall = ratio(hits, windows);
    return [label, { precision, recall, f1: ratio(2 * precision * recall, precision + recall), windows }] as const;
  });
  const known = sum(perClass.map(([, c]) => c.windows));
  return {
    accuracy: ratio(sum(labels.map((label) => count(label, label))), known),
    confusion: Object.fromEntries([...counts].map(([label, line]) => [label, Object.fromEntries(line)])),
    perClass: Object.fromEntries(perClass),
    windows: scores.length,
  };
}

/**
 * Area under the ROC curve: the chance that an anomaly scores higher than a normal window, ties counting half.
 * Nothing when there is only one of the two.
 */
export function areaUnderRoc(scores: readonly number[], anomalous: readonly boolean[]): number | undefined {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  const positives = anomalous.filter(Boolean).length;
  const negatives = anomalous.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  let rankSum = 0;
  for (let begin = 0; begin < order.length; ) {
    let end = begin;
    while (end < order.length && scores[order[end]!] === scores[order[begin]!]) end++;
    const rank = (begin + 1 + end) / 2;
    rankSum += rank * order.slice(begin, end).filter((i) => anomalous[i]).length;
    begin = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
