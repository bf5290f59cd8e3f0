import type { Pads } from '../../graph.js';
import { type Field, type Node, refuseShape } from '../../op.js';

/**
 * The geometry of an operator that slides a window over `[height, width, channel]`. Padding "same" is TensorFlow's:
 * `ceil(in / stride)` outputs, with the smaller half of the padding on top and left.
 */
export interface Window {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly rows: Taps;
  readonly columns: Taps;
}

/** One dimension of a window: `size` taps, `dilation` apart, moved by `stride`. */
export interface Taps {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** For each output position: input position of tap 0, which may be negative. */
  readonly origin: Int32Array;
  /** First tap inside of the input, and one past the last. */
  readonly first: Int32Array;
  readonly end: Int32Array;
}

/** Shape arithmetic of a window of `kernel` taps `[vertical, horizontal]` over a node's first input. */
export function windowOf(node: Node, kernel: readonly [number, number], outChannels: number): Window {
  const { shape } = node.inputs[0]!;
  if (shape.length !== 3) refuseShape(node, `an input of shape [${shape.join(', ')}]`, '[height, width, channel]');
  const [inHeight, inWidth, inChannels] = shape as [number, number, number];
  const rows = taps(node, 0, inHeight, kernel[0]);
  const columns = taps(node, 1, inWidth, kernel[1]);
  const outHeight = rows.origin.length;
  const outWidth = columns.origin.length;
  return { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, rows, columns };
}

function taps(node: Node, dimension: 0 | 1, input: number, size: number): Taps {
  const { padding: mode = 'valid', strides = [1, 1], dilations = [1, 1] } = node.attributes;
  const stride = strides[dimension];
  const dilation = dilations[dimension];
  for (const [what, value] of Object.entries({ stride, dilation, 'window size': size })) {
    if (!Number.isInteger(value) || value < 1)
      refuseShape(node, `a ${what} of ${value}`, 'a whole number of at least 1');
  }
  const extent = (size - 1) * dilation + 1;
  const total = (Math.ceil(input / stride) - 1) * stride + extent - input;
  const [padding, after] = mode === 'same' ? halves(total) : given(node, mode, dimension, extent);
  const count = Math.floor((input + padding + after - extent) / stride) + 1;
  if (count < 1) refuseShape(node, `a window of ${extent} over ${input} values`, 'a window no larger than its input');
  const origin = Int32Array.from({ length: count }, (_, i) => i * stride - padding);
  const first = origin.map((o) => Math.min(size, Math.max(0, Math.ceil(-o / dilation))));
  const end = origin.map((o, i) => Math.max(first[i]!, Math.min(size, Math.ceil((input - o) / dilation))));
  return { size, stride, dilation, padding, origin, first, end };
}

/** The smaller half first. */
function halves(total: number): [before: number, after: number] {
  const padding = Math.max(total, 0);
  return [padding >> 1, padding - (padding >> 1)];
}

function given(node: Node, pads: 'valid' | Pads, dimension: 0 | 1, extent: number): [before: number, after: number] {
  if (typeof pads !== 'object' || pads === null) return [0, 0];
  const sides: [number, number] = dimension === 0 ? [pads.top, pads.bottom] : [pads.left, pads.right];
  for (const side of sides) {
    const fits = Number.isInteger(side) && side >= 0 && side < extent;
    if (!fits) refuseShape(node, `a padding of ${side}`, `a whole number below the window's ${extent}`);
  }
  return sides;
}

/** The padding around a node's input as numbers, when its window has `kernel` taps. */
export function padsOf(node: Node, kernel: readonly [number, number]): Pads {
  const { rows, columns, inHeight, inWidth } = windowOf(node, kernel, 1);
  const after = ({ origin, size, dilation }: Taps, input: number): number =>
    Math.max(0, origin.at(-1)! + (size - 1) * dilation + 1 - input);
  return { top: rows.padding, bottom: after(rows, inHeight), left: columns.padding, right: after(columns, inWidth) };
}

/** Machine code of `spanAt`, which all kernels with a window share. */
export const SPAN_BYTES = { 'nn::spanAt': 86 } as const;

/** The members of struct `Window` in `window.h`. */
export function windowFields(w: Window): readonly Field[] {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, rows, columns } = w;
  const dimensions = [rows, columns].map((t) => [t.size, t.stride, t.dilation, t.padding]);
  return [inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, ...dimensions];
}
