import type { Node } from '../op.js';
import type { Stored } from '../ops/common/unary.js';
import { quantizeMultiplier, requantize, roundingShift } from './fixed-point.js';
import { quantizationOf } from './quantization.js';

const INTEGER_BITS = 4;

/**
 * The int8 form of a curve that levels off on both sides: the input becomes fixed point with 4 integer bits, and what
 * would not fit there has reached the end of the curve. `fractionBits` of the result are kept. Source: `logistic.h` and
 * `tanh.h` in TensorFlow Lite's `reference/integer_ops`.
 */
export function sigmoid(curve: (a: number) => number, fractionBits: number): (node: Node) => Stored {
  return (node) => {
    const input = quantizationOf(node.inputs[0]!);
    const { zeroPoint } = quantizationOf(node.output);
    const { multiplier, shift } = quantizeMultiplier(input.scale * 2 ** (31 - INTEGER_BITS));
    const radius = Math.floor(((2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS)) / 2 ** shift);
    return (stored) => {
      const x = stored - input.zeroPoint;
      if (x <= -radius) return -128;
      if (x >= radius) return 127;
      return zeroPoint + roundingShift(curve(requantize(x, multiplier, shift)), 31 - fractionBits);
    };
  };
}
