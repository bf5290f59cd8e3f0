import { floatBounds } from '../../activation.js';
import { convolution } from '../../convolution.js';
import { stridedF32, stridedInt8 } from '../../dot.js';
import { requantize } from '../../fixed-point.js';
import { elements, type Node, type OpDefinition, refuseShape, requireShape } from '../../op.js';
import { rescaleOf } from '../../rescale.js';
import { everyPosition, type Window, windowOf } from '../../window.js';
import header from './op.h.js';

function geometry(node: Node): Window {
  const [, weights] = node.inputs as [unknown, Node['output']];
  if (weights.shape.length !== 4 || weights.shape[0] !== 1) {
    refuseShape(node, `weights of shape [${weights.shape.join(', ')}]`, '(1, kh, kw, I * multiplier)');
  }
  const [, height, width, outChannels] = weights.shape as [number, number, number, number];
  const window = windowOf(node, [height, width], outChannels);
  if (outChannels % window.inChannels !== 0) {
    refuseShape(node, `${outChannels} output channels`, `a multiple of the ${window.inChannels} input channels`);
  }
  requireShape(node, 2, 'a bias', [outChannels]);
  return window;
}

function macs(node: Node): number {
  const [, height, width] = node.inputs[1]!.shape as [number, number, number];
  return elements(node.output.shape) * height * width;
}

function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = geometry(node);
  const { rows, columns, inWidth, inChannels, outChannels } = w;
  const multiplier = outChannels / inChannels;
  const [low, high] = floatBounds(node.attributes.activation);
  const step = columns.dilation * inChannels;
  const position = (row: number, column: number, at: number): number => {
    const first = columns.first[column]!;
    const count = columns.end[column]! - first;
    for (let channel = 0; channel < outChannels; channel++) {
      let sum = bias![channel]!;
      const from = Math.floor(channel / multiplier) + columns.origin[column]! * inChannels + first * step;
      for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
        const a = (rows.origin[row]! + i * rows.dilation) * inWidth * inChannels + from;
        const b = (i * columns.size + first) * outChannels + channel;
        sum = stridedF32(x!, a, step, weights!, b, outChannels, count, sum);
      }
      y[at + channel] = Math.min(high, Math.max(low, sum));
    }
    return at + outChannels;
  };
  return () => everyPosition(w, position);
}

function prepareInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const w = geometry(node);
  const { rows, columns, inWidth, inChannels, outChannels } = w;
  const multiplier = outChannels / inChannels;
  const { bias, multipliers, shifts, inputOffset, outputOffset, low, high } = rescaleOf(node);
  const step = columns.dilation * inChannels;
  const position = (row: number, column: number, at: number): number => {
    const first = columns.first[column]!;
    const count = columns.end[column]! - first;
    for (let channel = 0; channel < outChannels; channel++) {
      let sum = bias[channel]!;
      const from = Math.floor(channel / multiplier) + columns.origin[column]! * inChannels + first * step;
      for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
        const a = (rows.origin[row]! + i * rows.dilation) * inWidth * inChannels + from;
        const b = (i * columns.size + first) * outChannels + channel;
        sum = stridedInt8(x!, a, step, weights!, b, outChannels, count, inputOffset, sum);
      }
      const value = outputOffset + requantize(sum, multipliers[channel]!, shifts[channel]!);
      y[at + channel] = Math.min(high, Math.max(low, value));
    }
    return at + outChannels;
  };
  return () => everyPosition(w, position);
}

/**
 * Depthwise convolution: every channel of `[height H, width W, channel I]` has `multiplier` filters of its own.
 * Weights `(1, kh, kw, O)` with O = I * multiplier. Output `[H', W', O]`.
 */
export const depthwiseConv2d: OpDefinition = convolution({
  name: 'depthwiseConv2d',
  header,
  channelAxis: 3,
  geometry,
  macs,
  f32: { prepare: prepareF32, unit: 'depthwiseF32', codeBytes: 312 },
  int8: { prepare: prepareInt8, unit: 'depthwiseInt8', codeBytes: 268 },
});
