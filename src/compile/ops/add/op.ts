import type { OpDefinition } from '../../op.js';
import { elementwise, storedSum } from '../common/elementwise.js';
import header from './op.h.js';

/** `a + b`, element by element, of shapes that broadcast. */
export const add: OpDefinition = elementwise({
  name: 'add',
  header,
  doc: 'a + b, element by element; shapes broadcast, and one of the two may be constant.',
  tflite: ['ADD'],
  onnx: ['Add', 'Sum'],
  real: (a, b) => a + b,
  codeBytes: { pairs: 68, broadcast: 194 },
  stored: storedSum(1, (x) => x),
});
