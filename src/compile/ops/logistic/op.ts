import { logisticFixed } from '../../arithmetic/exponential.js';
import { sigmoid } from '../../arithmetic/sigmoid.js';
import type { OpDefinition } from '../../op.js';
import { unary } from '../common/unary.js';
import header from './op.h.js';

/** `1 / (1 + e^-x)`. int8: output scale 1/256 and zero point -128; TensorFlow Lite's `reference/integer_ops/logistic.h`. */
export const logistic: OpDefinition = unary({
  name: 'logistic',
  header,
  doc: '1 / (1 + e^-x), element by element; int8: the output has scale 1/256 and zero point -128.',
  tflite: ['LOGISTIC'],
  onnx: ['Sigmoid'],
  quantization: { scale: 1 / 256, zeroPoint: -128 },
  real: () => (x) => 1 / (1 + Math.exp(-x)),
  stored: sigmoid(logisticFixed, 8),
  exponential: true,
  codeBytes: 276,
});
