import { floatBounds } from '../../arithmetic/activation.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import { rescaleOf } from '../../arithmetic/rescale.js';
import {
  depthwiseFields,
  depthwisePolicyOf,
  isDepthwisePlain,
  type Product,
  SCALER_BYTES,
  windowSteps,
} from '../../kernels/product.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import { convolution } from '../common/convolution.js';
import { type Window, windowFields } from '../common/window.js';
import { geometry } from './geometry.js';
import { prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

function tapsOf(node: Node): number {
  const [, height, width] = node.inputs[1]!.shape as [number, number, number];
  return height * width;
}

function macs(node: Node): number {
  return elements(node.output.shape) * tapsOf(node);
}

function multiplierOf(node: Node): number {
  return node.output.shape[2]! / node.inputs[0]!.shape[2]!;
}

/** The weights with the taps of a channel next to each other. */
function productOf(node: Node): Product {
  const [channels, depth] = [node.output.shape[2]!, tapsOf(node)];
  const stored = node.inputs[1]!.data as Int8Array;
  const weights = Int8Array.from(stored, (_, i) => stored[(i % depth) * channels + Math.floor(i / depth)]!);
  return { channels, depth, weights, rescale: rescaleOf(node) };
}

/** Pointers to the taps, of up to 8 bytes each, and one position outside of the input. */
function scratchBytes(node: Node, elementBytes: number): number {
  return 8 * (tapsOf(node) + (tapsOf(node) % 2)) + elementBytes * node.inputs[0]!.shape[2]!;
}

/** The float kernel finds its places by a quotient and a remainder; the compiler makes shifts of a power of 2. */
function placesBytes({ outHeight, outWidth }: Window): Readonly<Record<string, number>> {
  const isShift = outHeight === 1 || Number.isInteger(Math.log2(outWidth));
  return isShift ? { 'nn::placesShifted': 8 } : { 'nn::placesDivided': 8 };
}

/**
 * Depthwise convolution: every channel of `[height H, width W, channel I]` has `multiplier` filters of its own.
 * Weights `(1, kh, kw, O)` with O = I * multiplier. Output `[H', W', O]`.
 */
export const depthwiseConv2d: OpDefinition = convolution({
  doc: 'Filters for every channel apart over [height, width, channel], any multiplier, strides and dilations; padding same, valid or per side.',
  tflite: ['DEPTHWISE_CONV_2D'],
  onnx: ['Conv'],
  header,
  channelAxis: 3,
  channels: 'keeps',
  geometry,
  macs,
  windowSize: tapsOf,
  f32: {
    prepare: prepareF32,
    unit: 'depthwiseF32',
    call: (node, { reverse }) => {
      const [low, high] = floatBounds(node.attributes.activation);
      const [weights, bias] = [node.inputs[1]!.data!, node.inputs[2]!.data!];
      const factors = [weights, bias, { float: low }, { float: high }];
      const fields = [windowFields(geometry(node)), multiplierOf(node), ...factors, Number(reverse)];
      return { function: 'depthwiseConv2dF32', descriptor: 'DepthwiseConv2dF32', fields };
    },
    scratchBytes: (node) => scratchBytes(node, 4),
    steps: (node) => windowSteps(geometry(node), false),
    codeBytes: (node) => ({ 'nn::depthwiseConv2dF32': 553, ...placesBytes(geometry(node)) }),
  },
  int8: {
    prepare: prepareInt8,
    unit: 'depthwiseInt8',
    call: (node, choice) => {
      const multiplier = multiplierOf(node);
      const { zeroPoint } = quantizationOf(node.inputs[0]!);
      const product = productOf(node);
      const fields = [windowFields(geometry(node)), depthwiseFields(product, multiplier), zeroPoint];
      return {
        function: `depthwiseConv2dInt8<${depthwisePolicyOf(product, multiplier, choice)}>`,
        descriptor: 'DepthwiseConv2dInt8',
        fields: [...fields, Number(choice.reverse)],
      };
    },
    scratchBytes: (node) => scratchBytes(node, 1),
    steps: (node) => windowSteps(geometry(node), false),
    codeBytes: (node) => {
      const taps = { 'nn::pointTaps': 290, ...SCALER_BYTES };
      return isDepthwisePlain(productOf(node), multiplierOf(node))
        ? { 'nn::depthwiseConv2dInt8<Plain>': 600, ...taps }
        : { 'nn::depthwiseConv2dInt8': 835, ...taps };
    },
  },
});
