import type { Work } from '../../../cost.js';

const f32 = Math.fround;

/**
 * Left halves of rows 1..count of the orthonormal DCT-II of `size` values:
 * `sqrt(2 / size) cos(pi j (2n + 1) / (2 size))`. A single zero when there is no row.
 */
export function dctTable(size: number, count: number): Float32Array {
  const half = Math.ceil(size / 2);
  const table = new Float32Array(Math.max(1, half * count));
  for (let j = 1; j <= count; j++) {
    for (let n = 0; n < half; n++) {
      table[(j - 1) * half + n] = Math.sqrt(2 / size) * Math.cos((Math.PI * j * (2 * n + 1)) / (2 * size));
    }
  }
  return table;
}

/** Counts of {@link dct}. */
export function dctWork(size: number, count: number): Work {
  return { flop: size + count * size, int: Math.ceil(2 * size + count * (0.75 * size + 5)) };
}

/**
 * Coefficients 1..count of the orthonormal DCT-II of `x [size]`, into `out[at + 1 .. at + count]`.
 *
 * Even rows are symmetric and odd ones antisymmetric, so x is folded (in place: it is lost) and the table holds half
 * of each row. Performs the same float32 operations as dct.h.
 */
export function dct(x: Float32Array, table: Float32Array, count: number, out: Float32Array, at: number): void {
  const size = x.length;
  const middle = size >> 1;
  const half = (size + 1) >> 1;
  for (let n = 0; n < middle; n++) {
    const a = x[n]!;
    const b = x[size - 1 - n]!;
    x[n] = a + b;
    x[size - 1 - n] = a - b;
  }
  for (let j = 1, row = 0; j <= count; j++, row += half) {
    let sum = 0;
    if (j % 2 === 0) {
      for (let n = 0; n < half; n++) sum = f32(sum + f32(x[n]! * table[row + n]!));
    } else {
      for (let n = 0; n < middle; n++) sum = f32(sum + f32(x[size - 1 - n]! * table[row + n]!));
    }
    out[at + j] = sum;
  }
}
