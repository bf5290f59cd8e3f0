import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Engine } from '../../tf.js';

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

/** Distance from the first of `count` positions to one behind the last. */
function span(count: number, stride: number): number {
  return (count - 1) * stride + 1;
}
