/**
 * The kernels with weights as plain loops over the definition: what the tiled ones must equal, and what the bench
 * compares them with.
 */
import { floatBounds } from '../arithmetic/activation.js';
import { requantize } from '../arithmetic/fixed-point.js';
import { rescaleOf } from '../arithmetic/rescale.js';
import { nodeOf } from '../check.js';
import type { Graph, OpKind, TensorData } from '../graph.js';
import { type Binding, implementationOf } from '../interpret/interpreter.js';
import { type Implementation, type Node, valuesOf } from '../op.js';
import type { Window } from '../ops/common/window.js';
import { geometry as convGeometry } from '../ops/conv2d/geometry.js';
import { rescaleOfDense, sizes } from '../ops/dense/geometry.js';
import { geometry as depthwiseGeometry } from '../ops/depthwise-conv2d/geometry.js';

/** `sum` plus the products of `length` neighbours from `a` in `x` and from `b` in `w`, in double. */
function dotF32(x: Float32Array, a: number, w: Float32Array, b: number, length: number, sum: number): number {
  let total = sum;
  for (let i = a, j = b, end = a + length; i < end; i++, j++) total += x[i]! * w[j]!;
  return total;
}

/** The same in int32, with `offset` added to every value of `x`. */
function dotInt8(
  x: Int8Array,
  a: number,
  w: Int8Array,
  b: number,
  length: number,
  offset: number,
  sum: number,
): number {
  let total = sum;
  for (let i = a, j = b, end = a + length; i < end; i++, j++) total = (total + Math.imul(x[i]! + offset, w[j]!)) | 0;
  return total;
}

/** `sum` plus `count` products, `stepX` apart in `x` and `stepW` apart in `w`. */
function stridedF32(
  x: Float32Array,
  a: number,
  stepX: number,
  w: Float32Array,
  b: number,
  stepW: number,
  count: number,
  sum: number,
): number {
  let total = sum;
  for (let k = 0, i = a, j = b; k < count; k++, i += stepX, j += stepW) total += x[i]! * w[j]!;
  return total;
}

/** The same in int32, with `offset` added to every value of `x`. */
function stridedInt8(
  x: Int8Array,
  a: number,
  stepX: number,
  w: Int8Array,
  b: number,
  stepW: number,
  count: number,
  offset: number,
  sum: number,
): number {
  let total = sum;
  for (let k = 0, i = a, j = b; k < count; k++, i += stepX, j += stepW) {
    total = (total + Math.imul(x[i]! + offset, w[j]!)) | 0;
  }
  return total;
}

/** Calls `position` for every output position in row-major order; it returns where the next one is stored. */
function everyPosition(w: Window, position: (row: number, column: number, at: number) => number): void {
  let at = 0;
  for (let row = 0; row < w.outHeight; row++) {
    for (let column = 0; column < w.outWidth; column++) at = position(row, column, at);
  }
}

/** Runs of neighbouring products: without dilation a whole row of the window is one run. */
function runs({ columns, inChannels }: Window, column: number): { count: number; length: number } {
  const taps = columns.end[column]! - columns.first[column]!;
  return columns.dilation === 1 ? { count: 1, length: taps * inChannels } : { count: taps, length: inChannels };
}

function conv2dF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = convGeometry(node);
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

function conv2dInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const w = convGeometry(node);
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

function depthwiseF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = depthwiseGeometry(node);
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

function depthwiseInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const w = depthwiseGeometry(node);
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

function denseF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const { inputs, outputs } = sizes(node);
  const [low, high] = floatBounds(node.attributes.activation);
  return () => {
    for (let output = 0, at = 0; output < outputs; output++, at += inputs) {
      const sum = dotF32(x!, 0, weights!, at, inputs, bias![output]!);
      y[output] = Math.min(high, Math.max(low, sum));
    }
  };
}

function denseInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const { inputs, outputs } = sizes(node);
  const { bias, multipliers, shifts, inputOffset, outputOffset, low, high } = rescaleOfDense(node);
  return () => {
    for (let output = 0, at = 0; output < outputs; output++, at += inputs) {
      const sum = dotInt8(x!, 0, weights!, at, inputs, inputOffset, bias[output]!);
      const value = outputOffset + requantize(sum, multipliers[output]!, shifts[output]!);
      y[output] = Math.min(high, Math.max(low, value));
    }
  };
}

const NAIVE: Partial<Record<OpKind, { f32: Implementation['prepare']; int8: Implementation['prepare'] }>> = {
  conv2d: { f32: conv2dF32, int8: conv2dInt8 },
  depthwiseConv2d: { f32: depthwiseF32, int8: depthwiseInt8 },
  dense: { f32: denseF32, int8: denseInt8 },
};

/** `bindGraph` with the plain kernels. */
export function bindNaive(graph: Graph): Binding {
  const values: TensorData[] = graph.tensors.map((tensor) => tensor.data ?? valuesOf(tensor));
  const steps = graph.ops.map((op) => {
    const implementation = implementationOf(graph, op);
    if (!implementation) values[op.output] = values[op.inputs[0]!]!;
    const dtype = graph.tensors[op.inputs[0]!]!.dtype === 'f32' ? 'f32' : 'int8';
    const prepare = NAIVE[op.kind]?.[dtype] ?? implementation?.prepare ?? (() => () => {});
    const inputs = op.inputs.map((i) => values[i]!);
    return prepare(nodeOf(graph, op), inputs, values[op.output]!);
  });
  return { values, steps };
}
