import type { Work } from '../../../cost.js';
import { bitsOf } from './integers.js';

/** A place that walks up and down the rows, as if they were mirrored at both ends. */
class MirroredRow {
  readonly #rows: number;
  #at: number;
  #step: number;

  constructor(first: number, rows: number) {
    const place = ((first % (2 * rows)) + 2 * rows) % (2 * rows);
    this.#rows = rows;
    this.#step = place < rows ? 1 : -1;
    this.#at = place < rows ? place : 2 * rows - 1 - place;
  }

  next(): number {
    const here = this.#at;
    const beyond = here + this.#step;
    if (beyond < 0 || beyond >= this.#rows) this.#step = -this.#step;
    else this.#at = beyond;
    return here;
  }
}

/** How many bits the sums of {@link normalise} over `size` rows leave to their terms. */
export function normaliseBits(size: number): { readonly meanShift: number; readonly bits: number } {
  return {
    meanShift: Math.max(0, Math.ceil(Math.log2(size)) - 4),
    bits: Math.min(23, Math.floor(26.5 - Math.log2(size))),
  };
}

/** Counts of normalising one column. */
export const normaliseWork = (rows: number, size: number): Work => ({ int: 450 * rows + 45 * size });

/** `value size / sqrt(spread)`, where spread is size^2 times the variance; 0 where there is none. */
function standardised(value: number, size: number, spread: number): number {
  if (spread === 0) return 0;
  const up = (64 - bitsOf(spread)) & ~1;
  const root = Math.floor(Math.sqrt(Math.floor(spread * 2 ** (up - 32))));
  const product = Math.abs(value) * size;
  if (product === 0) return 0;
  const more = Math.clz32(product) - 1;
  return Math.sign(value) * Math.floor((product * 2 ** more) / root) * 2 ** (up / 2 - 16 - more);
}

/**
 * Sliding mean and variance normalisation of one column over `size` rows (odd).
 *
 * `column [row K]` holds whole numbers of any unit, below 2^23, and is lost; floats without a unit go to
 * `x[first + k stride]`. As in ../normalise/normalise.ts the column is mirrored at both ends, the mean of the rows around
 * each row is taken off, then the result is divided by the standard deviation of the same rows of the result; rows
 * without any spread around them give 0. Sums are exact. Performs the same operations as normalise.h.
 */
export function normalise(column: Int32Array, size: number, x: Float32Array, first: number, stride: number): void {
  const { meanShift, bits } = normaliseBits(size);
  const half = size >> 1;
  const deviations = awayFromMean(column, size, meanShift);
  const largest = deviations.reduce((all, v) => all | (v ^ (v >> 31)), 0);
  const shift = Math.max(0, bitsOf(largest) - bits);
  for (let k = 0; k < column.length; k++) column[k] = deviations[k]! >> shift;
  const enter = new MirroredRow(-half, column.length);
  const leave = new MirroredRow(-half, column.length);
  let sum = 0;
  let squares = 0;
  for (let i = 1 - size; i < column.length; i++) {
    const last = column[enter.next()]!;
    sum += last;
    squares += last * last;
    if (i < 0) continue;
    x[first + i * stride] = standardised(column[i]!, size, squares * size - sum * sum);
    const gone = column[leave.next()]!;
    sum -= gone;
    squares -= gone * gone;
  }
}

/** `size` times the distance of each row from the mean of the rows around it, / 2^shift, rounded down. */
function awayFromMean(column: Int32Array, size: number, shift: number): Int32Array {
  const half = size >> 1;
  const enter = new MirroredRow(-half, column.length);
  const leave = new MirroredRow(-half, column.length);
  const out = new Int32Array(column.length);
  let sum = 0;
  for (let i = 1 - size; i < column.length; i++) {
    sum += column[enter.next()]!;
    if (i < 0) continue;
    out[i] = Math.floor((column[i]! * size - sum) / 2 ** shift);
    sum -= column[leave.next()]!;
  }
  return out;
}
