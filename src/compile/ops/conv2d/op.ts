import { floatBounds } from '../../activation.js';
import { convolution } from '../../convolution.js';
import { dotF32, dotInt8 } from '../../dot.js';
import { requantize } from '../../fixed-point.js';
import { elements, type Node, type OpDefinition, refuseShape, requireShape } from '../../op.js';
import { rescaleOf } from '../../rescale.js';
import { everyPosition, type Window, windowOf } from '../../window.js';
import header from './op.h.js';

function geometry(node: Node): Window {
  const [, weights] = node.inputs as [unknown, Node['output']];
  if (weights.shape.length !== 4) refuseShape(node, `weights of ${weights.shape.length} dimensions`, '(O, kh, kw, I)');
  const [outChannels, height, width] = weights.shape as [number, number, number];
  const window = windowOf(node, [height, width], outChannels);
  requireShape(node, 1, 'weights', [outChannels, height, width, window.inChannels]);
  requireShape(node, 2, 'a bias', [outChannels]);
  return window;
}

function macs(node: Node): number {
  return elements(node.output.shape) * elements(node.inputs[1]!.shape.slice(1));
}

/** Runs of neighbouring products: without dilation a whole row of the window is one run. */
function runs({ columns, inChannels }: Window, column: number): { count: number; length: number } {
  const taps = columns.end[column]! - columns.first[column]!;
  return columns.dilation === 1 ? { count: 1, length: taps * inChannels } : { count: taps, length: inChannels };
}

function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = geometry(node);
  const { rows, columns, inWidth, inChannels, outChannels } = w;
  const [low, high] = floatBounds(node.attributes.activation);
  const step = columns.dilation * inChannels;
  const position = (row: number, column: number, at: number): number => {
    const firstColumn = columns.first[column]!;
    const left = columns.origin[column]! + firstColumn * columns.dilation;
    const { count, length } = runs(w, column);
    for (let channel = 0; channel < outChannels; channel++) {
      let sum = bias![channel]!;
      for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
        let a = ((rows.origin[row]! + i * rows.dilation) * inWidth + left) * inChannels;
        let b = ((channel * rows.size + i) * columns.size + firstColumn) * inChannels;
        for (let run = 0; run < count; run++, a += step, b += length) {
          sum = dotF32(x!, a, weights!, b, length, sum);
        }
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
  const { bias, multipliers, shifts, inputOffset, outputOffset, low, high } = rescaleOf(node);
  const step = columns.dilation * inChannels;
  const position = (row: number, column: number, at: number): number => {
    const firstColumn = columns.first[column]!;
    const left = columns.origin[column]! + firstColumn * columns.dilation;
    const { count, length } = runs(w, column);
    for (let channel = 0; channel < outChannels; channel++) {
      let sum = bias[channel]!;
      for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
        let a = ((rows.origin[row]! + i * rows.dilation) * inWidth + left) * inChannels;
        let b = ((channel * rows.size + i) * columns.size + firstColumn) * inChannels;
        for (let run = 0; run < count; run++, a += step, b += length) {
          sum = dotInt8(x!, a, weights!, b, length, inputOffset, sum);
        }
      }
      const value = outputOffset + requantize(sum, multipliers[channel]!, shifts[channel]!);
      y[at + channel] = Math.min(high, Math.max(low, value));
    }
    return at + outChannels;
  };
  return () => everyPosition(w, position);
}

/**
 * Convolution over `[height H, width W, channel I]` with weights `(O, kh, kw, I)`; a one-dimensional convolution is
 * one of height 1. Output `[H', W', O]`.
 */
export const conv2d: OpDefinition = convolution({
  name: 'conv2d',
  header,
  channelAxis: 0,
  geometry,
  macs,
  f32: { prepare: prepareF32, unit: 'convF32', codeBytes: 358 },
  int8: { prepare: prepareInt8, unit: 'convInt8', codeBytes: 288 },
});
