import type { OpDefinition } from '../../op.js';
import { elementwise, storedSum } from '../common/elementwise.js';
import header from './op.h.js';

/** `a - b`, element by element, of shapes that broadcast. int8: the factors of TensorFlow Lite for Microcontrollers. */
export const sub: OpDefinition = elementwise({
  name: 'sub',
  header,
  doc: 'a - b, element by element; shapes broadcast, and one of the two may be constant.',
  tflite: ['SUB'],
  onnx: ['Sub'],
  real: (a, b) => a - b,
  codeBytes: { pairs: 68, broadcast: 194 },
  stored: storedSum(-1, Math.fround),
});
