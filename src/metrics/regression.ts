import { fail, show } from '../errors.js';
import type { Score, ScoreOptions } from '../score.js';
import { mean } from './numbers.js';

/** Share of the range of the true values that counts as right. */
const TOLERANCE = 0.1;

/**
 * Figures of predicted values, rows of 1, against labels that read as numbers. Where all true values are the same, R2 and
 * explained variance are 1 when every prediction is right and 0 otherwise.
 *
 * @throws `BAD_LABEL` for a label that does not read as a number
 */
export function valueScore(
  scores: readonly Float32Array[],
  truth: readonly string[],
  options: ScoreOptions = {},
): Score {
  if (scores.length === 0) return { windows: 0 };
  const wanted = truth.map(numberOf);
  const errors = scores.map((row, i) => row[0]! - wanted[i]!);
  const sizes = errors.map(Math.abs);
  const mse = mean(errors.map((error) => error * error));
  const tolerance = options.tolerance ?? TOLERANCE * (largest(wanted) + largest(wanted.map((value) => -value)));
  const spread = variance(wanted);
  const explained = (unexplained: number): number => {
    if (spread > 0) return 1 - unexplained / spread;
    return unexplained === 0 ? 1 : 0;
  };
  return {
    windows: scores.length,
    regression: {
      mse,
      rmse: Math.sqrt(mse),
      mae: mean(sizes),
      r2: explained(mse),
      explainedVariance: explained(variance(errors)),
      tolerance,
      withinTolerance: mean(sizes.map((size) => (size <= tolerance ? 1 : 0))),
    },
    verdicts: scores.map((row, i) => ({ predicted: row[0]!, wrong: !(sizes[i]! <= tolerance), error: sizes[i]! })),
  };
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function numberOf(label: string): number {
  const value = label.trim() === '' ? Number.NaN : Number(label);
  if (Number.isFinite(value)) return value;
  return fail({
    code: 'BAD_LABEL',
    where: 'regression',
    got: `label ${show(label)}`,
    expected: 'a label that reads as a number, such as 2.5',
    fix: 'Correct the label or leave the recording out.',
  });
}
