import { tanhFixed } from '../../arithmetic/exponential.js';
import { sigmoid } from '../../arithmetic/sigmoid.js';
import type { OpDefinition } from '../../op.js';
import { unary } from '../common/unary.js';
import header from './op.h.js';

/** Hyperbolic tangent. int8: output scale 1/128 and zero point 0; TensorFlow Lite's `reference/integer_ops/tanh.h`. */
export const tanh: OpDefinition = unary({
  name: 'tanh',
  header,
  doc: 'Hyperbolic tangent, element by element; int8: the output has scale 1/128 and zero point 0.',
  tflite: ['TANH'],
  onnx: ['Tanh'],
  quantization: { scale: 1 / 128, zeroPoint: 0 },
  real: () => Math.tanh,
  stored: sigmoid(tanhFixed, 7),
  exponential: true,
  codeBytes: 252,
});
