import type { CppFile } from '../../../cpp.js';
import { floatBounds, int8Bounds } from '../../arithmetic/activation.js';
import { windowSteps } from '../../kernels/product.js';
import { elements, type Node, type OpDefinition, type Steps } from '../../op.js';
import { SPAN_BYTES, type Window, windowFields, windowOf } from './window.js';

/** Geometry of a pooling operator: its channels stay apart. */
export function poolWindow(node: Node): Window {
  return windowOf(node, node.attributes.pool ?? [1, 1], node.inputs[0]!.shape[2]!);
}

/** One step per output position; a channel is stored before the next one is read. */
function poolSteps(node: Node): Steps {
  return { ...windowSteps(poolWindow(node), false), reversible: false };
}

/** Reduces one window of one channel: `a` is the index of tap (0, 0). */
export type Reduce<T> = (x: T, a: number, row: number, column: number) => number;

/** What max and average pooling share; `reduce` makes the function that folds one window. */
export function poolOp(pool: {
  doc: string;
  tflite: readonly string[];
  onnx: readonly string[];
  header: CppFile;
  /** C++ functions and descriptors by type. */
  f32: { function: string; descriptor: string; reduce: (w: Window) => Reduce<Float32Array>; codeBytes: number };
  int8: { function: string; descriptor: string; reduce: (w: Window) => Reduce<Int8Array>; codeBytes: number };
}): OpDefinition {
  const { doc, tflite, onnx, header, f32, int8 } = pool;
  const visited = (node: Node): number => elements(node.output.shape) * elements(node.attributes.pool ?? [1, 1]);
  return {
    doc,
    tflite,
    onnx,
    inputs: ['activation'],
    quantization: 'as input',
    channels: 'keeps',
    fuses: true,
    shape: (node) => {
      const { outHeight, outWidth, outChannels } = poolWindow(node);
      return [outHeight, outWidth, outChannels];
    },
    f32: {
      prepare: (node, [x], y) =>
        slide(node, f32.reduce(poolWindow(node)), floatBounds(node.attributes.activation), x, y),
      work: (node) => ({ elementF32: visited(node), call: 1 }),
      cpp: (node) => {
        const [low, high] = floatBounds(node.attributes.activation);
        const fields = [windowFields(poolWindow(node)), { float: low }, { float: high }];
        return { header, function: f32.function, descriptor: f32.descriptor, fields };
      },
      steps: poolSteps,
      codeBytes: { [`nn::${f32.function}`]: f32.codeBytes, ...SPAN_BYTES },
    },
    int8: {
      prepare: (node, [x], y) => slide(node, int8.reduce(poolWindow(node)), int8Bounds(node), x, y),
      work: (node) => ({ elementInt8: visited(node), call: 1 }),
      cpp: (node) => {
        const fields = [windowFields(poolWindow(node)), ...int8Bounds(node)];
        return { header, function: int8.function, descriptor: int8.descriptor, fields };
      },
      steps: poolSteps,
      codeBytes: { [`nn::${int8.function}`]: int8.codeBytes, ...SPAN_BYTES },
    },
  };
}

function slide<T extends Float32Array | Int8Array>(
  node: Node,
  reduce: Reduce<T>,
  [low, high]: readonly [number, number],
  x: T,
  y: T,
): () => void {
  const { rows, columns, inWidth, inChannels, outHeight, outWidth } = poolWindow(node);
  return () => {
    let at = 0;
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const from = (rows.origin[row]! * inWidth + columns.origin[column]!) * inChannels;
        for (let channel = 0; channel < inChannels; channel++) {
          const value = reduce(x, from + channel, row, column);
          y[at++] = Math.min(high, Math.max(low, value));
        }
      }
    }
  };
}
