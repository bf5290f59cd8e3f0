import type { TrainingSet } from '../block.js';
import { fail, show } from '../errors.js';

/** Weight of each class: 1, or such that all classes weigh the same over the rows. */
export function classWeights(
  mode: 'none' | 'balanced',
  data: Pick<TrainingSet, 'labels' | 'classes'>,
  rows: Int32Array,
): Float32Array {
  const weights = new Float32Array(data.classes.length).fill(1);
  if (mode === 'none') return weights;
  const counts = new Float32Array(data.classes.length);
  for (const row of rows) counts[data.labels[row]!]!++;
  return weights.map((_, label) => rows.length / (data.classes.length * Math.max(counts[label]!, 1)));
}

/**
 * The labels of all rows as numbers.
 *
 * @throws `BAD_LABEL` for one that does not read as a finite number, `ONE_CLASS` when all are the same
 */
export function valuesOf(where: string, data: Pick<TrainingSet, 'labels' | 'classes'>): Float64Array {
  const values = data.classes.map((label) => (label.trim() === '' ? Number.NaN : Number(label)));
  const rows = Float64Array.from(data.labels, (label) => {
    const value = values[label]!;
    return Number.isFinite(Math.fround(value)) ? value : refuseLabel(where, data.classes[label]!);
  });
  if (rows.some((value) => value !== rows[0])) return rows;
  return fail({
    code: 'ONE_CLASS',
    where,
    got: `windows that all have the value ${rows[0]}`,
    expected: 'at least two different values',
    fix: 'Add recordings of other values.',
  });
}

const STRATA = 10;

/** The same rows with tenths of the values for classes, so that a split by class has small and large values on both sides. */
export function inStrata(data: TrainingSet, values: Float64Array): TrainingSet {
  const sorted = values.slice().sort();
  const labels = Int32Array.from(values, (value) => Math.floor((STRATA * sorted.indexOf(value)) / sorted.length));
  return { ...data, labels, classes: Array.from({ length: STRATA }, (_, i) => String(i)) };
}

function refuseLabel(where: string, label: string): never {
  return fail({
    code: 'BAD_LABEL',
    where,
    got: `label ${show(label)}`,
    expected: 'labels that read as numbers, such as 2.5',
    fix: 'Correct the label, leave the recording out, or use a classifier.',
  });
}
