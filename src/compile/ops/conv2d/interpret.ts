import { floatBounds } from '../../arithmetic/activation.js';
import { rescaleOf } from '../../arithmetic/rescale.js';
import { type Plane, planeOf } from '../../interpret/plane.js';
import { type Gather, innerProducts } from '../../interpret/products.js';
import { requantizer, storeF32, storeInt8, storePairs } from '../../interpret/requantizer.js';
import type { Node } from '../../op.js';
import type { Window } from '../common/window.js';
import { geometry } from './geometry.js';

/** Without dilation a whole row of the window is one run of neighbours. */
function gather({ rows, columns, inChannels }: Window, plane: Plane): Gather {
  const perRow = columns.dilation === 1 ? 1 : columns.size;
  const steps = Array.from({ length: rows.size * perRow }, (_, run) => {
    const row = Math.floor(run / perRow);
    return row * rows.dilation * plane.rowStep + (run % perRow) * columns.dilation * plane.columnStep;
  });
  const starts = Array.from(plane.rows, (row) => Array.from(plane.columns, (column) => row + column));
  return {
    values: plane.values,
    positions: Int32Array.from(starts.flat()),
    runs: Int32Array.from(steps),
    length: (columns.size / perRow) * inChannels,
  };
}

export function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const w = geometry(node);
  const plane = planeOf(w);
  const bounds = floatBounds(node.attributes.activation);
  const run = innerProducts(gather(w, plane), weights!, w.outChannels, 1, bias, (sums, from, position) => {
    storeF32(bounds, sums, from, y, position * w.outChannels, w.outChannels);
  });
  return () => {
    plane.load(x!, 0);
    run();
  };
}

export function prepareInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const w = geometry(node);
  const plane = planeOf(w);
  const { outChannels } = w;
  const perChannel = weights!.length / outChannels;
  const rescale = requantizer(rescaleOf(node), weights!, (i) => Math.floor(i / perChannel));
  const half = Math.ceil(outChannels / 2);
  const run = innerProducts(
    gather(w, plane),
    weights!,
    outChannels,
    rescale.lanes,
    undefined,
    (sums, from, position) => {
      const at = position * outChannels;
      if (rescale.lanes === 1) storeInt8(rescale, sums, from, y, at);
      else storePairs(rescale, sums, from, half, y, at, half, at + half);
    },
  );
  return () => {
    plane.load(x!, rescale.inputOffset);
    run();
  };
}
