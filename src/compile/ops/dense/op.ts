import { floatBounds } from '../../activation.js';
import { dotF32, dotInt8 } from '../../dot.js';
import { requantize } from '../../fixed-point.js';
import { elements, type Node, type OpDefinition, requireShape } from '../../op.js';
import { RESCALE_BYTES, type Rescale, rescaledWork, rescaleFields, rescaleOf } from '../../rescale.js';
import header from './op.h.js';

function sizes(node: Node): { inputs: number; outputs: number } {
  requireShape(node, 0, 'an input', [-1]);
  requireShape(node, 1, 'weights', [-1, node.inputs[0]!.shape[0]!]);
  const [outputs, inputs] = node.inputs[1]!.shape as [number, number];
  requireShape(node, 2, 'a bias', [outputs]);
  return { inputs, outputs };
}

/** TensorFlow Lite multiplies the scales as float32 when the weights have one scale, and as double when they have many. */
function rescaleOfDense(node: Node): Rescale {
  const one = node.inputs[1]!.quantization?.scales.length === 1;
  return rescaleOf(node, (input, weight) => (one ? Math.fround(input * weight) : input * weight));
}

function macs(node: Node): number {
  return elements(node.inputs[1]!.shape);
}

function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const { inputs, outputs } = sizes(node);
  const [low, high] = floatBounds(node.attributes.activation);
  return () => {
    for (let output = 0, at = 0; output < outputs; output++, at += inputs) {
      const sum = dotF32(x!, 0, weights!, at, inputs, bias![output]!);
      y[output] = Math.min(high, Math.max(low, sum));
    }
  };
}

function prepareInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const { inputs, outputs } = sizes(node);
  const { bias, multipliers, shifts, inputOffset, outputOffset, low, high } = rescaleOfDense(node);
  return () => {
    for (let output = 0, at = 0; output < outputs; output++, at += inputs) {
      const sum = dotInt8(x!, 0, weights!, at, inputs, inputOffset, bias[output]!);
      const value = outputOffset + requantize(sum, multipliers[output]!, shifts[output]!);
      y[output] = Math.min(high, Math.max(low, value));
    }
  };
}

/** Fully connected layer: a vector `[I]` and weights `(O, I)` give `[O]`. */
export const dense: OpDefinition = {
  inputs: ['activation', 'constant', 'constant'],
  quantization: 'calibrated',
  channelAxis: 0,
  fuses: true,
  macs,
  shape: (node) => [sizes(node).outputs],
  f32: {
    prepare: prepareF32,
    work: (node) => ({ denseF32: macs(node), call: 1 }),
    cpp: (node) => {
      const { inputs, outputs } = sizes(node);
      const [low, high] = floatBounds(node.attributes.activation);
      const [weights, bias] = [node.inputs[1]!.data!, node.inputs[2]!.data!];
      const fields = [inputs, outputs, weights, bias, { float: low }, { float: high }];
      return { header, function: 'denseF32', descriptor: 'DenseF32', fields };
    },
    codeBytes: { 'nn::denseF32': 100 },
  },
  int8: {
    prepare: prepareInt8,
    work: (node) => rescaledWork(node, { denseInt8: macs(node) }),
    cpp: (node) => {
      const { inputs, outputs } = sizes(node);
      const fields = [inputs, outputs, node.inputs[1]!.data!, rescaleFields(rescaleOfDense(node))];
      return { header, function: 'denseInt8', descriptor: 'DenseInt8', fields };
    },
    codeBytes: { 'nn::denseInt8': 82, ...RESCALE_BYTES },
  },
};
