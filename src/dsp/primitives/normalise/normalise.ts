import type { Work } from '../../../cost.js';
import { productError, Sum } from '../compensated/compensated.js';

const f32 = Math.fround;
const SMALL = f32(1e-10);

/** Row that stands at position i when the rows are mirrored at both ends, edge rows repeated, without end. */
function mirrored(i: number, rows: number): number {
  const at = ((i % (2 * rows)) + 2 * rows) % (2 * rows);
  return at < rows ? at : 2 * rows - 1 - at;
}

/** A window of `size` rows that slides over a mirrored column and keeps its sums. */
class SlidingWindow {
  readonly #column: Float32Array;
  readonly #size: number;
  readonly #half: number;
  readonly #squares: boolean;
  readonly #sum = new Sum();
  readonly #squareSum = new Sum();
  /** Length of the run of equal rows at the end of the window. */
  #equal = 0;
  #last = 0;

  constructor(column: Float32Array, size: number, squares: boolean) {
    this.#column = column;
    this.#size = size;
    this.#half = size >> 1;
    this.#squares = squares;
  }

  /** Puts the centre on row 0. */
  start(): void {
    this.#sum.clear();
    this.#squareSum.clear();
    this.#equal = 0;
    this.#last = this.#column[0]!;
    for (let i = -this.#half; i <= this.#half; i++) this.#enter(i);
  }

  /** Moves the centre from row k - 1 to row k. */
  moveTo(k: number): void {
    const out = this.#column[mirrored(k - 1 - this.#half, this.#column.length)]!;
    this.#sum.add(-out);
    if (this.#squares) this.#squareSum.add(-f32(out * out));
    this.#enter(k + this.#half);
  }

  #enter(i: number): void {
    const value = this.#column[mirrored(i, this.#column.length)]!;
    this.#sum.add(value);
    if (this.#squares) this.#squareSum.add(f32(value * value));
    this.#equal = value === this.#last ? this.#equal + 1 : 1;
    this.#last = value;
  }

  /** Deviation of a value from the mean of the window; `residue` when all rows of the window are equal. */
  deviationOf(value: number, residue: number): number {
    if (this.#equal >= this.#size) return residue;
    const sum = this.#sum;
    const quotient = f32(sum.value() / this.#size);
    const product = f32(quotient * this.#size);
    const rest = f32(f32(sum.high - product) - productError(quotient, this.#size, product));
    return f32(f32(value - quotient) - f32(f32(rest + sum.low) / this.#size));
  }

  standardDeviation(): number {
    const mean = f32(this.#sum.value() / this.#size);
    const variance = f32(f32(this.#squareSum.value() / this.#size) - f32(mean * mean));
    return variance > 0 ? f32(Math.sqrt(variance)) : 0;
  }
}

/**
 * What double precision leaves of `size` equal rows of `value` when their mean is taken off: a few units in the last
 * place. Divided by 1e-10 it shows in the reference's features of digital silence, so we keep to it there.
 */
export function silenceResidue(value: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += value;
  return size > 0 ? f32(value - sum / size) : 0;
}

/** Counts of normalising one column. */
export function normaliseWork(rows: number, size: number): Work {
  return { flop: rows * 80 + size * 25, div: rows * 6 };
}

/**
 * Sliding mean and variance normalisation of columns of `rows` values over `size` rows (odd).
 *
 * The column is mirrored at both ends, edge rows repeated. First the mean of the rows around each row is taken off,
 * then the result is divided by the standard deviation of the same rows of the result plus 1e-10. Windows of equal
 * rows give exactly 0, or `residue` / 1e-10. Performs the same float32 operations as normalise.h.
 */
export class Normalisation {
  readonly #column: Float32Array;
  readonly #means: SlidingWindow;
  readonly #variances: SlidingWindow;

  constructor(rows: number, size: number) {
    this.#column = new Float32Array(rows);
    this.#means = new SlidingWindow(this.#column, size, false);
    this.#variances = new SlidingWindow(this.#column, size, true);
  }

  /** Normalises the column of x that starts at `first` and whose rows are `stride` apart, in place. */
  run(x: Float32Array, first: number, stride: number, residue = 0): void {
    const column = this.#column;
    const rows = column.length;
    for (let k = 0; k < rows; k++) column[k] = x[first + k * stride]!;
    this.#means.start();
    for (let k = 0; k < rows; k++) {
      if (k > 0) this.#means.moveTo(k);
      x[first + k * stride] = this.#means.deviationOf(column[k]!, residue);
    }
    for (let k = 0; k < rows; k++) column[k] = x[first + k * stride]!;
    this.#variances.start();
    for (let k = 0; k < rows; k++) {
      if (k > 0) this.#variances.moveTo(k);
      x[first + k * stride] = column[k]! / f32(this.#variances.standardDeviation() + SMALL);
    }
  }
}
