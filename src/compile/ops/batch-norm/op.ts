import type { Op, Tensor } from '../../graph.js';
import { elements, type Node, type OpDefinition, requireShape } from '../../op.js';

function affine(node: Node): { scale: Float64Array; offset: Float64Array } {
  const [gamma, beta, mean, variance] = node.inputs.slice(1).map((t) => Float64Array.from(t.data!));
  const { epsilon = 1e-3 } = node.attributes;
  const scale = gamma!.map((g, c) => g / Math.sqrt(variance![c]! + epsilon));
  return { scale, offset: beta!.map((b, c) => b - mean![c]! * scale[c]!) };
}

/** A depthwise convolution with one tap, between reshapes when the input has no spatial dimensions. */
function lower(op: Op, node: Node, next: number): { tensors: Tensor[]; ops: Op[] } {
  const { scale, offset } = affine(node);
  const channels = scale.length;
  const { name } = op;
  const weights: Tensor = {
    name: `${name}/scale`,
    shape: [1, 1, 1, channels],
    dtype: 'f32',
    data: Float32Array.from(scale),
  };
  const bias: Tensor = { name: `${name}/offset`, shape: [channels], dtype: 'f32', data: Float32Array.from(offset) };
  const convolve = (input: number, output: number): Op => ({
    kind: 'depthwiseConv2d',
    name,
    inputs: [input, next, next + 1],
    output,
    attributes: { padding: 'valid' },
  });
  const x = op.inputs[0]!;
  if (node.output.shape.length === 3) return { tensors: [weights, bias], ops: [convolve(x, op.output)] };
  const spatial = (part: string): Tensor => ({
    name: `${name}/${part}`,
    shape: [1, elements(node.output.shape) / channels, channels],
    dtype: 'f32',
  });
  const reshape = (part: string, input: number, output: number): Op => ({
    kind: 'reshape',
    name: `${name}/${part}`,
    inputs: [input],
    output,
    attributes: {},
  });
  return {
    tensors: [weights, bias, spatial('in'), spatial('out')],
    ops: [reshape('expand', x, next + 2), convolve(next + 2, next + 3), reshape('squeeze', next + 3, op.output)],
  };
}

/**
 * Batch normalisation over the last dimension: `gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
 * It has no kernel in C++: `optimize` folds it into the producer's weights, or lowers it to a depthwise convolution.
 */
export const batchNorm: OpDefinition = {
  doc: 'Batch normalisation over the last dimension, float32; optimize folds it into the weights before it.',
  onnx: ['BatchNormalization'],
  inputs: ['activation', 'constant', 'constant', 'constant', 'constant'],
  quantization: 'calibrated',
  affine,
  lower,
  shape: (node) => {
    const { shape } = node.inputs[0]!;
    const channels = shape.at(-1)!;
    ['gamma', 'beta', 'a mean', 'a variance'].forEach((what, i) => {
      requireShape(node, i + 1, what, [channels]);
    });
    return shape;
  },
};
