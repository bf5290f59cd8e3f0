import type { CppFile } from '../../../cpp.js';
import { quantizeMultiplier, requantize } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import { elements, type Field, type Implementation, type Node, type OpDefinition } from '../../op.js';
import lookupHeader from './lookup.h.js';

/** A function of one stored value; what it returns is clamped to int8. */
export type Stored = (stored: number) => number;

/** The results of a function for all 256 stored values, from -128. */
function tableOf(stored: Stored): Int8Array {
  return Int8Array.from({ length: 256 }, (_, i) => Math.max(-128, Math.min(127, stored(i - 128))));
}

/** An int8 function of one value is a table of 256 bytes, made here with the reference arithmetic: one kernel for all. */
export function lookup(stored: (node: Node) => Stored): Implementation {
  return {
    prepare: (node, [x], y) => {
      const table = tableOf(stored(node));
      return () => {
        for (let i = 0; i < y.length; i++) y[i] = table[x[i] + 128]!;
      };
    },
    work: (node) => ({ elementInt8: elements(node.output.shape), call: 1 }),
    cpp: (node) => ({
      header: lookupHeader,
      function: 'lookupInt8',
      descriptor: 'LookupInt8',
      fields: [elements(node.output.shape), tableOf(stored(node))],
    }),
    codeBytes: { 'nn::lookupInt8': 28 },
  };
}

/** A function applied to every value. The kernel `<name>F32` takes the descriptor of the same name: size and `fields`. */
export function unary(u: {
  /** In camel case. */
  name: string;
  header: CppFile;
  doc: string;
  tflite: readonly string[];
  onnx: readonly string[];
  quantization: OpDefinition['quantization'];
  activation?: OpDefinition['activation'];
  real: (node: Node) => (x: number) => number;
  fields?: (node: Node) => readonly Field[];
  stored: (node: Node) => Stored;
  /** Whether every value takes an exponential. */
  exponential?: boolean;
  codeBytes: number;
}): OpDefinition {
  const { name, header, real, fields, stored, exponential, codeBytes } = u;
  return {
    doc: u.doc,
    tflite: u.tflite,
    onnx: u.onnx,
    inputs: ['activation'],
    quantization: u.quantization,
    inPlace: true,
    channels: 'keeps',
    ...(u.activation && { activation: u.activation }),
    shape: (node) => node.inputs[0]!.shape,
    f32: {
      prepare: (node, [x], y) => {
        const f = real(node);
        return () => {
          for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
        };
      },
      work: (node) => {
        const size = elements(node.output.shape);
        return { elementF32: size, ...(exponential && { exp: size }), call: 1 };
      },
      cpp: (node) => ({
        header,
        function: `${name}F32`,
        descriptor: `${name[0]!.toUpperCase()}${name.slice(1)}F32`,
        fields: [elements(node.output.shape), ...(fields?.(node) ?? [])],
      }),
      codeBytes: { [`nn::${name}F32`]: codeBytes },
    },
    int8: lookup(stored),
  };
}

/** A stored value on another scale: `MultiplyByQuantizedMultiplier` between two zero points. */
export function rescaling(node: Node): Stored {
  const input = quantizationOf(node.inputs[0]!);
  const output = quantizationOf(node.output);
  const { multiplier, shift } = quantizeMultiplier(input.scale / output.scale);
  return (stored) => output.zeroPoint + requantize(stored - input.zeroPoint, multiplier, shift);
}
