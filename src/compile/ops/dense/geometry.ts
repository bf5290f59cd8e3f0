import { type Rescale, rescaleOf } from '../../arithmetic/rescale.js';
import { type Node, requireShape } from '../../op.js';

export function sizes(node: Node): { inputs: number; outputs: number } {
  requireShape(node, 0, 'an input', [-1]);
  requireShape(node, 1, 'weights', [-1, node.inputs[0]!.shape[0]!]);
  const [outputs, inputs] = node.inputs[1]!.shape as [number, number];
  requireShape(node, 2, 'a bias', [outputs]);
  return { inputs, outputs };
}

/** TensorFlow Lite multiplies the scales as float32 when the weights have one scale, and as double when they have many. */
export function rescaleOfDense(node: Node): Rescale {
  const one = node.inputs[1]!.quantization?.scales.length === 1;
  return rescaleOf(node, (input, weight) => (one ? Math.fround(input * weight) : input * weight));
}
