import { rescaledWork } from '../../arithmetic/rescale.js';
import {
  type Product,
  policyOf,
  productF32Fields,
  productFields,
  rowKindOf,
  SCALER_BYTES,
  STORE_BYTES,
} from '../../kernels/product.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import { rescaleOfDense, sizes } from './geometry.js';
import { prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

function macs(node: Node): number {
  return elements(node.inputs[1]!.shape);
}

function productOf(node: Node): Product {
  const { inputs, outputs } = sizes(node);
  const weights = node.inputs[1]!.data as Int8Array;
  return { channels: outputs, depth: inputs, weights, rescale: rescaleOfDense(node) };
}
const ROW_BYTES = {
  paired: { 'nn::row': 352, ...SCALER_BYTES },
  wide: { 'nn::row<Wide>': 352, ...SCALER_BYTES },
  plain: { 'nn::row<Plain>': 300 },
} as const;

/** Fully connected layer: a vector `[I]` and weights `(O, I)` give `[O]`. */
export const dense: OpDefinition = {
  doc: 'Fully connected layer: a vector [I], weights (O, I) and bias give [O].',
  tflite: ['FULLY_CONNECTED'],
  onnx: ['Gemm', 'MatMul'],
  inputs: ['activation', 'constant', 'constant'],
  quantization: 'calibrated',
  channelAxis: 0,
  channels: 'mixes',
  fuses: true,
  macs,
  shape: (node) => [sizes(node).outputs],
  f32: {
    prepare: prepareF32,
    work: (node) => ({ denseF32: macs(node), call: 1 }),
    cpp: (node) => {
      const { inputs, outputs } = sizes(node);
      const fields = productF32Fields(node, outputs, inputs);
      return { header, function: 'denseF32', descriptor: 'ProductF32', fields };
    },
    codeBytes: { 'nn::denseF32': 92, 'nn::rowTileF32': 102, ...STORE_BYTES },
  },
  int8: {
    prepare: prepareInt8,
    work: (node) => rescaledWork(node, { denseInt8: macs(node) }),
    cpp: (node, choice) => {
      const product = productOf(node);
      const kind = rowKindOf(product);
      const kernel = `denseInt8<${policyOf(kind, choice)}>`;
      return { header, function: kernel, descriptor: 'Product', fields: productFields(product, kind) };
    },
    codeBytes: (node) => ROW_BYTES[rowKindOf(productOf(node))],
  },
};
