import {
  multiplyHigh,
  quantizeMultiplier,
  REQUANTIZE_BYTES,
  requantize,
  roundingShift,
  saturatingShift,
} from '../../fixed-point.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import { quantizationOf } from '../../quantization.js';
import header from './op.h.js';

/** Integer bits of the exponent's argument. */
const ARGUMENT_BITS = 5;
/** e^(-2^k) for k = -2 to 4, as fractions of 2^31. */
const FACTORS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

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

/** e^a as a fraction of 2^31, for a <= 0 with 5 integer bits: the series of gemmlowp's exp_on_negative_values. */
function expFixed(a: number): number {
  if (a === 0) return 2147483647;
  const quarter = 1 << 24;
  const rest = (a & (quarter - 1)) - quarter;
  const x = rest * 32 + (1 << 28);
  const x2 = multiplyHigh(x, x);
  const x3 = multiplyHigh(x2, x);
  const x4 = multiplyHigh(x2, x2);
  const tail = roundingShift(multiplyHigh(roundingShift(x4, 2) + x3, 715827883) + x2, 1);
  let result = 1895147668 + multiplyHigh(1895147668, x + tail);
  for (let bit = 0; bit < FACTORS.length; bit++) {
    if ((rest - a) & (quarter << bit)) result = multiplyHigh(result, FACTORS[bit]!);
  }
  return result;
}

/** 1 / (1 + a) as a fraction of 2^31, for a in [0, 1): three Newton steps. */
function reciprocalFixed(a: number): number {
  const half = Math.floor((a + 2147483648) / 2);
  let x = 1515870810 + multiplyHigh(half, -1010580540);
  for (let step = 0; step < 3; step++) {
    const error = (1 << 29) - multiplyHigh(half, x);
    x += saturatingShift(multiplyHigh(x, error), 2);
  }
  return saturatingShift(x, 1);
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
        sum += roundingShift(expFixed(requantize(difference, multiplier, shift)), 12);
      }
      const headroom = Math.clz32(sum);
      const scale = reciprocalFixed((sum << headroom) & 0x7fffffff);
      // 12 integer bits in the sum, 31 of the product, 8 of the result; TensorFlow Lite stops at 31 as well.
      const exponent = Math.min(35 - headroom, 31);
      for (let i = from; i < to; i++) {
        const difference = x![i]! - largest;
        let share = 0;
        if (difference >= smallestDifference) {
          const exponential = expFixed(requantize(difference, multiplier, shift));
          share = roundingShift(multiplyHigh(scale, exponential), exponent);
        }
        y[i] = Math.min(127, share - 128);
      }
    }
  };
}

/** `e^x / sum(e^x)` over the last dimension. int8: exactly the fixed point of TensorFlow Lite's reference kernel. */
export const softmax: OpDefinition = {
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
    codeBytes: { 'nn::softmaxInt8': 692, ...REQUANTIZE_BYTES },
  },
};
