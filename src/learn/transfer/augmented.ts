import type { Kind, Spec } from '../../spec.js';
import { augmentedTask, type Level, levelList } from '../augment/augment.js';
import type { Augmentation } from '../augment/augmentation.js';
import { materialOf, standardisedMaterial } from '../augment/material.js';
import type { Unit } from '../standardise/unit.js';
import type { TrainingTask } from '../training/task.js';

/** A task on rows that a network takes as they are, or standardised by `unit`, with random changes to them. */
export function augmentedRows(
  augment: Level | readonly Augmentation[],
  task: TrainingTask,
  input: Spec<Kind>,
  rows: readonly Float32Array[],
  unit: Unit | undefined,
): TrainingTask {
  const training = (): Float32Array[] => Array.from(task.train, (row) => rows[row]!);
  const material = unit ? standardisedMaterial(input, unit) : materialOf(input, training(), false);
  const changes = typeof augment === 'string' ? levelList(augment, input.kind, material.floor !== undefined) : augment;
  return augmentedTask(task, changes, material);
}
