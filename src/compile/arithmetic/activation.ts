import type { Activation } from '../graph.js';
import type { Node } from '../op.js';
import { quantizationOf } from './quantization.js';

const FLOAT_MAX = 3.4028234663852886e38;
const BOUNDS: Readonly<Record<Activation, readonly [number, number]>> = {
  none: [-FLOAT_MAX, FLOAT_MAX],
  relu: [0, FLOAT_MAX],
  relu6: [0, 6],
};

/** Bounds to which a fused activation clamps float32 values. */
export function floatBounds(activation: Activation = 'none'): readonly [low: number, high: number] {
  return BOUNDS[activation];
}

/**
 * Bounds to which a fused activation clamps the stored int8 values of a node's output.
 * As `CalculateActivationRangeQuantized` in TensorFlow Lite: the quotient is a float32 and rounds half away from zero.
 */
export function int8Bounds(node: Node, activation = node.attributes.activation): readonly [low: number, high: number] {
  const { scale, zeroPoint } = quantizationOf(node.output);
  const [low, high] = floatBounds(activation);
  const stored = (value: number): number => zeroPoint + Math.round(Math.fround(value / scale));
  return [Math.max(-128, stored(low)), Math.min(127, stored(high))];
}
