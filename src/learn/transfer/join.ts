import type { Graph } from '../../compile/graph.js';

/** A network with its output as the input of another. Tensors of the first keep their numbers. */
export function joined(
  first: Graph,
  second: Graph,
): { readonly graph: Graph; readonly of: (tensor: number) => number } {
  const offset = first.tensors.length;
  const of = (tensor: number): number => (tensor === second.input ? first.output : offset + tensor);
  const ops = second.ops.map((op) => ({
    ...op,
    name: `head/${op.name}`,
    inputs: op.inputs.map(of),
    output: of(op.output),
  }));
  // The second input is not read any more; it stays so that numbers are simple.
  const tensors = [...first.tensors, ...second.tensors.map((tensor) => ({ ...tensor, name: `head/${tensor.name}` }))];
  return { graph: { tensors, ops: [...first.ops, ...ops], input: first.input, output: of(second.output) }, of };
}

/** Operators that a tensor depends on, by their outputs. */
export function neededBy(graph: Graph, tensor: number): Set<number> {
  const needed = new Set([tensor]);
  for (const op of graph.ops.toReversed()) if (needed.has(op.output)) for (const input of op.inputs) needed.add(input);
  return new Set(graph.ops.map((op) => op.output).filter((output) => needed.has(output)));
}

/**
 * The furthest tensor through which all that comes behind depends on the input, with none of the operators `moving`
 * (by output) in front of it; the input when there is none.
 */
export function lastFixed(graph: Graph, moving: ReadonlySet<number>): number {
  let best = { tensor: graph.input, size: 0 };
  for (const { output } of graph.ops) {
    const front = neededBy(graph, output);
    const fixed = ![...front].some((t) => moving.has(t));
    const behind = graph.ops.filter((op) => !front.has(op.output));
    const inside = (t: number): boolean => (t === graph.input || front.has(t)) && t !== output;
    const only = behind.every((op) => !op.inputs.some(inside)) && graph.output !== graph.input;
    if (fixed && only && front.size > best.size) best = { tensor: output, size: front.size };
  }
  return best.tensor;
}

/** What comes behind a tensor, as a network of its own with the same tensor numbers. */
export function behind(graph: Graph, tensor: number): Graph {
  const front = neededBy(graph, tensor);
  return { ...graph, input: tensor, ops: graph.ops.filter((op) => !front.has(op.output)) };
}
