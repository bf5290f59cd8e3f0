import { definitionOf } from '../check.js';
import type { Graph, Op, TensorData } from '../graph.js';
import { bindGraph } from '../interpret/interpreter.js';
import { forEachOp } from './rewrite.js';

/** Operators over constants alone are computed now. */
export function foldConstants(graph: Graph): Graph {
  return forEachOp(graph, foldOne);
}

function foldOne(graph: Graph, op: Op): Graph {
  const [first] = definitionOf(op).inputs;
  const constant = op.inputs.length > 0 && op.inputs.every((i) => graph.tensors[i]?.data);
  if (!constant || !graph.tensors[op.output] || (first !== 'activation' && first !== 'either')) return graph;
  const data = compute(
    graph,
    op,
    op.inputs.map((i) => graph.tensors[i]!.data!),
  );
  const result = { ...graph.tensors[op.output]!, data };
  return {
    ...graph,
    tensors: graph.tensors.with(op.output, result),
    ops: graph.ops.filter((other) => other !== op),
  };
}

/** What an operator makes of given values for all of its inputs. */
export function compute(graph: Graph, op: Op, values: readonly TensorData[]): TensorData {
  // Alone, as a network whose input is the operator's first one.
  const { data: _, ...input } = graph.tensors[op.inputs[0]!]!;
  const constants = op.inputs.slice(1).map((t, i) => ({ ...graph.tensors[t]!, data: values[i + 1]! }));
  const output = op.inputs.length;
  const alone = bindGraph({
    tensors: [input, ...constants, graph.tensors[op.output]!],
    ops: [{ ...op, inputs: op.inputs.map((_, i) => i), output }],
    input: 0,
    output,
  });
  alone.values[0]!.set(values[0]!);
  for (const step of alone.steps) step();
  return alone.values[output]!.slice();
}
