import type { TrainingSet } from '../../block.js';
import { seededRandom } from '../random.js';

/** Rows of 4 features without chance, the same in any language: all values of a column differ. */
export function plainRows(count: number, from = 0): Float32Array[] {
  return Array.from({ length: count }, (_, k) =>
    Float32Array.from({ length: 4 }, (_, j) => {
      const i = k + from;
      return ((i * 7919 + j * 104_729 + i * j * 31) % 1009) / 100 - 5;
    }),
  );
}

/** Three classes of {@link plainRows}. */
export const plainClass = ([a, b, c]: Float32Array): number => Number(a! > 0) + Number(b! * c! > 1);

/** A value of {@link plainRows}, with one decimal. */
export const plainValue = ([a, b, c, d]: Float32Array): number =>
  Math.round((a! * 2 + Math.abs(b!) - (0.5 * c! * d!) / 5) * 10) / 10;

/** Rows with labels, each a recording of its own. */
export function labelled(features: readonly Float32Array[], labelOf: (row: Float32Array) => unknown): TrainingSet {
  const labels = features.map((row) => String(labelOf(row)));
  const classes = [...new Set(labels)].sort();
  return {
    features,
    labels: Int32Array.from(labels, (label) => classes.indexOf(label)),
    classes,
    groups: features.map((_, i) => `recording ${i}`),
  };
}

/** Noisy rows: what counts is in the first two features, the third never changes. */
export function noisyRows(count: number, features: number, purpose: string): Float32Array[] {
  const random = seededRandom(7, purpose);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: features }, (_, j) => (j === 2 ? 5 : random.normal() * 10 ** (j % 3))),
  );
}

export const outputsOf = (block: { run: (x: Float32Array, out: Float32Array) => void }, size: number) => {
  return (row: Float32Array): number[] => {
    const out = new Float32Array(size);
    block.run(row, out);
    return [...out];
  };
};
