import { floatBounds, int8Bounds } from '../../activation.js';
import { quantizeMultiplier, REQUANTIZE_BYTES, requantize } from '../../fixed-point.js';
import { elements, type Node, type OpDefinition, requireShape } from '../../op.js';
import { quantizationOf } from '../../quantization.js';
import header from './op.h.js';

const EXTRA_BITS = 20;

function scaling(node: Node) {
  const [a, b] = node.inputs.map(quantizationOf) as [
    ReturnType<typeof quantizationOf>,
    ReturnType<typeof quantizationOf>,
  ];
  const output = quantizationOf(node.output);
  const common = 2 * Math.max(a.scale, b.scale);
  return {
    a: { offset: -a.zeroPoint, ...quantizeMultiplier(a.scale / common) },
    b: { offset: -b.zeroPoint, ...quantizeMultiplier(b.scale / common) },
    output: { offset: output.zeroPoint, ...quantizeMultiplier(common / (2 ** EXTRA_BITS * output.scale)) },
  };
}

function prepareF32(node: Node, [a, b]: Float32Array[], y: Float32Array): () => void {
  const [low, high] = floatBounds(node.attributes.activation);
  return () => {
    for (let i = 0; i < y.length; i++) {
      const sum = a![i]! + b![i]!;
      y[i] = Math.min(high, Math.max(low, sum));
    }
  };
}

function prepareInt8(node: Node, [a, b]: Int8Array[], y: Int8Array): () => void {
  const { a: left, b: right, output } = scaling(node);
  const [low, high] = int8Bounds(node);
  const unit = 2 ** EXTRA_BITS;
  return () => {
    for (let i = 0; i < y.length; i++) {
      const sum =
        requantize((a![i]! + left.offset) * unit, left.multiplier, left.shift) +
        requantize((b![i]! + right.offset) * unit, right.multiplier, right.shift);
      const value = output.offset + requantize(sum, output.multiplier, output.shift);
      y[i] = Math.min(high, Math.max(low, value));
    }
  };
}

/** Sum of two tensors of one shape, element by element. */
export const add: OpDefinition = {
  inputs: ['activation', 'activation'],
  quantization: 'calibrated',
  fuses: true,
  inPlace: true,
  shape: (node) => {
    const { shape } = node.inputs[0]!;
    requireShape(node, 1, 'a second input', shape);
    return shape;
  },
  f32: {
    prepare: prepareF32,
    work: (node) => ({ elementF32: elements(node.output.shape), call: 1 }),
    cpp: (node) => {
      const [low, high] = floatBounds(node.attributes.activation);
      const fields = [elements(node.output.shape), { float: low }, { float: high }];
      return { header, function: 'addF32', descriptor: 'AddF32', fields };
    },
    codeBytes: { 'nn::addF32': 68 },
  },
  int8: {
    prepare: prepareInt8,
    work: (node) => ({ elementInt8: elements(node.output.shape), call: 1 }),
    cpp: (node) => {
      const { a, b, output } = scaling(node);
      const factors = [a, b, output].flatMap((s) => [s.offset, s.multiplier, s.shift]);
      const fields = [elements(node.output.shape), ...factors, ...int8Bounds(node)];
      return { header, function: 'addInt8', descriptor: 'AddInt8', fields };
    },
    codeBytes: { 'nn::addInt8': 96, ...REQUANTIZE_BYTES },
  },
};
