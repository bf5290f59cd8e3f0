import { type Node, refuseShape } from '../../op.js';

/** Three nested loops over an output written in order: how often each runs, and how far each moves in every operand. */
export interface Loops {
  readonly sizes: readonly number[];
  /** Per operand, elements from one turn of each loop to the next. */
  readonly steps: readonly (readonly number[])[];
}

const DEPTH = 3;

/** Elements from one index to the next, for every dimension of a tensor stored in row-major order. */
export function rowMajor(shape: readonly number[]): number[] {
  const steps = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) steps[d] = steps[d + 1]! * shape[d + 1]!;
  return steps;
}

/**
 * Loops over the dimensions `sizes`, with dimensions that run on from one another merged.
 *
 * @throws `SHAPE_MISMATCH` when more than three are left
 */
export function loopsOf(node: Node, sizes: readonly number[], steps: readonly (readonly number[])[]): Loops {
  const merged: { size: number; steps: number[] }[] = [];
  sizes.forEach((size, d) => {
    if (size === 1) return;
    const last = merged.at(-1);
    const inner = steps.map((operand) => operand[d]!);
    if (last?.steps.every((step, i) => step === inner[i]! * size)) {
      last.size *= size;
      last.steps = inner;
    } else merged.push({ size, steps: inner });
  });
  if (merged.length > DEPTH) refuseShape(node, `${merged.length} dimensions that do not merge`, `at most ${DEPTH}`);
  while (merged.length < DEPTH) merged.unshift({ size: 1, steps: steps.map(() => 0) });
  return { sizes: merged.map(({ size }) => size), steps: steps.map((_, i) => merged.map((m) => m.steps[i]!)) };
}
