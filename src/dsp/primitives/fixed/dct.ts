import type { Work } from '../../../cost.js';

/** Half rows of a DCT as whole numbers. */
export interface DctTable {
  readonly values: Int16Array;
  /** Values are 2^shift times the coefficients. */
  readonly shift: number;
}

/**
 * Left halves of rows 1..count of the orthonormal DCT-II of `size` values times `unit`, with as many bits as 16 and the
 * sums of {@link dct} allow. A single zero when there is no row.
 */
export function dctTable(size: number, count: number, unit: number): DctTable {
  const half = Math.ceil(size / 2);
  const rows = Array.from({ length: count }, (_, row) =>
    Array.from(
      { length: half },
      (_, n) => unit * Math.sqrt(2 / size) * Math.cos((Math.PI * (row + 1) * (2 * n + 1)) / (2 * size)),
    ),
  );
  const largest = rows.flat().reduce((most, v) => Math.max(most, Math.abs(v)), 2 ** -5);
  const longest = Math.max(...rows.map((row) => row.reduce((sum, v) => sum + Math.abs(v), 0)), 2 ** -5);
  const shift = Math.floor(Math.min(Math.log2(32_767 / largest), Math.log2((2 ** 19 - half) / longest)));
  const values = count > 0 ? rows.flat().map((v) => Math.round(2 ** shift * v)) : [0];
  return { values: Int16Array.from(values), shift };
}

/** Counts of {@link dct}. */
export const dctWork = (size: number, count: number): Work => ({ int: 4 * size + count * (4 * size + 8) });

/**
 * Coefficients 1..count of the orthonormal DCT-II of `x [size]`, into `out[1..count]`.
 *
 * Even rows are symmetric and odd ones antisymmetric, so x is folded (in place: it is lost) and the table holds half of
 * each row. Products are summed in two halves of the values, so that none is longer than 32 bits; |x| < 2^23.
 * Performs the same operations as dct.h.
 */
export function dct(x: Int32Array, { values, shift }: DctTable, count: number, out: Int32Array): void {
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
    const even = j % 2 === 0;
    let high = 0;
    let low = 0;
    for (let n = 0; n < (even ? half : middle); n++) {
      const value = x[even ? n : size - 1 - n]!;
      high += (value >> 12) * values[row + n]!;
      low += (value & 0xfff) * values[row + n]!;
    }
    out[j] = (high + (low >> 12)) >> (shift - 12);
  }
}
