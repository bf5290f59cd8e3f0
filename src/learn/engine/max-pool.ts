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
      const top = row * g.strideHeight - g.padInfo.top;
      for (let column = 0; column < g.outWidth; column++, at += channels) {
        spreadWindow(x, dy, dx, base, at, top, column * g.strideWidth - g.padInfo.left, channels, g);
      }
    }
  }
  return dx;
}

/** One pooling window, all channels of it. */
function spreadWindow(
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  base: number,
  at: number,
  top: number,
  left: number,
  channels: number,
  g: Geometry,
): void {
  const bottom = Math.min(top + g.filterHeight, g.inHeight);
  const right = Math.min(left + g.filterWidth, g.inWidth);
  const [firstRow, firstColumn] = [Math.max(top, 0), Math.max(left, 0)];
  for (let channel = 0; channel < channels; channel++) {
    let winner = base + (firstRow * g.inWidth + firstColumn) * channels + channel;
    for (let row = firstRow; row < bottom; row++) {
      for (let column = firstColumn; column < right; column++) {
        const index = base + (row * g.inWidth + column) * channels + channel;
        if (x[index]! > x[winner]!) winner = index;
      }
    }
    dx[winner] = dx[winner]! + dy[at + channel]!;
  }
}
