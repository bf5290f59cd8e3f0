import type { Work } from '../../cost.js';
import { definitionOf, nodeOf } from '../check.js';
import type { Graph, OpKind } from '../graph.js';
import { implementationOf } from '../interpret/interpreter.js';
import { bytesOf } from '../op.js';
import { plan } from '../plan/plan.js';
import { policyOf, windowOf } from './describe.js';

/** One operator of a network as it will run. */
export interface LayerFacts {
  readonly name: string;
  readonly kind: OpKind;
  /** Window, stride and dilation as `describe` writes them; empty for operators without a window. */
  readonly window: string;
  /** Policy of the C++ kernel; empty where there is one kernel only. */
  readonly kernel: string;
  readonly dtype: 'f32' | 'int8' | 'int32';
  /** Shape of the output. */
  readonly shape: readonly number[];
  readonly macs: number;
  /** Bytes of weights and bias. */
  readonly parameterBytes: number;
  /** What one run does; nothing for operators that only rename. */
  readonly work: Work;
}

/**
 * The operators of a network as data: what `describe` prints, and their work.
 *
 * @throws what `checkGraph` throws; `UNSUPPORTED` for operators without a kernel
 */
export function layersOf(graph: Graph): readonly LayerFacts[] {
  const { reverse } = plan(graph);
  return graph.ops.map((op, number): LayerFacts => {
    const node = nodeOf(graph, op);
    const { name, kind } = op;
    return {
      name,
      kind,
      window: windowOf(node),
      kernel: policyOf(graph, op, reverse[number]!, 'size'),
      dtype: node.output.dtype,
      shape: node.output.shape,
      macs: definitionOf(op).macs?.(node) ?? 0,
      parameterBytes: node.inputs.reduce((sum, tensor) => sum + (tensor.data ? bytesOf(tensor) : 0), 0),
      work: implementationOf(graph, op)?.work(node) ?? {},
    };
  });
}
