import { definitionOf } from '../check.js';
import type { Graph, Op, Tensor } from '../graph.js';
import type { OpDefinition } from '../op.js';

/** A pass: the same function with fewer or simpler operators. */
export type Pass = (graph: Graph) => Graph;

/** The operator that alone feeds `op`, when nothing else reads what it computes. */
export function soleProducer(graph: Graph, op: Op): { producer: Op; definition: OpDefinition } | undefined {
  const input = computedInput(graph, op);
  if (input === undefined || input === graph.output) return undefined;
  const producer = graph.ops.find((other) => other.output === input);
  const reads = graph.ops.reduce((n, other) => n + other.inputs.filter((i) => i === input).length, 0);
  return producer && reads === 1 ? { producer, definition: definitionOf(producer) } : undefined;
}

/** The input of an operator that is no constant, if there is but one. */
export function computedInput(graph: Graph, op: Op): number | undefined {
  const computed = op.inputs.filter((i) => !graph.tensors[i]!.data);
  return computed.length === 1 ? computed[0] : undefined;
}

/** Replaces a producer and its reader by one operator that writes the reader's output. */
export function merge(graph: Graph, producer: Op, reader: Op, changes: Partial<Op>): Graph {
  const ops = graph.ops
    .filter((op) => op !== producer)
    .map((op) => (op === reader ? { ...producer, ...changes, output: reader.output } : op));
  return { ...graph, ops };
}

/** Applies `rewrite` to every operator that the graph still has when its turn comes. */
export function forEachOp(graph: Graph, rewrite: (graph: Graph, op: Op) => Graph): Graph {
  return graph.ops.reduce((g, op) => (g.ops.includes(op) ? rewrite(g, op) : g), graph);
}

/** Removes an operator; what read its output reads `source`. */
export function bypass(graph: Graph, op: Op, source: number): Graph {
  const redirect = (i: number): number => (i === op.output ? source : i);
  const ops = graph.ops
    .filter((other) => other !== op)
    .map((other) => (other.inputs.includes(op.output) ? { ...other, inputs: other.inputs.map(redirect) } : other));
  return { ...graph, ops, output: redirect(graph.output) };
}

/** Whether two tensors are stored alike, to the bit: same type, scale and zero point. */
export function storedAlike(a: Tensor, b: Tensor): boolean {
  const [p, q] = [a.quantization, b.quantization];
  const scales = (p?.scales ?? []).join() === (q?.scales ?? []).join();
  return a.dtype === b.dtype && scales && (p?.zeroPoint ?? 0) === (q?.zeroPoint ?? 0);
}

/** Removes operators that the output does not need, and tensors nobody names. */
export function prune(graph: Graph): Graph {
  const needed = new Set([graph.output, graph.input]);
  const ops = graph.ops.toReversed().filter((op) => {
    if (!needed.has(op.output)) return false;
    op.inputs.forEach((input) => {
      needed.add(input);
    });
    return true;
  });
  const kept = graph.tensors.map((_, i) => i).filter((i) => needed.has(i));
  const number = new Map(kept.map((old, i) => [old, i]));
  const renumber = (i: number): number => number.get(i)!;
  return {
    tensors: kept.map((i) => graph.tensors[i]!),
    ops: ops.reverse().map((op) => ({ ...op, inputs: op.inputs.map(renumber), output: renumber(op.output) })),
    input: renumber(graph.input),
    output: renumber(graph.output),
  };
}
