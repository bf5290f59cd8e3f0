import { floatBounds, int8Bounds } from '../../arithmetic/activation.js';
import type { Activation } from '../../graph.js';
import type { OpDefinition } from '../../op.js';
import { rescaling, unary } from '../common/unary.js';
import header from './op.h.js';

/** An activation that no producer could take over. int8: `reference/activations`, with a scale of its own for the output. */
function activation(kind: Activation, doc: string, tflite: string, onnx: readonly string[]): OpDefinition {
  const [low, high] = floatBounds(kind);
  return unary({
    name: 'relu',
    header,
    doc,
    tflite: [tflite],
    onnx,
    quantization: 'calibrated',
    activation: kind,
    real: () => (x) => Math.min(high, Math.max(low, x)),
    fields: () => [{ float: low }, { float: high }],
    stored: (node) => {
      const rescale = rescaling(node);
      const [lowest, highest] = int8Bounds(node, kind);
      return (stored) => Math.min(highest, Math.max(lowest, rescale(stored)));
    },
    codeBytes: 60,
  });
}

/** `max(x, 0)`. */
export const relu = activation('relu', 'max(x, 0), element by element.', 'RELU', ['Relu', 'Clip']);

/** `min(max(x, 0), 6)`. */
export const relu6 = activation('relu6', 'min(max(x, 0), 6), element by element.', 'RELU6', ['Clip', 'HardSigmoid']);
