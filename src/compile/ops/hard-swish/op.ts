import { fail } from '../../../errors.js';
import { quantizeMultiplier, roundingShift } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import type { Node, OpDefinition } from '../../op.js';
import { type Stored, unary } from '../common/unary.js';
import header from './op.h.js';

const MAX = 32767;

/** A real factor as `multiplier * 2^(exponent - 15)`, `multiplier` an int16: `DownScaleInt32ToInt16Multiplier`. */
function multiplier16(real: number): { multiplier: number; exponent: number } {
  const { multiplier, shift } = quantizeMultiplier(real);
  return { multiplier: Math.min(MAX, (multiplier + 0x8000) >> 16), exponent: shift };
}

/** `x * 2^amount`, kept within int16. */
function shiftLeft16(x: number, amount: number): number {
  return Math.max(-MAX - 1, Math.min(MAX, x * 2 ** amount));
}

/** `floor((a * b + 2^14) / 2^15)`: gemmlowp's SaturatingRoundingDoublingHighMul of int16. */
function multiplyHigh16(a: number, b: number): number {
  return (a * b + 0x4000) >> 15;
}

/** Factors of float32 scales, as in TensorFlow Lite, which brings inputs to 7 extra bits and 3 to 32768. */
function stored(node: Node): Stored {
  const input = quantizationOf(node.inputs[0]!);
  const output = quantizationOf(node.output);
  const fine = Math.fround(input.scale / 128);
  const result = multiplier16(Math.fround(fine / output.scale));
  const gate = multiplier16(Math.fround(fine / Math.fround(3 / 32768)));
  if (result.exponent > 0) refuse(node, input.scale / output.scale);
  return (value) => {
    const x = (value - input.zeroPoint) * 128;
    let share = shiftLeft16(x, Math.max(0, gate.exponent - 1));
    share = shiftLeft16(multiplyHigh16(share, gate.multiplier), gate.exponent > 0 ? 1 : 0);
    share = roundingShift(share, Math.max(0, -gate.exponent));
    share = (share + 0x8000) >> 1;
    const product = Math.trunc((share * multiplyHigh16(x, result.multiplier)) / 0x8000);
    return output.zeroPoint + roundingShift(product, -result.exponent);
  };
}

function refuse(node: Node, ratio: number): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `network.${node.name}`,
    got: `an input scale ${ratio} times the output scale`,
    expected: 'less than 128 times',
    fix: 'Quantise the network over its real range of values.',
  });
}

/** `x * min(max(x + 3, 0), 6) / 6`. int8: the int16 arithmetic of TensorFlow Lite's `reference/hard_swish.h`. */
export const hardSwish: OpDefinition = unary({
  name: 'hardSwish',
  header,
  doc: 'x * min(max(x + 3, 0), 6) / 6, element by element; int8: the input scale is less than 128 times the output scale.',
  tflite: ['HARD_SWISH'],
  onnx: ['HardSwish'],
  quantization: 'calibrated',
  real: () => (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
  stored,
  codeBytes: 76,
});
