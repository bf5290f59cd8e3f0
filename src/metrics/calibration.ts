import type { ReliabilityBin, Verdict } from '../score.js';
import { mean, ratio, sum } from './numbers.js';

/** Least share a class can have in the logarithm: the resolution of float32. */
const LEAST_SHARE = 2 ** -23;

/**
 * Bins of equal width over the highest score, open below.
 *
 * Source: Guo et al. 2017, On Calibration of Modern Neural Networks, equations 1 and 2.
 */
export function reliabilityOf(verdicts: readonly Verdict[], bins: number): ReliabilityBin[] {
  const members = Array.from({ length: bins }, () => [] as Verdict[]);
  for (const verdict of verdicts) {
    const bin = Math.ceil(verdict.confidence! * bins) - 1;
    members[Math.min(bins - 1, Math.max(0, bin))]!.push(verdict);
  }
  return members.map((inside, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    windows: inside.length,
    confidence: mean(inside.map(({ confidence }) => confidence!)),
    accuracy: mean(inside.map(({ wrong }) => (wrong ? 0 : 1))),
  }));
}

/** Mean distance of confidence from accuracy, weighted by windows (equation 3 of the same). */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const gaps = bins.map(({ windows, confidence, accuracy }) => windows * Math.abs(accuracy - confidence));
  return ratio(sum(gaps), sum(bins.map(({ windows }) => windows)));
}

/**
 * Mean negative natural logarithm of the true class's share of the scores; rows are scaled to add up to 1, as the scores
 * of an int8 network do not quite. Rows of unknown labels are left out; nothing when none is left.
 */
export function logLossOf(
  labels: readonly string[],
  scores: readonly Float32Array[],
  truth: readonly string[],
): number | undefined {
  const losses = scores.flatMap((row, i) => {
    const column = labels.indexOf(truth[i]!);
    return column < 0 ? [] : [-Math.log(Math.max(LEAST_SHARE, ratio(row[column]!, sum(row))))];
  });
  return losses.length === 0 ? undefined : mean(losses);
}
