import { quantizeMultiplier, requantize } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import type { Node, OpDefinition } from '../../op.js';
import { elementwise } from '../common/elementwise.js';
import header from './op.h.js';

type Scale = ReturnType<typeof quantizationOf>;

function scaling(node: Node) {
  const [a, b, output] = [...node.inputs, node.output].map(quantizationOf) as [Scale, Scale, Scale];
  const { multiplier, shift } = quantizeMultiplier((a.scale * b.scale) / output.scale);
  return { offsetA: -a.zeroPoint, offsetB: -b.zeroPoint, outputOffset: output.zeroPoint, multiplier, shift };
}

/** `a * b`, element by element, of shapes that broadcast. int8: TensorFlow Lite's `reference/integer_ops/mul.h`. */
export const mul: OpDefinition = elementwise({
  name: 'mul',
  header,
  doc: 'a * b, element by element; shapes broadcast, and one of the two may be constant.',
  tflite: ['MUL'],
  onnx: ['Mul', 'Div', 'Neg', 'Pow'],
  real: (a, b) => a * b,
  codeBytes: { pairs: 68, broadcast: 194 },
  stored: {
    name: 'mul',
    header,
    combine: (node) => {
      const { offsetA, offsetB, outputOffset, multiplier, shift } = scaling(node);
      return (a, b) => outputOffset + requantize((a + offsetA) * (b + offsetB), multiplier, shift);
    },
    fields: (node) => {
      const { offsetA, offsetB, outputOffset, multiplier, shift } = scaling(node);
      return [offsetA, offsetB, outputOffset, multiplier, shift];
    },
    codeBytes: { pairs: 80, broadcast: 182 },
  },
});
