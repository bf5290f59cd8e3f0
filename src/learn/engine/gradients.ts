import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine } from './tf.js';

/** Sizes of one two-dimensional convolution, with its padding spelled out. */
export interface Geometry {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

/**
 * Filter gradient `[kh, kw, I, O]` of a convolution as one matrix product: each filter tap sees a shifted
 * copy of the input, so the taps' copies stacked as rows times `dy` give all taps at once.
 */
export function convFilterGradient(tf: Engine, x: Tensor4D, dy: Tensor4D, g: Geometry): Tensor4D {
  const [inputs, outputs] = [x.shape[3], dy.shape[3]];
  // Channels first and images last: a tap's copy is then the rows of the product, cut out in long runs.
  const rows = tf.transpose(padded(tf, x, g), [3, 1, 2, 0]);
  const taps = tapOffsets(g).map(([top, left]) => {
    const begin = [0, top, left, 0];
    const end = [inputs, top + span(g.outHeight, g.strideHeight), left + span(g.outWidth, g.strideWidth), x.shape[0]];
    return tf.reshape(strided(tf, rows, begin, end, [1, g.strideHeight, g.strideWidth, 1]), [inputs, -1]);
  });
  const stacked = taps.length === 1 ? taps[0]! : tf.concat(taps, 0);
  const product = tf.matMul(stacked, tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [-1, outputs]));
  return tf.reshape(product, [g.filterHeight, g.filterWidth, inputs, outputs]);
}

/**
 * Input gradient of a convolution: the convolution of `dy`, spread out by the stride, with the filter turned
 * around and its channel axes swapped.
 */
export function convInputGradient(tf: Engine, dy: Tensor4D, filter: Tensor4D, g: Geometry): Tensor4D {
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(spread(tf, dy, g), turned, 1, 'valid', 'NHWC', [g.dilationHeight, g.dilationWidth]);
}

/** Filter gradient `[kh, kw, I, M]` of a depthwise convolution: per tap, the sum of input times `dy` over positions. */
export function depthwiseFilterGradient(tf: Engine, x: Tensor4D, dy: Tensor4D, g: Geometry): Tensor4D {
  const channels = x.shape[3];
  const multiplier = dy.shape[3] / channels;
  const positions = dy.size / dy.shape[3];
  const image = padded(tf, x, g);
  const gradient = tf.reshape(dy, [positions, channels, multiplier]);
  // A row of ones times a matrix sums its columns, on the backend's fastest kernel.
  const ones = tf.ones([1, positions]);
  const taps = tapOffsets(g).map(([top, left]) => {
    const begin = [0, top, left, 0];
    const end = [x.shape[0], top + span(g.outHeight, g.strideHeight), left + span(g.outWidth, g.strideWidth), channels];
    const copy = strided(tf, image, begin, end, [1, g.strideHeight, g.strideWidth, 1]);
    const product = tf.mul(tf.reshape(copy, [positions, channels, 1]), gradient);
    return tf.matMul(ones, tf.reshape(product, [positions, channels * multiplier]));
  });
  return tf.reshape(tf.concat(taps, 0), [g.filterHeight, g.filterWidth, channels, multiplier]);
}

/** Input gradient of a depthwise convolution: as for a convolution, summed over the multiplier. */
export function depthwiseInputGradient(tf: Engine, dy: Tensor4D, filter: Tensor4D, g: Geometry): Tensor4D {
  const [height, width, channels, multiplier] = filter.shape;
  const turned = tf.reshape(tf.reverse(filter, [0, 1]), [height, width, channels * multiplier, 1]) as Tensor4D;
  const dilations: [number, number] = [g.dilationHeight, g.dilationWidth];
  const each = tf.depthwiseConv2d(spread(tf, dy, g), turned, 1, 'valid', 'NHWC', dilations);
  if (multiplier === 1) return each;
  const apart = tf.reshape(each, [...each.shape.slice(0, 3), channels, multiplier]);
  return tf.sum(apart, 4);
}

/** Puts `by - 1` zeros between neighbours along `axis`. */
export function dilate(tf: Engine, x: Tensor4D, axis: number, by: number): Tensor4D {
  if (by === 1) return x;
  const size = x.shape[axis]!;
  const outer = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const apart = tf.pad(tf.reshape(x, [outer * size, 1, inner]), [[0, 0], [0, by - 1], [0, 0]]); // biome-ignore format: one line per axis says less
  const cut = tf.slice(tf.reshape(apart, [outer, size * by, inner]), [0, 0, 0], [outer, span(size, by), inner]);
  const shape = x.shape.map((n, i) => (i === axis ? span(n, by) : n));
  return tf.reshape(cut, shape as [number, number, number, number]);
}

/** `dy` spread by the stride and padded, so that a 'valid' convolution with the filter gives the input's size. */
function spread(tf: Engine, dy: Tensor4D, g: Geometry): Tensor4D {
  const wide = dilate(tf, dilate(tf, dy, 1, g.strideHeight), 2, g.strideWidth);
  const top = (g.filterHeight - 1) * g.dilationHeight - g.padInfo.top;
  const left = (g.filterWidth - 1) * g.dilationWidth - g.padInfo.left;
  const bottom = g.inHeight - wide.shape[1] + g.padInfo.top;
  const right = g.inWidth - wide.shape[2] + g.padInfo.left;
  return resized(tf, wide, top, bottom, left, right);
}

/** The input with as much padding as the filter's taps reach. */
function padded(tf: Engine, x: Tensor4D, g: Geometry): Tensor4D {
  const { top, left } = g.padInfo;
  const height = (g.filterHeight - 1) * g.dilationHeight + span(g.outHeight, g.strideHeight);
  const width = (g.filterWidth - 1) * g.dilationWidth + span(g.outWidth, g.strideWidth);
  return resized(tf, x, top, height - top - g.inHeight, left, width - left - g.inWidth);
}

/** Pads each side of an image with zeros, or crops it where the amount is negative. */
function resized(tf: Engine, x: Tensor4D, top: number, bottom: number, left: number, right: number): Tensor4D {
  const wide = tf.pad(x, [
    [0, 0],
    [Math.max(top, 0), Math.max(bottom, 0)],
    [Math.max(left, 0), Math.max(right, 0)],
    [0, 0],
  ]);
  if (Math.min(top, bottom, left, right) >= 0) return wide;
  const [batch, height, width, channels] = x.shape;
  const begin: [number, number, number, number] = [0, Math.max(-top, 0), Math.max(-left, 0), 0];
  return tf.slice(wide, begin, [batch, height + top + bottom, width + left + right, channels]);
}

function tapOffsets(g: Geometry): [number, number][] {
  const rows = Array.from({ length: g.filterHeight }, (_, i) => i * g.dilationHeight);
  const columns = Array.from({ length: g.filterWidth }, (_, i) => i * g.dilationWidth);
  return rows.flatMap((row) => columns.map((column): [number, number] => [row, column]));
}

/** Distance from the first of `count` positions to one behind the last. */
function span(count: number, stride: number): number {
  return (count - 1) * stride + 1;
}

/** A strided slice; the plain slice is several times faster where it will do. */
function strided(tf: Engine, x: Tensor4D, begin: number[], end: number[], strides: number[]): Tensor4D {
  if (strides.some((stride) => stride > 1)) return tf.stridedSlice(x, begin, end, strides) as Tensor4D;
  const size = end.map((stop, i) => stop - begin[i]!);
  return tf.slice(x, begin as [number, number, number, number], size as [number, number, number, number]);
}
