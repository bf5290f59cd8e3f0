import type { Answers, FoundBox, TrainedBlock } from '../block.js';

/** What one learner says of one window. */
export interface LearnerPrediction {
  /** The most likely class; classifiers only. */
  readonly label?: string;
  /** Score by class label, 0 to 1; classifiers only. */
  readonly scores?: Readonly<Record<string, number>>;
  /** Higher is stranger; anomaly learners only. */
  readonly anomaly?: number;
  /** In the unit of the training labels; regressions only. */
  readonly value?: number;
  /** Scores `[row, column, class]` of a grid of cells, the background first; detectors only. */
  readonly cells?: Float32Array;
  /** Objects the cells make, in pixels of the window, highest score first; detectors only. */
  readonly boxes?: readonly FoundBox[];
}

/** What the impulse says of one window: the first answer of every kind, and all by name. */
export interface Prediction extends LearnerPrediction {
  readonly learners: Readonly<Record<string, LearnerPrediction>>;
}

/** One row for every kind of answer. */
const PREDICTIONS: Readonly<Record<Answers, (output: Float32Array, block: TrainedBlock) => LearnerPrediction>> = {
  classes: (scores, { labels }) => ({
    label: labels[scores.reduce((top, score, i) => (score > scores[top]! ? i : top), 0)]!,
    scores: Object.fromEntries(labels.map((label, i) => [label, scores[i]!])),
  }),
  anomaly: (output) => ({ anomaly: output[0]! }),
  value: (output) => ({ value: output[0]! }),
  cells: (cells, { boxes }) => ({ cells, ...(boxes && { boxes: boxes.find(cells) }) }),
};

/** Outputs of all learners as what they mean. */
export function predictionOf(
  learners: readonly { readonly name: string; readonly block: TrainedBlock }[],
  outputs: Readonly<Record<string, Float32Array>>,
): Prediction {
  const all = learners.map(({ name, block }) => ({ name, one: PREDICTIONS[block.answers](outputs[name]!, block) }));
  // From last to first, so that the first of a kind stays.
  const first: LearnerPrediction = Object.assign({}, ...all.map(({ one }) => one).reverse());
  return { ...first, learners: Object.fromEntries(all.map(({ name, one }) => [name, one])) };
}
