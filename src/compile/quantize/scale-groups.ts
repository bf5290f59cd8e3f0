import { definitionOf } from '../check.js';
import type { Graph } from '../graph.js';

/** Which tensors of an int8 network are stored with one scale and zero point. */
export interface ScaleGroups {
  /** Per tensor: the tensor that stands for its group. */
  readonly group: readonly number[];
  /** Per group: the tensors whose ranges it has to hold; none when an operator fixes the scale. */
  readonly sources: ReadonlyMap<number, readonly number[]>;
}

/**
 * Groups the tensors of a network by what its operators ask for: `as input` joins an output to its input, `shared` joins
 * all inputs and the output. A fixed scale is never joined; a `shared` operator needs such an input requantised.
 */
export function scaleGroups(graph: Graph): ScaleGroups {
  const parent = graph.tensors.map((_, i) => i);
  const rootOf = (i: number): number => (parent[i] === i ? i : rootOf(parent[i]!));
  const ranged = [graph.input];
  const fixed = new Set<number>();
  for (const op of graph.ops) {
    const { quantization } = definitionOf(op);
    if (quantization === 'as input') {
      parent[op.output] = rootOf(op.inputs[0]!);
      continue;
    }
    if (typeof quantization === 'object') fixed.add(op.output);
    else ranged.push(op.output);
    if (quantization !== 'shared') continue;
    for (const root of op.inputs.map(rootOf)) if (!fixed.has(root)) parent[root] = rootOf(op.output);
  }
  const sources = new Map<number, number[]>();
  for (const i of ranged) sources.set(rootOf(i), [...(sources.get(rootOf(i)) ?? []), i]);
  return { group: parent.map((_, i) => rootOf(i)), sources };
}
