import { dequantizeValues, quantizationOf, quantizeValues } from '../../arithmetic/quantization.js';
import type { Tensor } from '../../graph.js';
import { elements, type Field, type OpDefinition } from '../../op.js';
import { lookup, rescaling } from '../common/unary.js';
import header from './op.h.js';

/** The members of struct `Quantization` in `op.h`. */
export function quantizationFields(tensor: Tensor): readonly Field[] {
  const { scale, zeroPoint } = quantizationOf(tensor);
  return [elements(tensor.shape), { float: scale }, zeroPoint];
}

/** float32 to int8, or int8 to another scale: `reference/requantize.h` of TensorFlow Lite. */
export const quantize: OpDefinition = {
  doc: 'float32 to int8, or int8 to another scale and zero point; one scale for the tensor.',
  tflite: ['QUANTIZE'],
  onnx: ['QuantizeLinear'],
  inputs: ['activation'],
  quantization: 'calibrated',
  outputDtype: 'int8',
  inPlace: true,
  channels: 'keeps',
  shape: (node) => node.inputs[0]!.shape,
  f32: {
    prepare: (node, [x], y) => {
      const { scale, zeroPoint } = quantizationOf(node.output);
      return () => quantizeValues(x, y, scale, zeroPoint);
    },
    work: (node) => ({ elementF32: elements(node.output.shape), div: elements(node.output.shape), call: 1 }),
    cpp: (node) => ({
      header,
      function: 'quantize',
      descriptor: 'Quantization',
      fields: quantizationFields(node.output),
    }),
    codeBytes: { 'nn::quantize': 152 },
  },
  int8: lookup(rescaling),
};

/** int8 to float32. */
export const dequantize: OpDefinition = {
  doc: 'int8 to float32; one scale for the tensor.',
  tflite: ['DEQUANTIZE'],
  onnx: ['DequantizeLinear'],
  inputs: ['activation'],
  quantization: 'calibrated',
  outputDtype: 'f32',
  inPlace: true,
  shape: (node) => node.inputs[0]!.shape,
  int8: {
    prepare: (node, [x], y) => {
      const { scale, zeroPoint } = quantizationOf(node.inputs[0]!);
      return () => dequantizeValues(x, y, scale, zeroPoint);
    },
    work: (node) => ({ elementF32: elements(node.output.shape), call: 1 }),
    cpp: (node) => ({
      header,
      function: 'dequantize',
      descriptor: 'Quantization',
      fields: quantizationFields(node.inputs[0]!),
    }),
    codeBytes: { 'nn::dequantize': 42 },
  },
};
