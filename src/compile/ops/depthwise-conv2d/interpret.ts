import { floatBounds } from '../../arithmetic/activation.js';
import { rescaleOf } from '../../arithmetic/rescale.js';
import { addTaps } from '../../interpret/dot.js';
import { packNeighbours } from '../../interpret/lanes.js';
import { planeOf } from '../../interpret/plane.js';
import { requantizer, storeF32, storeInt8, storePairs } from '../../interpret/requantizer.js';
import type { Node } from '../../op.js';
import type { Window } from '../common/window.js';
import { geometry } from './geometry.js';

/** Taps of a row that are added at once; rows are filled up with weights of 0. */
const GROUP = 3;

/**
 * Slides the window over every position and hands its sums, one per channel, to `store`. With two lanes a value of the
 * plane also holds the one a stride to the right, so that one pass makes the sums of two neighbours; `more` tells
 * whether there is a second one.
 */
function slide(
  w: Window,
  weights: Float32Array | Int8Array,
  lanes: 1 | 2,
  bias: Float32Array | undefined,
  store: (sums: Float64Array, position: number, more: boolean) => void,
): (x: Float32Array | Int8Array, offset: number) => void {
  const { rows, columns, outWidth, outChannels } = w;
  const size = Math.ceil(columns.size / GROUP) * GROUP;
  const plane = planeOf(w, outChannels / w.inChannels, size);
  const table = new Float64Array(rows.size * size * outChannels);
  for (let row = 0; row < rows.size; row++) {
    const length = columns.size * outChannels;
    table.set(weights.subarray(row * length, (row + 1) * length), row * size * outChannels);
  }
  const start = new Float64Array(outChannels);
  if (bias) start.set(bias);
  const sums = new Float64Array(outChannels);
  const tapStep = columns.dilation * outChannels;
  const sumUp = (first: number): void => {
    let from = start;
    for (let i = 0; i < rows.size; i++) {
      for (let j = 0; j < size; j += GROUP) {
        const a = first + i * rows.dilation * plane.rowStep + j * tapStep;
        addTaps(plane.values, a, tapStep, table, (i * size + j) * outChannels, outChannels, from, sums);
        from = sums;
      }
    }
  };
  return (x, offset) => {
    if (lanes === 2) plane.values.fill(0);
    plane.load(x, offset);
    if (lanes === 2) packNeighbours(plane.values, columns.stride * outChannels);
    for (let row = 0; row < w.outHeight; row++) {
      for (let column = 0; column < outWidth; column += lanes) {
        sumUp(plane.rows[row]! + plane.columns[column]!);
        store(sums, row * outWidth + column, column + 1 < outWidth);
      }
    }
  };
}

export function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = geometry(node);
  const bounds = floatBounds(node.attributes.activation);
  const run = slide(w, weights!, 1, bias, (sums, position) => {
    storeF32(bounds, sums, 0, y, position * w.outChannels, w.outChannels);
  });
  return () => run(x!, 0);
}

export function prepareInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const w = geometry(node);
  const { outChannels } = w;
  const rescale = requantizer(rescaleOf(node), weights!, (i) => i % outChannels);
  const run = slide(w, weights!, rescale.lanes, undefined, (sums, position, more) => {
    const at = position * outChannels;
    if (rescale.lanes === 1) storeInt8(rescale, sums, 0, y, at);
    else storePairs(rescale, sums, 0, outChannels, y, at, more ? 0 : outChannels, at + outChannels);
  });
  return () => run(x!, rescale.inputOffset);
}
