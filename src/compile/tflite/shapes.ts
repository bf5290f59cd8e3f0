import { show } from '../../errors.js';
import { unsupported } from './problem.js';

/** A shape of the file as the graph has it, and the number that turns a dimension of the file into one of the graph. */
export interface GraphShape {
  readonly shape: readonly number[];
  readonly shift: number;
}

/**
 * The graph's form of a shape: without the batch, which must be 1. `[1, H, W, C]` becomes `[H, W, C]`; a sequence
 * `[1, T, C]` stays as it is; `[1, n]` becomes `[n]`; a matrix `[m, n]` without batch is a sequence `[1, m, n]`.
 *
 * @throws `UNSUPPORTED` for other batches and more dimensions
 */
export function graphShape(name: string, shape: readonly number[]): GraphShape {
  if (shape.length === 0) return { shape: [1], shift: 1 };
  if (shape.length === 2 && shape[0] !== 1) return { shape: [1, ...shape], shift: 1 };
  const kept = shape.length === 2 ? 1 : Math.min(3, shape.length);
  const dropped = shape.slice(0, shape.length - kept);
  if (dropped.some((size) => size !== 1)) {
    unsupported(
      `tensor ${show(name)}`,
      `shape [${shape.join(', ')}]`,
      'a batch of 1 and at most [height, width, channel]',
      'Convert the model with a batch of 1 and without higher dimensions.',
    );
  }
  return { shape: shape.slice(shape.length - kept), shift: -dropped.length };
}

/** A shape with dimensions of size 1 added in front, or dropped there, so that dimensions move by `shift`. */
export function shifted(shape: readonly number[], shift: number): readonly number[] {
  return shift < 0 ? shape.slice(-shift) : [...Array.from({ length: shift }, () => 1), ...shape];
}
