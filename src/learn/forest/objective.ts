import type { TrainingSet } from '../../block.js';
import { classWeights } from '../labels.js';
import { firstOutput } from './tree-block.js';

/** What boosting makes small. */
export interface Objective {
  readonly labels: readonly string[];
  /** What trees are grown for, in turn. */
  readonly outputs: readonly number[];
  /** What the sums of a trained model start from, and what they are multiplied by; float32. */
  readonly base: Float32Array;
  readonly scale: number;
  /** Sums of the trees so far, by row. */
  readonly sums: (output: number) => Float64Array;
  /** Takes in what was added to the sums. */
  readonly update: () => void;
  /** Negative first and second derivative of the loss, by row, as of the last update. */
  readonly derivatives: (output: number) => { readonly gradient: Float64Array; readonly curvature: Float64Array };
  /** Mean loss of rows, and the share that is right. */
  readonly judge: (rows: Int32Array) => { readonly loss: number; readonly accuracy: number };
}

/** Cross-entropy of the softmax of the sums. */
export function classObjective(data: TrainingSet, train: Int32Array, mode: 'none' | 'balanced'): Objective {
  const { classes, labels } = data;
  const rows = labels.length;
  const weights = classWeights(mode, data, train);
  const counts = new Float64Array(classes.length);
  for (const row of train) counts[labels[row]!]! += weights[labels[row]!]!;
  const total = counts.reduce((a, b) => a + b, 0);
  const logs = counts.map((count) => Math.log(Math.max(count, 0.5) / total));
  // The softmax knows differences only; of two classes the first stays at 0.
  const base = Float32Array.from(logs, (log) => log - (classes.length === 2 ? logs[0]! : 0));
  const sums = classes.map((_, i) => new Float64Array(rows).fill(base[i]!));
  const shares = classes.map(() => new Float64Array(rows));
  const update = (): void => {
    for (let row = 0; row < rows; row++) shareOut(sums, shares, row);
  };
  const first = firstOutput(classes.length);
  return {
    labels: [...classes],
    outputs: [...classes.keys()].slice(first),
    base,
    scale: 1,
    sums: (output) => sums[output]!,
    update,
    derivatives: (output) => ({
      gradient: shares[output]!.map((p, row) => weights[labels[row]!]! * ((labels[row] === output ? 1 : 0) - p)),
      curvature: shares[output]!.map((p, row) => weights[labels[row]!]! * Math.max(p * (1 - p), 1e-16)),
    }),
    judge: (chosen) => {
      let loss = 0;
      let right = 0;
      update();
      for (const row of chosen) {
        const own = shares[labels[row]!]![row]!;
        loss -= Math.log(Math.max(own, 1e-15));
        if (shares.every((share) => share[row]! <= own)) right++;
      }
      return { loss: loss / chosen.length, accuracy: right / chosen.length };
    },
  };
}

function shareOut(sums: readonly Float64Array[], shares: readonly Float64Array[], row: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const sum of sums) largest = Math.max(largest, sum[row]!);
  let total = 0;
  for (let i = 0; i < sums.length; i++) {
    shares[i]![row] = Math.exp(sums[i]![row]! - largest);
    total += shares[i]![row]!;
  }
  for (const share of shares) share[row]! /= total;
}

/** Half the squared error of standardised values. */
export function valueObjective(values: Float64Array, train: Int32Array): Objective {
  let mean = 0;
  for (const row of train) mean += values[row]! / train.length;
  let squares = 0;
  for (const row of train) squares += (values[row]! - mean) ** 2 / train.length;
  const base = Float32Array.of(mean);
  const scale = Math.fround(squares > 0 ? Math.sqrt(squares) : 1);
  const targets = values.map((v) => (v - base[0]!) / scale);
  const sums = new Float64Array(values.length);
  const ones = new Float64Array(values.length).fill(1);
  return {
    labels: [],
    outputs: [0],
    base,
    scale,
    sums: () => sums,
    update: () => {},
    derivatives: () => ({ gradient: targets.map((v, row) => v - sums[row]!), curvature: ones }),
    judge: (chosen) => {
      let loss = 0;
      for (const row of chosen) loss += (targets[row]! - sums[row]!) ** 2;
      return { loss: (scale * scale * loss) / chosen.length, accuracy: Number.NaN };
    },
  };
}
