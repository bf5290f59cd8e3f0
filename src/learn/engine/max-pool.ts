import type { Geometry } from './gradients.js';

/**
 * Input gradient of max pooling: each output's gradient goes to the first largest value of its window, as in
 * TensorFlow. `x` is `[batch, height, width, channel]`, flat.
 */
export function maxPoolGradient(x: Float32Array, dy: Float32Array, channels: number, g: Geometry): Float32Array {
  const dx = new Float32Array(x.length);
  const images = x.length / (g.inHeight * g.inWidth * channels);
  let at = 0;
  for (let image = 0; image < images; image++) {
    const base = image * g.inHeight * g.inWidth * channels;
    for (let row = 0; row < g.outHeight; row++) {
      const rows = windowOf(row * g.strideHeight - g.padInfo.top, g.filterHeight, g.inHeight);
      for (let column = 0; column < g.outWidth; column++) {
        const columns = windowOf(column * g.strideWidth - g.padInfo.left, g.filterWidth, g.inWidth);
        for (let channel = 0; channel < channels; channel++) {
          const winner = largest(x, base + channel, rows, columns, g.inWidth, channels);
          dx[winner] = dx[winner]! + dy[at++]!;
        }
      }
    }
  }
  return dx;
}

/** The part of a window that lies inside the image, as `[begin, end)`. */
function windowOf(start: number, size: number, limit: number): readonly [number, number] {
  return [Math.max(start, 0), Math.min(start + size, limit)];
}

function largest(
  x: Float32Array,
  base: number,
  rows: readonly [number, number],
  columns: readonly [number, number],
  width: number,
  channels: number,
): number {
  let winner = base + (rows[0] * width + columns[0]) * channels;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const index = base + (row * width + column) * channels;
      if (x[index]! > x[winner]!) winner = index;
    }
  }
  return winner;
}
