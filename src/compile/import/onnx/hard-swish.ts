import type { Graph, Op } from '../../graph.js';
import { forEachOp } from '../../optimize/rewrite.js';

/**
 * Hard swish as exporters write it down, `x * relu6(x + 3) / 6` in either order, becomes one operator. What it was made
 * of stays for others that read it.
 */
export function fuseHardSwish(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    const x = op.kind === 'mul' ? sourceOf(g, op) : undefined;
    if (x === undefined || g.tensors[x]!.shape.join() !== g.tensors[op.output]!.shape.join()) return g;
    const fused: Op = { ...op, kind: 'hardSwish', inputs: [x], attributes: {} };
    return { ...g, ops: g.ops.map((other) => (other === op ? fused : other)) };
  });
}

function sourceOf(graph: Graph, op: Op): number | undefined {
  const [a, b] = op.inputs as [number, number];
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    // x * (relu6(x + 3) / 6)
    const share = factorOf(graph, gate);
    if (share && gateOf(graph, share) === x) return x;
  }
  // (x * relu6(x + 3)) / 6
  const product = factorOf(graph, op.output);
  const inner = product === undefined ? undefined : producerOf(graph, product);
  if (inner?.kind !== 'mul') return undefined;
  const [p, q] = inner.inputs as [number, number];
  if (gateOf(graph, q) === p) return p;
  return gateOf(graph, p) === q ? q : undefined;
}

function producerOf(graph: Graph, tensor: number): Op | undefined {
  return graph.ops.find((op) => op.output === tensor);
}

/** The tensor of which this one is a sixth. */
function factorOf(graph: Graph, tensor: number): number | undefined {
  return withConstant(graph, producerOf(graph, tensor), 'mul', 1 / 6);
}

/** The tensor `x` of `relu6(x + 3)`. */
function gateOf(graph: Graph, tensor: number): number | undefined {
  const gate = producerOf(graph, tensor);
  return gate?.kind === 'relu6' ? withConstant(graph, producerOf(graph, gate.inputs[0]!), 'add', 3) : undefined;
}

/** The computed input of an operator whose other input is this number. */
function withConstant(graph: Graph, op: Op | undefined, kind: 'mul' | 'add', value: number): number | undefined {
  if (op?.kind !== kind) return undefined;
  const constant = op.inputs.find((i) => graph.tensors[i]!.data);
  const data = constant === undefined ? undefined : graph.tensors[constant]!.data!;
  if (data?.length !== 1 || Math.abs(data[0]! - value) > 1e-6 * value) return undefined;
  return op.inputs.find((i) => i !== constant);
}
