import { dequantizeValues, quantizationOf, quantizeValues } from '../arithmetic/quantization.js';
import { nodeOf } from '../check.js';
import type { Graph, Op, Tensor } from '../graph.js';
import { bindGraph } from '../interpret/interpreter.js';
import { bypass, forEachOp, storedAlike } from './rewrite.js';

/**
 * A dequantisation that is quantised again vanishes when both are stored alike; else it becomes one change of scale,
 * if that gives the same for each of the 256 stored values.
 */
export function fuseConversions(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    const node = nodeOf(g, op);
    if (op.kind !== 'quantize') return g;
    const producer = g.ops.find((other) => other.output === op.inputs[0]);
    const source =
      node.inputs[0]!.dtype === 'f32' && producer?.kind === 'dequantize' ? producer.inputs[0]! : op.inputs[0]!;
    const stored = g.tensors[source]!;
    if (storedAlike(stored, node.output)) return bypass(g, op, source);
    if (source === op.inputs[0] || !sameResults(stored, node.output)) return g;
    const rescale: Op = { ...op, inputs: [source] };
    return { ...g, ops: g.ops.map((other) => (other === op ? rescale : other)) };
  });
}

/** Whether all stored values change scale alike through float32 and directly. */
function sameResults(from: Tensor, to: Tensor): boolean {
  const all = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  const real = new Float32Array(all.length);
  const through = new Int8Array(all.length);
  const [a, b] = [quantizationOf(from), quantizationOf(to)];
  dequantizeValues(all, real, a.scale, a.zeroPoint);
  quantizeValues(real, through, b.scale, b.zeroPoint);
  const alone = bindGraph({
    tensors: [from, to].map(({ data: _, ...tensor }) => ({ ...tensor, shape: [all.length] })),
    ops: [{ kind: 'quantize', name: to.name, inputs: [0], output: 1, attributes: {} }],
    input: 0,
    output: 1,
  });
  alone.values[0]!.set(all);
  for (const step of alone.steps) step();
  return through.every((value, i) => value === alone.values[1]![i]);
}
