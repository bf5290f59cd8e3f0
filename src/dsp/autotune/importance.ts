import { fail } from '../../errors.js';

/** How much one feature tells of the class. */
export interface FeatureImportance {
  readonly index: number;
  readonly name: string;
  /** 0..1: the larger of `explained` and the share of the classes' entropy that `bits` is. */
  readonly importance: number;
  /** Share of the feature's variance that lies between classes, 0..1 (eta squared). */
  readonly explained: number;
  /** F of the analysis of variance; infinite where classes differ and nothing varies inside them. */
  readonly f: number;
  /** Mutual information of the feature and the class in bits, above what chance would show. */
  readonly bits: number;
}

const MOST_BINS = 16;

/**
 * Ranks features by what each alone tells of the class, the most telling first.
 *
 * `features [window][feature F]`, `labels [window] -> F` entries. A feature counts by its means (analysis of variance) or
 * by its distribution (mutual information over bins of equal counts, less the bias of Miller and Madow), whichever
 * says more; what features tell only together is not seen. The same data give the same numbers. Source: Fisher,
 * Statistical Methods for Research Workers; Miller 1955, Note on the bias of information estimates.
 *
 * @throws `NO_DATA`, `ONE_CLASS`, `SHAPE_MISMATCH`, `BAD_DATA` for values that are not finite
 * @example
 * ```ts
 * const [best] = featureImportance(rows, labels, spec.axes[0]?.labels);
 * ```
 */
export function featureImportance(
  features: readonly ArrayLike<number>[],
  labels: readonly string[],
  names: readonly string[] = [],
): FeatureImportance[] {
  const size = features[0]?.length ?? 0;
  const classes = [...new Set(labels)].sort();
  check(features, labels, size, classes.length);
  const classOf = Int32Array.from(labels, (label) => classes.indexOf(label));
  const entropy = entropyBits(countsOf(classOf, classes.length));
  const found = Array.from({ length: size }, (_, index): FeatureImportance => {
    const column = Float64Array.from(features, (row) => row[index]!);
    const { explained, f } = variance(column, classOf, classes.length);
    const bits = mutualInformation(column, classOf, classes.length);
    const importance = Math.max(explained, Math.min(1, bits / entropy));
    return { index, name: names[index] ?? `feature ${index}`, importance, explained, f, bits };
  });
  return found.sort((a, b) => b.importance - a.importance || b.bits - a.bits || a.index - b.index);
}

function countsOf(items: Int32Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const item of items) counts[item] = counts[item]! + 1;
  return counts;
}

function entropyBits(counts: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log2(count / total)), 0);
}

function variance(column: Float64Array, classOf: Int32Array, classes: number): { explained: number; f: number } {
  const counts = countsOf(classOf, classes);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const means = new Float64Array(classes);
  column.forEach((value, i) => {
    means[classOf[i]!] = means[classOf[i]!]! + (value - mean) / counts[classOf[i]!]!;
  });
  const between = means.reduce((sum, offset, c) => sum + counts[c]! * offset ** 2, 0);
  const within = column.reduce((sum, value, i) => sum + (value - mean - means[classOf[i]!]!) ** 2, 0);
  // What is left of a constant, or of a class all alike, is rounding.
  if (between + within <= 1e-24 * column.length * mean ** 2 || between === 0) return { explained: 0, f: 0 };
  const left = within <= 1e-24 * between ? 0 : within;
  const f = between / (classes - 1) / (left / Math.max(1, column.length - classes));
  return { explained: between / (between + left), f };
}

/** Bins of equal counts; equal values share a bin. */
function binsOf(column: Float64Array): { bins: Int32Array; count: number } {
  const wanted = Math.max(2, Math.min(MOST_BINS, Math.floor(Math.sqrt(column.length / 2))));
  const sorted = column.slice().sort();
  const edges = Array.from({ length: wanted - 1 }, (_, i) => sorted[Math.floor(((i + 1) * column.length) / wanted)]!);
  const distinct = [...new Set(edges)].filter((edge) => edge > sorted[0]!);
  const bins = Int32Array.from(column, (value) => distinct.filter((edge) => value >= edge).length);
  return { bins, count: distinct.length + 1 };
}

function mutualInformation(column: Float64Array, classOf: Int32Array, classes: number): number {
  const { bins, count } = binsOf(column);
  const joint = countsOf(
    bins.map((bin, i) => bin * classes + classOf[i]!),
    count * classes,
  );
  const bits = entropyBits(countsOf(bins, count)) + entropyBits(countsOf(classOf, classes)) - entropyBits(joint);
  const bias = ((count - 1) * (classes - 1)) / (2 * column.length * Math.LN2);
  return Math.max(0, bits - bias);
}

function check(features: readonly ArrayLike<number>[], labels: readonly string[], size: number, classes: number): void {
  const refuse = (
    code: 'NO_DATA' | 'SHAPE_MISMATCH' | 'ONE_CLASS' | 'BAD_DATA',
    got: string,
    expected: string,
  ): never => fail({ code, where: 'featureImportance', got, expected, fix: 'Give features of labelled windows.' });
  if (features.length === 0 || size === 0)
    refuse('NO_DATA', `${features.length} rows of ${size} features`, 'at least one');
  if (labels.length !== features.length) {
    refuse('SHAPE_MISMATCH', `${labels.length} labels for ${features.length} rows`, 'one each');
  }
  if (features.some((row) => row.length !== size))
    refuse('SHAPE_MISMATCH', 'rows of several lengths', `${size} features each`);
  if (features.some((row) => !Array.prototype.every.call(row, Number.isFinite))) {
    refuse('BAD_DATA', 'values that are not finite', 'finite values');
  }
  if (classes < 2) refuse('ONE_CLASS', `${classes} class`, 'at least two');
}
