import type { Work } from '../../cost.js';
import { elements, type Field, type Node } from '../op.js';
import { int8Bounds } from './activation.js';
import { quantizeMultiplier } from './fixed-point.js';
import { quantizationOf } from './quantization.js';

/** How an int8 operator with weights turns the accumulator of an output channel into a stored value. */
export interface Rescale {
  readonly bias: Int32Array;
  readonly multipliers: Int32Array;
  readonly shifts: Int8Array;
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly low: number;
  readonly high: number;
  /** The weights have one scale, so that one multiplier serves all channels. */
  readonly shared: boolean;
}

/** The rescaling of a node `[x, weights, bias]`; `product` multiplies the scales of input and weights. */
export function rescaleOf(node: Node, product = (input: number, weight: number): number => input * weight): Rescale {
  const [x, weights, bias] = node.inputs as [Node['output'], Node['output'], Node['output']];
  const input = quantizationOf(x);
  const output = quantizationOf(node.output);
  const scales = weights.quantization?.scales ?? new Float32Array([1]);
  const factors = Array.from({ length: elements(bias.shape) }, (_, channel) =>
    quantizeMultiplier(product(input.scale, scales.length === 1 ? scales[0]! : scales[channel]!) / output.scale),
  );
  const [low, high] = int8Bounds(node);
  return {
    bias: bias.data as Int32Array,
    multipliers: Int32Array.from(factors, (f) => f.multiplier),
    shifts: Int8Array.from(factors, (f) => f.shift),
    inputOffset: -input.zeroPoint,
    outputOffset: output.zeroPoint,
    low,
    high,
    shared: scales.length === 1,
  };
}

/** The members of struct `Rescale` in `rescale.h`. */
export function rescaleFields(r: Rescale, foldedBias: Int32Array): readonly Field[] {
  const { multipliers, shifts } = r;
  const same = r.shared && multipliers.every((m) => m === multipliers[0]) && shifts.every((s) => s === shifts[0]);
  const factors = same ? [multipliers.slice(0, 1), shifts.slice(0, 1), 0] : [multipliers, shifts, 1];
  return [foldedBias, ...factors, r.outputOffset, r.low, r.high];
}

/** Work of an int8 operator with weights: its multiply-accumulates, and one rescaling per output. */
export function rescaledWork(node: Node, macs: Work): Work {
  return { ...macs, requantize: elements(node.output.shape), call: 1 };
}
