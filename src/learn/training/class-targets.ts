import type { TrainingSet } from '../../block.js';
import { fail } from '../../errors.js';
import type { TrainingTask } from './task.js';

/** How class labels become what a network should give. */
export interface ClassTargets {
  /** Share of the target spread over all classes, 0 to 1. */
  readonly labelSmoothing: number;
  /** `balanced` counts rows of rare classes more. */
  readonly classWeights: 'none' | 'balanced';
}

/** The part of a training task that follows from class labels; `rows` are those trained on. */
export function classTask(
  data: TrainingSet,
  rows: Int32Array,
  { labelSmoothing, classWeights }: ClassTargets,
): Required<Pick<TrainingTask, 'target' | 'right' | 'outputBias'>> {
  const classes = data.classes.length;
  const counts = new Float64Array(classes);
  for (const row of rows) counts[data.labels[row]!]!++;
  const weights = counts.map((n) => (classWeights === 'none' ? 1 : rows.length / (classes * Math.max(n, 1))));
  return {
    target: (row, out) => {
      const label = data.labels[row]!;
      out.fill((weights[label]! * labelSmoothing) / classes);
      out[label]! += weights[label]! * (1 - labelSmoothing);
    },
    right: (row, output) => Number(output.indexOf(Math.max(...output)) === data.labels[row]),
    // Where a softmax starts with the least loss.
    outputBias: Float32Array.from(counts, (n) => Math.log(Math.max(n, 0.5) / rows.length)),
  };
}

/** @throws `ONE_CLASS` */
export function checkClasses(where: string, { labels }: TrainingSet): void {
  const present = new Set(labels);
  if (present.size > 1) return;
  fail({
    code: 'ONE_CLASS',
    where,
    got: `windows of ${present.size} class`,
    expected: 'windows of at least two classes',
    fix: 'Add recordings of another class.',
  });
}
