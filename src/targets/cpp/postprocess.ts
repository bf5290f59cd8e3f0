import { fail, show } from '../../errors.js';
import { float, int, type Options, resolve, type Schema, type Values, value } from '../../params.js';

const schema = {
  averageResults: int(1, 'Results that are averaged: the latest, or those there are.', { min: 1, max: 1000 }),
  threshold: float(0.8, 'Least average score of a detection.', { min: 0, max: 1 }),
  suppressResults: int(0, 'Results after a detection that detect nothing.', { min: 0, max: 100_000 }),
  labels: value<readonly string[]>([], 'Labels that can be detected; none means all of them.', {
    check: (labels) =>
      Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? undefined : 'a list of labels',
  }),
} satisfies Schema;

/** When scores of windows that follow each other count as a detection. */
export type PostprocessOptions = Options<typeof schema>;
export type PostprocessValues = Values<typeof schema>;

/** What one result gave. */
export interface Detection {
  /** The label that is detected now; absent when none is. */
  readonly label?: string;
  /** Average score by label. */
  readonly average: Readonly<Record<string, number>>;
}

/** Detections from results one after another. */
export interface Postprocessor {
  /** Takes the scores of the next window, as `predict` and `continuous` give them. */
  readonly push: (scores: Readonly<Record<string, number>>) => Detection;
  /** Forgets all results. */
  readonly reset: () => void;
}

const { fround } = Math;

/**
 * Detections from the scores of one window after another: the average of the latest results, a threshold, and quiet
 * after a detection, as the `Postprocess` of an emitted library gives them, bit for bit.
 *
 * scores by label, 0 to 1 -> a label or none. The highest average among the listened labels is a detection when it
 * reaches the threshold; the first of equal ones wins. While results are suppressed the average goes on.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`, `BAD_LABEL` for a label that is not there; `push` throws `BAD_DATA`
 * @example
 * ```ts
 * const events = postprocessor(model.labels, { averageResults: 3, threshold: 0.8, suppressResults: 4, labels: ['yes'] });
 * const { label } = events.push(model.predict(window).scores ?? {});
 * ```
 */
export function postprocessor(labels: readonly string[], options: PostprocessOptions = {}): Postprocessor {
  const { averageResults, threshold, suppressResults, listens } = checked('postprocessor', labels, options);
  let results: Float32Array[] = [];
  let quiet = 0;
  return {
    push: (scores) => {
      results = [...results, scoresOf(labels, scores)].slice(-averageResults);
      const average = labels.map((_, i) => {
        const sum = results.reduce((total, row) => fround(total + row[i]!), 0);
        return fround(sum / results.length);
      });
      const named = Object.fromEntries(labels.map((label, i) => [label, average[i]!]));
      const best = listens.reduce((top, ok, i) => (ok && (top < 0 || average[i]! > average[top]!) ? i : top), -1);
      if (quiet > 0) {
        quiet--;
        return { average: named };
      }
      if (best < 0 || !(average[best]! >= fround(threshold))) return { average: named };
      quiet = suppressResults;
      return { label: labels[best]!, average: named };
    },
    reset: () => {
      results = [];
      quiet = 0;
    },
  };
}

function scoresOf(labels: readonly string[], scores: Readonly<Record<string, number>>): Float32Array {
  return Float32Array.from(labels, (label) => {
    const score = Object.hasOwn(scores, label) ? scores[label] : undefined;
    if (typeof score === 'number' && Number.isFinite(score)) return score;
    return fail({
      code: 'BAD_DATA',
      where: `postprocessor ${show(label)}`,
      got: String(score),
      expected: 'a finite score',
      fix: 'Push the scores of a prediction of the same impulse.',
    });
  });
}

/** Checks options against the labels there are. */
export function checked(where: string, labels: readonly string[], options: PostprocessOptions) {
  const values: PostprocessValues = resolve(where, schema, options);
  for (const label of values.labels) {
    if (labels.includes(label)) continue;
    fail({
      code: 'BAD_LABEL',
      where: `${where}.labels`,
      got: show(label),
      expected: labels.map(show).join(', '),
      fix: 'Name labels of the classifier.',
    });
  }
  const listens = labels.map((label) => values.labels.length === 0 || values.labels.includes(label));
  return { ...values, listens };
}
