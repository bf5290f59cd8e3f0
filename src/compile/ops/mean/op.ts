import { quantizeMultiplier, REQUANTIZE_BYTES, requantize } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import { elements, type Node, type OpDefinition, refuseShape } from '../../op.js';
import header from './op.h.js';

function sizes(node: Node): { positions: number; channels: number } {
  const { shape } = node.inputs[0]!;
  if (shape.length < 2) refuseShape(node, `an input of shape [${shape.join(', ')}]`, 'positions and channels');
  const channels = shape.at(-1)!;
  return { positions: elements(shape) / channels, channels };
}

/** One over the number of positions goes into the multiplier, which is cut off, not rounded: `QuantizedMeanOrSum`. */
function scaling(node: Node) {
  const { positions } = sizes(node);
  const input = quantizationOf(node.inputs[0]!);
  const output = quantizationOf(node.output);
  const scale = quantizeMultiplier(input.scale / output.scale);
  const shift = Math.min(31 - Math.clz32(positions), 31 + scale.shift);
  return {
    inputOffset: -input.zeroPoint * positions,
    multiplier: Number((BigInt(scale.multiplier) << BigInt(shift)) / BigInt(positions)),
    shift: scale.shift - shift,
    outputOffset: output.zeroPoint,
  };
}

/** Calls `store` with the sum of every channel. */
function sums(
  { positions, channels }: ReturnType<typeof sizes>,
  x: Float32Array | Int8Array,
  store: (sum: number, channel: number) => void,
): void {
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let i = 0, at = channel; i < positions; i++, at += channels) sum += x[at]!;
    store(sum, channel);
  }
}

/**
 * Mean of every channel over height and width. `[height H, width W, channel C]` gives `[C]`, or `[1, 1, C]` with
 * `attributes.keepDims`. int8: `QuantizedMeanOrSum` of TensorFlow Lite's `reference/reduce.h`.
 */
export const mean: OpDefinition = {
  doc: 'Mean of every channel over height and width; not across the batch or the channels.',
  tflite: ['MEAN'],
  onnx: ['ReduceMean', 'GlobalAveragePool'],
  inputs: ['activation'],
  quantization: 'calibrated',
  channels: 'keeps',
  shape: (node) => {
    const { channels } = sizes(node);
    return node.attributes.keepDims ? node.inputs[0]!.shape.map(() => 1).with(-1, channels) : [channels];
  },
  f32: {
    prepare: (node, [x], y) => {
      const size = sizes(node);
      return () => {
        sums(size, x, (sum, channel) => {
          y[channel] = sum / size.positions;
        });
      };
    },
    work: (node) => ({ elementF32: elements(node.inputs[0]!.shape), call: 1 }),
    cpp: (node) => {
      const { positions, channels } = sizes(node);
      return { header, function: 'meanF32', descriptor: 'MeanF32', fields: [positions, channels] };
    },
    codeBytes: { 'nn::meanF32': 72 },
  },
  int8: {
    prepare: (node, [x], y) => {
      const { inputOffset, multiplier, shift, outputOffset } = scaling(node);
      const size = sizes(node);
      return () => {
        sums(size, x, (sum, channel) => {
          const value = outputOffset + requantize(sum + inputOffset, multiplier, shift);
          y[channel] = Math.max(-128, Math.min(127, value));
        });
      };
    },
    work: (node) => ({ elementInt8: elements(node.inputs[0]!.shape), requantize: sizes(node).channels, call: 1 }),
    cpp: (node) => {
      const { positions, channels } = sizes(node);
      const { inputOffset, multiplier, shift, outputOffset } = scaling(node);
      const fields = [positions, channels, inputOffset, multiplier, shift, outputOffset];
      return { header, function: 'meanInt8', descriptor: 'MeanInt8', fields };
    },
    codeBytes: { 'nn::meanInt8': 84, ...REQUANTIZE_BYTES },
  },
};
