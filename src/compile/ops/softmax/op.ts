import { expFixed, reciprocalFixed } from '../../arithmetic/exponential.js';
import {
  multiplyHigh,
  quantizeMultiplier,
  REQUANTIZE_BYTES,
  requantize,
  roundingShift,
} from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import header from './op.h.js';

/** Integer bits of the exponent's argument. */
const ARGUMENT_BITS = 5;

function sizes(node: Node): { rows: number; columns: number } {
  const { shape } = node.output;
  const columns = shape.at(-1)!;
  return { rows: elements(shape) / columns, columns };
}

/** `PreprocessSoftmaxScaling` and `CalculateInputRadius` of TensorFlow Lite, beta 1. */
function scaling(node: Node): { multiplier: number; shift: number; smallestDifference: number } {
  const { scale } = quantizationOf(node.inputs[0]!);
  const { multiplier, shift } = quantizeMultiplier(Math.min(scale * 2 ** (31 - ARGUMENT_BITS), 2 ** 31 - 1));
  const radius = ((2 ** ARGUMENT_BITS - 1) * 2 ** (31 - ARGUMENT_BITS)) / 2 ** shift;
  return { multiplier, shift, smallestDifference: -Math.floor(radius) };
}

function prepareF32(node: Node, [x]: Float32Array[], y: Float32Array): () => void {
  const { rows, columns } = sizes(node);
  return () => {
    for (let row = 0; row < rows; row++) {
      const from = row * columns;
      const to = from + columns;
      let largest = x![from]!;
      for (let i = from; i < to; i++) largest = Math.max(largest, x![i]!);
      let sum = 0;
      for (let i = from; i < to; i++) {
        y[i] = Math.exp(x![i]! - largest);
        sum += y[i]!;
      }
      for (let i = from; i < to; i++) y[i] = y[i]! / sum;
    }
  };
}

function prepareInt8(node: Node, [x]: Int8Array[], y: Int8Array): () => void {
  const { rows, columns } = sizes(node);
  const { multiplier, shift, smallestDifference } = scaling(node);
  return () => {
    for (let from = 0; from < rows * columns; from += columns) {
      const to = from + columns;
      let largest = -128;
      for (let i = from; i < to; i++) largest = Math.max(largest, x![i]!);
      let sum = 0;
      for (let i = from; i < to; i++) {
        const difference = x![i]! - largest;
        if (difference < smallestDifference) continue;
        sum += roundingShift(expFixed(requantize(difference, multiplier, shift), ARGUMENT_BITS), 12);
      }
      const headroom = Math.clz32(sum);
      const scale = reciprocalFixed((sum << headroom) & 0x7fffffff);
      // 12 integer bits in the sum, 31 of the product, 8 of the result; TensorFlow Lite stops at 31 as well.
      const exponent = Math.min(35 - headroom, 31);
      for (let i = from; i < to; i++) {
        const difference = x![i]! - largest;
        let share = 0;
        if (difference >= smallestDifference) {
          const exponential = expFixed(requantize(difference, multiplier, shift), ARGUMENT_BITS);
          share = roundingShift(multiplyHigh(scale, exponential), exponent);
        }
        y[i] = Math.min(127, share - 128);
      }
    }
  };
}

/** `e^x / sum(e^x)` over the last dimension. int8: exactly the fixed point of TensorFlow Lite's reference kernel. */
export const softmax: OpDefinition = {
  doc: 'e^x / sum(e^x) over the last dimension, beta 1; int8: the output has scale 1/256 and zero point -128.',
  tflite: ['SOFTMAX'],
  onnx: ['Softmax', 'LogSoftmax'],
  inputs: ['activation'],
  quantization: { scale: 1 / 256, zeroPoint: -128 },
  inPlace: true,
  shape: (node) => node.inputs[0]!.shape,
  f32: {
    prepare: prepareF32,
    work: (node) => ({ exp: elements(node.output.shape), elementF32: elements(node.output.shape), call: 1 }),
    cpp: (node) => {
      const { rows, columns } = sizes(node);
      return { header, function: 'softmaxF32', descriptor: 'SoftmaxF32', fields: [rows, columns] };
    },
    codeBytes: { 'nn::softmaxF32': 308 },
  },
  int8: {
    prepare: prepareInt8,
    work: (node) => ({ exp: 2 * elements(node.output.shape), elementInt8: elements(node.output.shape), call: 1 }),
    cpp: (node) => {
      const { rows, columns } = sizes(node);
      const { multiplier, shift, smallestDifference } = scaling(node);
      const fields = [rows, columns, multiplier, shift, smallestDifference];
      return { header, function: 'softmaxInt8', descriptor: 'SoftmaxInt8', fields };
    },
    codeBytes: { 'nn::softmaxInt8': 650, ...REQUANTIZE_BYTES },
  },
};
