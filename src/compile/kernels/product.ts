import { floatBounds } from '../arithmetic/activation.js';
import { requantize } from '../arithmetic/fixed-point.js';
import { type Rescale, rescaleFields } from '../arithmetic/rescale.js';
import type { Choice, Field, Node, PackedTable, Steps } from '../op.js';
import type { Window } from '../ops/common/window.js';

/** Weights of a matrix product: `channels` rows of `depth`. */
export interface Matrix {
  readonly channels: number;
  readonly depth: number;
  readonly weights: Int8Array;
}

/** How the weights of a matrix product are stored and multiplied. */
export interface Product extends Matrix {
  readonly rescale: Rescale;
}

/** Machine code that kernels share, for Cortex-M4F at -Os: rescaling a channel, and storing a float32 tile. */
export const SCALER_BYTES = { 'nn::Scaler': 118 } as const;
export const STORE_BYTES = { 'nn::storeF32': 86 } as const;

const BLOCK = 4;
const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;

/** Calls `set` for every place of a table of `rows` x `columns` in blocks of four rows, columns running faster. */
function inBlocks(
  rows: number,
  columns: number,
  width: number,
  set: (row: number, column: number) => number,
): number[] {
  const values: number[] = [];
  for (let row = 0; row < roundUp(rows, BLOCK); row += BLOCK) {
    for (let column = 0; column < roundUp(columns, width); column += width) {
      for (let r = row; r < row + BLOCK; r++) {
        for (let c = column; c < column + width; c++) values.push(r < rows && c < columns ? set(r, c) : 0);
      }
    }
  }
  return values;
}

/**
 * The same outputs from ordinary numbers. Channels that training has switched off come without weights, with a bias
 * near the end of int32 and a scale next to nothing; their constant output `v` is rescaled from `4 * (v - zero point)`.
 */
function settle(product: Product): Product {
  const { depth, weights, rescale: r } = product;
  const [bias, multipliers, shifts] = [r.bias.slice(), r.multipliers.slice(), r.shifts.slice()];
  bias.forEach((accumulator, channel) => {
    if (multipliers[channel] === 0) shifts[channel] = -1;
    if (shifts[channel]! < 0 && shifts[channel]! >= -22 && Math.abs(accumulator) < 2 ** 29) return;
    if (weights.subarray(channel * depth, (channel + 1) * depth).some((w) => w !== 0)) return;
    const value = requantize(accumulator, r.multipliers[channel]!, r.shifts[channel]!) + r.outputOffset;
    bias[channel] = 4 * (Math.max(r.low, Math.min(r.high, value)) - r.outputOffset);
    multipliers[channel] = 2 ** 30;
    shifts[channel] = -1;
  });
  return { ...product, rescale: { ...r, bias, multipliers, shifts } };
}

/** Whether fast kernels can rescale: they double accumulators and shift right by 1 to 22. */
function isRescalable(product: Product): boolean {
  const { depth, weights, rescale } = product;
  return foldedBias(product).every((bias, channel) => {
    const shift = rescale.shifts[channel]!;
    const row = weights.subarray(channel * depth, (channel + 1) * depth);
    return shift >= -22 && shift <= -1 && largestSum(row) + Math.abs(bias) < 2 ** 30;
  });
}

/** Largest magnitude of a sum of stored values times weights. */
function largestSum(row: Int8Array): number {
  return row.reduce((sum, w) => sum + 128 * Math.abs(w), 0);
}

/** Whether weights can be stored for two channels to be multiplied at once, and what comes of it be rescaled. */
function isPackable(product: Product): boolean {
  return !product.weights.includes(-128) && isRescalable(product);
}

/** The same of every channel. */
export function largestSums({ weights, depth, channels }: Matrix): number[] {
  return Array.from({ length: channels }, (_, c) => largestSum(weights.subarray(c * depth, (c + 1) * depth)));
}

/** Whether the sum of a channel may be too large to be kept beside another's: 2^23 or more. */
function isWide(matrix: Matrix): boolean {
  return largestSums(matrix).some((sum) => sum >= 2 ** 23);
}

function foldedBias(product: Product): Int32Array {
  return biasWith(product.rescale.inputOffset, product, product.rescale.bias);
}

/** Bias with the zero point of the input folded in, so that kernels multiply stored values as they are. */
export function biasWith(inputOffset: number, { weights, depth }: Matrix, bias: Int32Array): Int32Array {
  return bias.map((value, channel) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += weights[channel * depth + k]!;
    return value + inputOffset * sum;
  });
}

/**
 * Which kernels give the bits of the reference: those that keep two sums at once; for single columns, those that take
 * such sums apart in time; or the policy for what fast kernels refuse.
 */
export type ProductKind = 'paired' | 'wide' | 'plain';

/** The kind of a product with many columns, as a convolution's. */
export function kindOf(product: Product): ProductKind {
  return rowKindOf(product) === 'paired' ? 'paired' : 'plain';
}

/** The kind of a product with a single column. */
export function rowKindOf(product: Product): ProductKind {
  const settled = settle(product);
  if (!isPackable(settled)) return 'plain';
  return isWide(settled) ? 'wide' : 'paired';
}

/** The policy that runs a product of a kind, as a C++ type. */
export function policyOf(kind: ProductKind, { optimize }: Choice): string {
  if (kind === 'plain') return 'impulsekit::nn::Plain';
  return `impulsekit::nn::${optimize === 'size' ? 'Small' : 'Fast'}${kind === 'wide' ? 'Wide' : ''}`;
}

