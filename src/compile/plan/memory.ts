import { definitionOf, nodeOf } from '../check.js';
import type { Graph, Op } from '../graph.js';
import { bytesOf, elements, type Steps } from '../op.js';
import { elementSteps } from './overlap.js';

/** Working memory of an operator's kernel in bytes. */
export function scratchBytesOf(graph: Graph, op: Op): number {
  const node = nodeOf(graph, op);
  const { dtype } = node.inputs[0]!;
  const implementation = dtype === 'int32' ? undefined : definitionOf(op)[dtype];
  return implementation?.scratchBytes?.(node) ?? 0;
}

/** The order in which an operator's kernel touches memory, if it says so. */
export function stepsOf(graph: Graph, op: Op): Steps | undefined {
  const node = nodeOf(graph, op);
  const { dtype } = node.inputs[0]!;
  const definition = definitionOf(op);
  const steps = dtype === 'int32' ? undefined : definition[dtype]?.steps?.(node);
  return steps ?? (definition.inPlace ? elementSteps(elements(node.output.shape)) : undefined);
}

/** One piece of memory, which a tensor and its aliases use. */
export interface Storage {
  readonly bytes: number;
  readonly first: number;
  last: number;
}

/** The memory of every computed tensor: from the operator that writes it, or -1, to the last that reads it. */
export function storagesOf(graph: Graph): Map<number, Storage> {
  const storages = new Map<number, Storage>();
  const create = (tensor: number, step: number): void => {
    storages.set(tensor, { bytes: bytesOf(graph.tensors[tensor]!), first: step, last: step });
  };
  create(graph.input, -1);
  graph.ops.forEach((op, step) => {
    if (definitionOf(op).alias) storages.set(op.output, storages.get(op.inputs[0]!)!);
    else create(op.output, step);
    for (const input of op.inputs) {
      const storage = storages.get(input);
      if (storage) storage.last = step;
    }
  });
  const output = storages.get(graph.output);
  if (output) output.last = graph.ops.length;
  return storages;
}
