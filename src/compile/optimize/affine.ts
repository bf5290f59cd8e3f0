import { definitionOf, nodeOf } from '../check.js';
import type { Graph, Op, Tensor } from '../graph.js';
import { channelOf } from '../op.js';
import { computedInput, forEachOp, merge, soleProducer } from './rewrite.js';

/** `y = scale[c] * x + offset[c]` over the last dimension. */
interface Affine {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/**
 * Batch normalisations, and sums and products with constants per channel, go into the float weights before them; a batch
 * normalisation without such weights becomes simpler operators.
 */
export function foldAffine(graph: Graph): Graph {
  return forEachOp(graph, foldOne);
}

function foldOne(graph: Graph, op: Op): Graph {
  const affine = affineOf(graph, op);
  if (!affine) return graph;
  const found = soleProducer(graph, op);
  const { activation = 'none' } = found?.producer.attributes ?? {};
  const axis = found?.definition.channelAxis;
  if (found && axis !== undefined && activation === 'none') {
    const next = graph.tensors.length;
    const tensors = graph.tensors.concat(scaleWeights(graph, found.producer, axis, affine));
    const attributes = { ...found.producer.attributes, ...pick(op) };
    return merge({ ...graph, tensors }, found.producer, op, {
      inputs: [found.producer.inputs[0]!, next, next + 1],
      attributes,
    });
  }
  const { lower } = definitionOf(op);
  if (!lower) return graph;
  const { tensors, ops } = lower(op, nodeOf(graph, op), graph.tensors.length);
  const lowered = graph.ops.flatMap((other) => (other === op ? ops : [other]));
  return { ...graph, tensors: graph.tensors.concat(tensors), ops: lowered };
}

/** The activation that an operator applies itself. */
function pick({ attributes: { activation } }: Op): Op['attributes'] {
  return activation ? { activation } : {};
}

/** The operator as a factor and an offset per channel of its float output, if it is nothing else. */
export function affineOf(graph: Graph, op: Op): Affine | undefined {
  const node = nodeOf(graph, op);
  if (node.output.dtype !== 'f32') return undefined;
  const { affine } = definitionOf(op);
  if (affine) return affine(node);
  const constant = op.inputs.findIndex((i) => graph.tensors[i]!.data);
  const x = computedInput(graph, op);
  if (constant < 0 || x === undefined) return undefined;
  const channels = node.output.shape.at(-1)!;
  const values = perChannel(node.inputs[constant]!, channels);
  const sameShape = graph.tensors[x]!.shape.join() === node.output.shape.join();
  if (!values || !sameShape) return undefined;
  const fill = (value: number): Float64Array => new Float64Array(channels).fill(value);
  if (op.kind === 'mul') return { scale: values, offset: fill(0) };
  if (op.kind === 'add') return { scale: fill(1), offset: values };
  if (op.kind !== 'sub') return undefined;
  return constant === 1 ? { scale: fill(1), offset: values.map((v) => -v) } : { scale: fill(-1), offset: values };
}

/** A constant that is the same for all positions: one value per channel, or one for all. */
function perChannel({ shape, data }: Tensor, channels: number): Float64Array | undefined {
  if (data!.length === 1) return new Float64Array(channels).fill(data![0]!);
  return data!.length === channels && shape.at(-1) === channels ? Float64Array.from(data!) : undefined;
}

function scaleWeights(graph: Graph, op: Op, axis: number, { scale, offset }: Affine): Tensor[] {
  const [weights, bias] = op.inputs.slice(1).map((i) => graph.tensors[i]!) as [Tensor, Tensor];
  const channel = channelOf(weights.shape, axis);
  return [
    { ...weights, data: Float32Array.from(weights.data!, (w, i) => w * scale[channel(i)]!) },
    { ...bias, data: Float32Array.from(bias.data!, (b, c) => b * scale[c]! + offset[c]!) },
  ];
}
