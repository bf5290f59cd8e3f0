import { floatBounds } from '../../arithmetic/activation.js';
import { type Gather, innerProducts } from '../../interpret/products.js';
import { requantizer, storeF32, storeInt8, storePairs } from '../../interpret/requantizer.js';
import type { Node } from '../../op.js';
import { rescaleOfDense, sizes } from './geometry.js';

/** One position, one run: the whole input. */
function gather(length: number): Gather {
  return { values: new Float64Array(length), positions: Int32Array.of(0), runs: Int32Array.of(0), length };
}

export function prepareF32(node: Node, [x, weights, bias]: Float32Array[], y: Float32Array): () => void {
  const { inputs, outputs } = sizes(node);
  const bounds = floatBounds(node.attributes.activation);
  const input = gather(inputs);
  const run = innerProducts(input, weights!, outputs, 1, bias, (sums, from) => {
    storeF32(bounds, sums, from, y, 0, outputs);
  });
  return () => {
    input.values.set(x!);
    run();
  };
}

export function prepareInt8(node: Node, [x, weights]: Int8Array[], y: Int8Array): () => void {
  const { inputs, outputs } = sizes(node);
  const rescale = requantizer(rescaleOfDense(node), weights!, (i) => Math.floor(i / inputs));
  const input = gather(inputs);
  const half = Math.ceil(outputs / 2);
  const run = innerProducts(input, weights!, outputs, rescale.lanes, undefined, (sums, from) => {
    if (rescale.lanes === 1) storeInt8(rescale, sums, from, y, 0);
    else storePairs(rescale, sums, from, half, y, 0, half, half);
  });
  return () => {
    for (let i = 0; i < inputs; i++) input.values[i] = x![i]! + rescale.inputOffset;
    run();
  };
}
