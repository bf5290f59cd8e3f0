import type { Tensor } from '../../graph.js';
import { type Field, type Node, refuseShape, requireShape } from '../../op.js';

/** A sequence of `steps` rows of `inputs` values that changes a state of `units` values. */
export interface Sequence {
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
}

/** Blocks of the weights' rows, one per gate: from the first to before the end. */
export type Gates = readonly [first: number, end: number];

export function sequenceOf(node: Node, gates: number): Sequence {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  requireShape(node, 0, 'a sequence', [1, -1, -1]);
  const [steps, inputs] = x.shape.slice(1) as [number, number];
  requireShape(node, 1, 'weights', [-1, inputs]);
  const rows = weights.shape[0]!;
  const units = rows / gates;
  if (!Number.isInteger(units)) refuseShape(node, `weights of ${rows} rows`, `a multiple of ${gates}`);
  requireShape(node, 2, 'a bias', [rows + (node.attributes.resetAfter ? units : 0)]);
  requireShape(node, 3, 'recurrent weights', [rows, units]);
  return { steps, inputs, units };
}

/** The members of struct `Sequence` in `recurrent.h`. */
export function sequenceFields(node: Node, { steps, inputs, units }: Sequence): readonly Field[] {
  const { backwards, everyStep } = node.attributes;
  return [steps, inputs, units, ...[backwards, everyStep, isHard(node)].map((flag) => (flag ? 1 : 0))];
}

export function isHard(node: Node): boolean {
  return node.attributes.gate === 'hardSigmoid';
}

/**
 * Calls `run` for every step with where its row begins in x, where its state goes in y, and where the state before it
 * lies there, -1 for the first.
 */
export function eachStep(
  { attributes: { backwards, everyStep } }: Node,
  { steps, inputs, units }: Sequence,
  run: (from: number, at: number, before: number) => void,
): void {
  const stride = everyStep ? units : 0;
  for (let step = 0; step < steps; step++) {
    run((backwards ? steps - 1 - step : step) * inputs, step * stride, step > 0 ? (step - 1) * stride : -1);
  }
}

/** The curve of the gates. */
export function gateOf(node: Node): (x: number) => number {
  return isHard(node) ? (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5)) : (x) => 1 / (1 + Math.exp(-x));
}

/** `gates[g] += weights[g] . x[from, from + depth)` for the rows from `first` to before `end`. */
export function addProducts(
  { weights, depth }: { readonly weights: Float32Array; readonly depth: number },
  x: Float32Array | Float64Array,
  from: number,
  gates: Float64Array,
  [first, end]: readonly [number, number] = [0, gates.length],
): void {
  for (let g = first, w = first * depth; g < end; g++) {
    let sum = gates[g]!;
    for (let k = 0; k < depth; k++, w++) sum += weights[w]! * x[from + k]!;
    gates[g] = sum;
  }
}