/** As {@link isPlain}, for depthwise products. */
export function isDepthwisePlain(product: Product, multiplier: number): boolean {
  return multiplier > 1 || !isRescalable(settle(product));
}

/** The policy that runs a depthwise product, as a C++ type. */
export function depthwisePolicyOf(product: Product, multiplier: number, choice: Choice): string {
  return policyOf(isDepthwisePlain(product, multiplier) ? 'plain' : 'paired', choice);
}

/** The kind of a product of which only sums are asked, on a single column. */
export function sumsKindOf(matrix: Matrix): ProductKind {
  return matrix.weights.includes(-128) || isWide(matrix) ? 'plain' : 'paired';
}

/** The members of struct `Product` in `portable.h`, for kernels of a kind. */
export function productFields(of: Product, kind: ProductKind): readonly Field[] {
  const product = settle(of);
  const { depth, channels, rescale } = product;
  return [depth, channels, weightsTable(product, kind), rescaleFields(rescale, foldedBias(product))];
}

/** Weights in the order in which kernels of a kind read them. */
export function weightsTable({ weights, depth, channels }: Matrix, kind: ProductKind): PackedTable {
  const values = inBlocks(channels, depth, BLOCK, (channel, k) => weights[channel * depth + k]!);
  const macro = kind === 'plain' ? 'IMPULSEKIT_WEIGHTS_PLAIN' : 'IMPULSEKIT_WEIGHTS';
  return { macro, group: BLOCK * BLOCK, values: Int8Array.from(values) };
}

/** The members of struct `DepthwiseProduct`; `weights` has a row of `depth` taps per channel. */
export function depthwiseFields(of: Product, multiplier: number): readonly Field[] {
  const product = settle(of);
  const { weights, depth, channels, rescale } = product;
  const taps = roundUp(depth, 2);
  const values: number[] = [];
  for (let channel = 0; channel < channels; channel += BLOCK) {
    for (let tap = 0; tap < taps; tap++) {
      for (let c = channel; c < channel + BLOCK; c++) {
        values.push(c < channels && tap < depth ? weights[c * depth + tap]! : 0);
      }
    }
  }
  const macro = isDepthwisePlain(product, multiplier) ? 'IMPULSEKIT_TAPS_PLAIN' : 'IMPULSEKIT_TAPS';
  const table: PackedTable = { macro, group: 2 * BLOCK, values: Int8Array.from(values) };
  return [taps, channels, multiplier, table, rescaleFields(rescale, foldedBias(product))];
}

/** The members of struct `ProductF32` in `float.h`, for the weights and the bias of a node. */
export function productF32Fields(node: Node, channels: number, depth: number): readonly Field[] {
  const [weights, bias] = [node.inputs[1]!.data as Float32Array, node.inputs[2]!.data as Float32Array];
  return matrixF32Fields({ weights, channels, depth }, bias, floatBounds(node.attributes.activation));
}

/** The same for any weights: `channels` rows of `depth`. */
export function matrixF32Fields(
  { weights, channels, depth }: { readonly weights: Float32Array; readonly channels: number; readonly depth: number },
  bias: Float32Array,
  [low, high] = floatBounds(),
): readonly Field[] {
  const table = new Float32Array(roundUp(channels, BLOCK) * depth);
  for (let channel = 0; channel < channels; channel++) {
    const block = channel - (channel % BLOCK);
    for (let k = 0; k < depth; k++) {
      table[block * depth + k * BLOCK + (channel % BLOCK)] = weights[channel * depth + k]!;
    }
  }
  return [depth, channels, table, bias, { float: low }, { float: high }];
}

/** Working memory of a product: up to four columns of bytes, or two of 16 bits and one of bytes. */
export function columnsBytes(depth: number, pointwise: boolean): number {
  return (pointwise ? 4 : 5) * roundUp(depth, BLOCK);
}

/** The steps of a kernel that slides a window: one per output position, in row-major order. */
export function windowSteps(w: Window, buffered: boolean): Steps {
  const count = w.outHeight * w.outWidth;
  const [readFirst, readEnd] = [new Int32Array(count), new Int32Array(count)];
  const bounds = (taps: Window['rows'], i: number): [number, number] => {
    if (taps.end[i]! === taps.first[i]!) return [0, 0];
    const at = (tap: number): number => taps.origin[i]! + tap * taps.dilation;
    return [at(taps.first[i]!), at(taps.end[i]! - 1) + 1];
  };
  for (let row = 0, i = 0; row < w.outHeight; row++) {
    const [top, bottom] = bounds(w.rows, row);
    for (let column = 0; column < w.outWidth; column++, i++) {
      const [left, right] = bounds(w.columns, column);
      if (bottom === top || right === left) continue;
      readFirst[i] = (top * w.inWidth + left) * w.inChannels;
      readEnd[i] = ((bottom - 1) * w.inWidth + right) * w.inChannels;
    }
  }
  const writeFirst = Int32Array.from({ length: count }, (_, i) => i * w.outChannels);
  return {
    readFirst,
    readEnd,
    writeFirst,
    writeEnd: writeFirst.map((at) => at + w.outChannels),
    buffered,
    reversible: true,
  };
}
