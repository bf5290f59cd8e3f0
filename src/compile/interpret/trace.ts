import type { LayerValues } from '../../block.js';
import type { Graph } from '../graph.js';
import { bindGraph, implementationOf, loadInput } from './interpreter.js';

/** Runs a network layer by layer: what each one gives, as the emitted code stores it. */
export function traceLayers(graph: Graph, row: Float32Array): LayerValues[] {
  const { values, steps } = bindGraph(graph);
  loadInput(graph, values[graph.input]!, row);
  return graph.ops.flatMap((op, i): LayerValues[] => {
    steps[i]!();
    const { dtype, shape } = graph.tensors[op.output]!;
    const result = values[op.output]!;
    if (implementationOf(graph, op) === undefined || dtype === 'int32' || result instanceof Int32Array) return [];
    return [{ name: op.name, dtype, shape, values: result.slice() }];
  });
}
