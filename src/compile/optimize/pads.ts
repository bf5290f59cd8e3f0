import { nodeOf } from '../check.js';
import type { Graph, Op, Padding, Pads, Tensor } from '../graph.js';
import { padsOf } from '../ops/common/window.js';
import { forEachOp, merge, soleProducer, storedAlike } from './rewrite.js';

/**
 * Zeros around the input of a convolution become its padding. Max-pooling takes them over where its input has no
 * negative values, since its own padding never wins; average-pooling never does, since its own does not count.
 */
export function fusePads(graph: Graph): Graph {
  return forEachOp(graph, fuseOne);
}

function fuseOne(graph: Graph, op: Op): Graph {
  const kernel = kernelOf(graph, op);
  const producer = soleProducer(graph, op)?.producer;
  if (!kernel || producer?.kind !== 'pad') return graph;
  const [source, padded] = [producer.inputs[0]!, producer.output].map((i) => graph.tensors[i]!) as [Tensor, Tensor];
  if (!storedAlike(source, padded)) return graph;
  if (op.kind === 'maxPool2d' && !neverNegative(graph, producer.inputs[0]!)) return graph;
  const [top, bottom, left, right] = producer.attributes.pads ?? [0, 0, 0, 0];
  const own = padsOf(nodeOf(graph, op), kernel);
  const pads = { top: top + own.top, bottom: bottom + own.bottom, left: left + own.left, right: right + own.right };
  const { dilations = [1, 1] } = op.attributes;
  const [height, width] = kernel.map((size, d) => (size - 1) * dilations[d as 0 | 1] + 1) as [number, number];
  if (Math.max(pads.top, pads.bottom) >= height || Math.max(pads.left, pads.right) >= width) return graph;
  // With fewer zeros than the window spans, but all of its taps on zeros, there would be no value to pool.
  if (op.kind === 'maxPool2d' && (height > kernel[0] || width > kernel[1])) return graph;
  const inputs = [producer.inputs[0]!, ...op.inputs.slice(1)];
  const padding = named(graph, { ...op, inputs }, kernel, pads);
  return merge(graph, producer, op, { ...op, inputs, attributes: { ...op.attributes, padding } });
}

function kernelOf(graph: Graph, op: Op): readonly [number, number] | undefined {
  if (op.kind === 'maxPool2d') return op.attributes.pool ?? [1, 1];
  if (op.kind !== 'conv2d' && op.kind !== 'depthwiseConv2d') return undefined;
  const [, height, width] = graph.tensors[op.inputs[1]!]!.shape as [number, number, number, number];
  return [height, width];
}

/** Whether a tensor comes out of a relu. */
function neverNegative(graph: Graph, tensor: number): boolean {
  const producer = graph.ops.find((op) => op.output === tensor);
  if (!producer) return false;
  const { activation = 'none' } = producer.attributes;
  return activation !== 'none' || producer.kind === 'relu' || producer.kind === 'relu6';
}

/** Padding by its name where it has one: files of other engines know no numbers. */
function named(graph: Graph, op: Op, kernel: readonly [number, number], pads: Pads): Padding {
  const like = (padding: Padding): boolean => {
    const node = nodeOf(graph, { ...op, attributes: { ...op.attributes, padding } });
    const { top, bottom, left, right } = padsOf(node, kernel);
    return top === pads.top && bottom === pads.bottom && left === pads.left && right === pads.right;
  };
  if (like('same')) return 'same';
  return Object.values(pads).some((size) => size > 0) ? pads : 'valid';
}
