import { quantizationOf } from '../../arithmetic/quantization.js';
import { rescaleOf } from '../../arithmetic/rescale.js';
import {
  columnsBytes,
  kindOf,
  type Product,
  policyOf,
  productF32Fields,
  productFields,
  SCALER_BYTES,
  STORE_BYTES,
  windowSteps,
} from '../../kernels/product.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import { convolution } from '../common/convolution.js';
import { type Window, windowFields } from '../common/window.js';
import { geometry } from './geometry.js';
import { prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

function depthOf(node: Node): number {
  return elements(node.inputs[1]!.shape.slice(1));
}

function macs(node: Node): number {
  return elements(node.output.shape) * depthOf(node);
}

function productOf(node: Node): Product {
  const weights = node.inputs[1]!.data as Int8Array;
  return { channels: node.output.shape[2]!, depth: depthOf(node), weights, rescale: rescaleOf(node) };
}

/** As `isPointwise` in `op.h`: columns come from the input without a detour. */
function isPointwise({ rows, columns }: Window): boolean {
  return rows.size * columns.size === 1 && rows.padding === 0 && columns.padding === 0;
}

/**
 * Convolution over `[height H, width W, channel I]` with weights `(O, kh, kw, I)`; a one-dimensional convolution is
 * one of height 1. Output `[H', W', O]`.
 */
export const conv2d: OpDefinition = convolution({
  doc: 'Convolution over [height, width, channel] with weights (O, kh, kw, I) and bias; any strides and dilations, padding same, valid or per side.',
  tflite: ['CONV_2D'],
  onnx: ['Conv', 'MatMul'],
  header,
  channelAxis: 0,
  channels: 'mixes',
  geometry,
  macs,
  windowSize: depthOf,
  f32: {
    prepare: prepareF32,
    unit: 'convF32',
    call: (node, { reverse }) => {
      const w = geometry(node);
      const fields = [windowFields(w), productF32Fields(node, w.outChannels, depthOf(node)), Number(reverse)];
      return { function: 'conv2dF32', descriptor: 'Conv2dF32', fields };
    },
    scratchBytes: (node) => 16 * depthOf(node),
    steps: (node) => windowSteps(geometry(node), true),
    codeBytes: { 'nn::conv2dF32': 533, 'nn::tileF32': 270, ...STORE_BYTES },
  },
  int8: {
    prepare: prepareInt8,
    unit: 'convInt8',
    call: (node, choice) => {
      const product = productOf(node);
      const kind = kindOf(product);
      const { zeroPoint } = quantizationOf(node.inputs[0]!);
      const fields = [windowFields(geometry(node)), productFields(product, kind), zeroPoint, Number(choice.reverse)];
      return { function: `conv2dInt8<${policyOf(kind, choice)}>`, descriptor: 'Conv2dInt8', fields };
    },
    scratchBytes: (node) => columnsBytes(depthOf(node), isPointwise(geometry(node))),
    steps: (node) => windowSteps(geometry(node), true),
    codeBytes: (node) =>
      kindOf(productOf(node)) === 'plain'
        ? { 'nn::conv2dInt8<Plain>': 900 }
        : { 'nn::conv2dInt8': 1608, ...SCALER_BYTES },
  },
});
