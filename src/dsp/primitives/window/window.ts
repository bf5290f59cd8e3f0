import { choice } from '../../../params.js';

/** Cosine series `a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N) - ...`. */
const SERIES = {
  boxcar: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

export type WindowName = keyof typeof SERIES;

const NAMES = Object.keys(SERIES) as WindowName[];

/** Parameter that blocks on windowed frames declare alike. */
export const WINDOW = choice(NAMES, 'hann', 'Window function each frame is multiplied by.', {
  tune: ['boxcar', 'hann', 'blackman'],
});

/** One period of a window function in double precision: `size` values, the first of them the smallest. */
export function windowValues(name: WindowName, size: number): number[] {
  return Array.from({ length: size }, (_, n) =>
    SERIES[name].reduce((sum, a, k) => sum + (k % 2 === 0 ? a : -a) * Math.cos((2 * Math.PI * k * n) / size), 0),
  );
}

/**
 * The first half of a window function, times a factor, as `windowAt` and `windowFrame` in window.h read it: `size / 2 + 1` values rounded down, as
 * value n equals value size - n; a single one for a boxcar.
 */
export function windowTable(name: WindowName, size: number, factor = 1): Float32Array {
  const count = name === 'boxcar' ? 1 : Math.floor(size / 2) + 1;
  return Float32Array.from(windowValues(name, size).slice(0, count), (v) => v * factor);
}

/** Value n of a window function of `size` points. */
export function windowAt(table: Float32Array, n: number, size: number): number {
  if (table.length === 1) return table[0]!;
  return table[2 * n <= size ? n : size - n]!;
}
