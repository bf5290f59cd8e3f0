import { quantizeMultiplier, requantize } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import type { Node, OpDefinition } from '../../op.js';
import { type Stored, unary } from '../common/unary.js';
import header from './op.h.js';

function slope(node: Node): number {
  return Math.fround(node.attributes.alpha ?? 0);
}

/** The factors are quotients of float32 values, as in TensorFlow Lite. */
function stored(node: Node): Stored {
  const input = quantizationOf(node.inputs[0]!);
  const output = quantizationOf(node.output);
  const above = quantizeMultiplier(Math.fround(input.scale / output.scale));
  const factor = Math.fround(Math.fround(input.scale * slope(node)) / output.scale);
  const below = quantizeMultiplier(Math.abs(factor));
  return (value) => {
    const x = value - input.zeroPoint;
    if (x >= 0) return output.zeroPoint + requantize(x, above.multiplier, above.shift);
    return output.zeroPoint + requantize(x, Math.sign(factor) * below.multiplier, below.shift);
  };
}

/** `x` from 0 upwards, `attributes.alpha * x` below. int8: `QuantizeLeakyRelu` of TensorFlow Lite's `leaky_relu.h`. */
export const leakyRelu: OpDefinition = unary({
  name: 'leakyRelu',
  header,
  doc: 'x from 0 upwards and alpha * x below, element by element.',
  tflite: ['LEAKY_RELU'],
  onnx: ['LeakyRelu', 'PRelu'],
  quantization: 'calibrated',
  real: (node) => {
    const alpha = slope(node);
    return (x) => (x > 0 ? x : x * alpha);
  },
  fields: (node) => [{ float: slope(node) }],
  stored,
  codeBytes: 42,
});
