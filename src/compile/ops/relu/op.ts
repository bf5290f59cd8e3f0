import { floatBounds, int8Bounds } from '../../activation.js';
import { quantizeMultiplier, REQUANTIZE_BYTES, requantize } from '../../fixed-point.js';
import type { Activation } from '../../graph.js';
import { elements, type Node, type OpDefinition } from '../../op.js';
import { quantizationOf } from '../../quantization.js';
import header from './op.h.js';

function scaling(node: Node) {
  const input = quantizationOf(node.inputs[0]!);
  const output = quantizationOf(node.output);
  return {
    inputOffset: -input.zeroPoint,
    outputOffset: output.zeroPoint,
    ...quantizeMultiplier(input.scale / output.scale),
  };
}

/** An activation that no producer could take over. */
function activation(kind: Activation): OpDefinition {
  return {
    inputs: ['activation'],
    quantization: 'calibrated',
    inPlace: true,
    activation: kind,
    shape: (node) => node.inputs[0]!.shape,
    f32: {
      prepare: (_node, [x], y) => {
        const [low, high] = floatBounds(kind);
        return () => {
          for (let i = 0; i < y.length; i++) y[i] = Math.min(high, Math.max(low, x[i]));
        };
      },
      work: (node) => ({ elementF32: elements(node.output.shape), call: 1 }),
      cpp: (node) => {
        const [low, high] = floatBounds(kind);
        const fields = [elements(node.output.shape), { float: low }, { float: high }];
        return { header, function: 'reluF32', descriptor: 'ReluF32', fields };
      },
      codeBytes: { 'nn::reluF32': 60 },
    },
    int8: {
      prepare: (node, [x], y) => {
        const { inputOffset, outputOffset, multiplier, shift } = scaling(node);
        const [low, high] = int8Bounds(node, kind);
        return () => {
          for (let i = 0; i < y.length; i++) {
            const value = outputOffset + requantize(x[i] + inputOffset, multiplier, shift);
            y[i] = Math.min(high, Math.max(low, value));
          }
        };
      },
      work: (node) => ({ elementInt8: elements(node.output.shape), call: 1 }),
      cpp: (node) => {
        const { inputOffset, outputOffset, multiplier, shift } = scaling(node);
        const factors = [inputOffset, multiplier, shift, outputOffset];
        const fields = [elements(node.output.shape), ...factors, ...int8Bounds(node, kind)];
        return { header, function: 'reluInt8', descriptor: 'ReluInt8', fields };
      },
      codeBytes: { 'nn::reluInt8': 58, ...REQUANTIZE_BYTES },
    },
  };
}

/** `max(x, 0)`. */
export const relu = activation('relu');

/** `min(max(x, 0), 6)`. */
export const relu6 = activation('relu6');
