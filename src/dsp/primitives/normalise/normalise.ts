import type { Work } from '../../../cost.js';
import { Sum } from '../compensated/compensated.js';
import { mirrored } from '../mirror/mirror.js';

const f32 = Math.fround;
const SMALL = f32(1e-10);

/** Rule of every `normalizationFrames` parameter. */
export const oddOrOff = (n: number): string | undefined =>
  n === 0 || n % 2 === 1 ? undefined : 'an odd number, or 0 for none';

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
  if (size >= 2 * rows) {
    const hasRest = size % (2 * rows) > 1;
    return { flop: rows * (hasRest ? 29 : 20), int: rows * (hasRest ? 47 : 27), div: rows * 2 };
  }
  return { flop: rows * 68 + size * 24, int: rows * 46 + size * 18, div: rows * 2 };
}

/** Counts of taking the mean off one column. */
export function centreWork(rows: number, size: number): Work {
  const whole = normaliseWork(rows, size);
  return { flop: whole.flop! / 2, int: whole.int! / 2, div: 1 };
}

/** A plain sum. */
class PlainSum {
  total = 0;

  clear(): void {
    this.total = 0;
  }

  add(value: number): void {
    this.total = f32(this.total + value);
  }
}

/** Sums of rows and, if wanted, of their squares over `size` rows (odd) around one of them. */
class SlidingSums<T extends { clear(): void; add(value: number): void }> {
  /** Length of the run of equal rows at the end of the window. */
  equal = 0;
  readonly #half: number;
  #last = 0;

  constructor(
    protected readonly column: Float32Array,
    protected readonly size: number,
    readonly sum: T,
    readonly squares?: T,
  ) {
    this.#half = size >> 1;
  }

  /** Around row 0. */
  start(): void {
    this.sum.clear();
    this.squares?.clear();
    this.equal = 0;
    this.#last = this.column[0]!;
    for (let i = -this.#half; i <= this.#half; i++) this.#enter(this.column[mirrored(i, this.column.length)]!);
  }

  /** From row k - 1 to row k. */
  move(k: number): void {
    const out = this.column[mirrored(k - 1 - this.#half, this.column.length)]!;
    this.sum.add(-out);
    this.squares?.add(-f32(out * out));
    this.#enter(this.column[mirrored(k + this.#half, this.column.length)]!);
  }

  #enter(value: number): void {
    this.sum.add(value);
    this.squares?.add(f32(value * value));
    this.equal = value === this.#last ? this.equal + 1 : 1;
    this.#last = value;
  }
}

/**
 * Sliding mean and variance normalisation of columns of `rows` values over `size` rows (odd).
 *
 * The column is mirrored at both ends, edge rows repeated. First the mean of the rows around each row is taken off,
 * then the result is divided by the standard deviation of the same rows of the result plus 1e-10. Windows of equal
 * rows give exactly 0, or `residue` / 1e-10. Performs the same float32 operations as normalise.h, which explains them.
 */
export interface Normalisation {
  /** Normalises the column of x that starts at `first` and whose rows are `stride` apart, in place. */
  run(x: Float32Array, first: number, stride: number, residue?: number): void;
  /** Only takes off the mean; windows of equal rows give `residue`. */
  centre(x: Float32Array, first: number, stride: number, residue?: number): void;
}

export function normalisation(rows: number, size: number): Normalisation {
  return size >= 2 * rows ? new LongWindow(rows, size) : new ShortWindow(rows, size);
}

/** Takes the sliding mean off all columns of a matrix, or does nothing for a window of 0 rows. */
export function centring(rows: number, size: number, columns: number): (matrix: Float32Array) => void {
  if (size === 0) return () => {};
  const column = normalisation(rows, size);
  return (matrix) => {
    for (let j = 0; j < columns; j++) column.centre(matrix, j, columns);
  };
}

/** From the smallest value (0) to the largest (1), all 0 where they are equal; as it is where either is exactly 0. */
export function spread(x: Float32Array): void {
  let least = x[0]!;
  let most = least;
  for (let i = 1; i < x.length; i++) {
    if (x[i]! < least) least = x[i]!;
    if (x[i]! > most) most = x[i]!;
  }
  if (least === 0 || most === 0) return;
  const range = f32(most - least);
  for (let i = 0; i < x.length; i++) x[i] = range > 0 ? f32(x[i]! - least) / range : 0;
}

/** Sums carry their rounding errors along, since loud rows that have left a window must leave nothing behind. */
class ShortWindow implements Normalisation {
  readonly #column: Float32Array;
  readonly #means: SlidingSums<Sum>;
  readonly #variances: SlidingSums<Sum>;
  readonly #share: number;

  constructor(
    rows: number,
    private readonly size: number,
  ) {
    this.#column = new Float32Array(rows);
    this.#means = new SlidingSums(this.#column, size, new Sum());
    this.#variances = new SlidingSums(this.#column, size, new Sum(), new Sum());
    this.#share = f32(1 / size);
  }

  run(x: Float32Array, first: number, stride: number, residue = 0): void {
    this.centre(x, first, stride, residue);
    const column = this.#column;
    const sums = this.#variances;
    const squares = sums.squares as Sum;
    const share = this.#share;
    for (let k = 0; k < column.length; k++) column[k] = x[first + k * stride]!;
    sums.start();
    for (let k = 0; k < column.length; k++) {
      if (k > 0) sums.move(k);
      const mean = f32(sums.sum.value() * share);
      const variance = f32(f32(squares.value() * share) - f32(mean * mean));
      const varies = sums.equal < this.size && variance > 0;
      x[first + k * stride] = column[k]! / f32((varies ? f32(Math.sqrt(variance)) : 0) + SMALL);
    }
  }

  centre(x: Float32Array, first: number, stride: number, residue = 0): void {
    const column = this.#column;
    const sums = this.#means;
    const share = this.#share;
    for (let k = 0; k < column.length; k++) column[k] = x[first + k * stride]!;
    sums.start();
    for (let k = 0; k < column.length; k++) {
      if (k > 0) sums.move(k);
      const { high, low } = sums.sum;
      const mean = f32(high * share);
      const longer = f32(16385 * mean);
      const part = f32(longer - f32(longer - mean));
      const rest = f32(f32(high - f32(part * this.size)) + low);
      x[first + k * stride] = sums.equal < this.size ? f32(column[k]! - part) - f32(rest * share) : residue;
    }
  }
}

/** Plain sums over the rows that a long window holds once more; mostly a single one. */
class RestSums extends SlidingSums<PlainSum> {
  at(k: number): void {
    if (this.size > 1 && k > 0) this.move(k);
    else if (this.size > 1) this.start();
    else {
      const value = this.column[k]!;
      this.sum.total = value;
      if (this.squares) this.squares.total = f32(value * value);
    }
  }
}

/**
 * Every window holds all rows an even number of times and a few of them once more, those around the row or its
 * opposite: plain sums of deviations will do.
 */
class LongWindow implements Normalisation {
  readonly #column: Float32Array;
  readonly #means: RestSums;
  readonly #variances: RestSums;
  readonly #share: number;
  readonly #times: number;

  constructor(rows: number, size: number) {
    this.#column = new Float32Array(rows);
    const rest = size % (2 * rows);
    this.#means = new RestSums(this.#column, rest, new PlainSum());
    this.#variances = new RestSums(this.#column, rest, new PlainSum(), new PlainSum());
    this.#share = f32(1 / size);
    this.#times = 2 * Math.floor(size / (2 * rows));
  }

  run(x: Float32Array, first: number, stride: number, residue = 0): void {
    const column = this.#column;
    const sums = this.#variances;
    const rest = sums.squares as PlainSum;
    const share = this.#share;
    if (!this.centre(x, first, stride, residue)) {
      for (let k = 0; k < column.length; k++) x[first + k * stride] = residue / SMALL;
      return;
    }
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < column.length; k++) {
      const value = x[first + k * stride]!;
      column[k] = value;
      sum = f32(sum + value);
      squares = f32(squares + f32(value * value));
    }
    for (let k = 0; k < column.length; k++) {
      sums.at(k);
      const mean = f32(f32(f32(this.#times * sum) + sums.sum.total) * share);
      const square = f32(f32(f32(this.#times * squares) + rest.total) * share);
      const variance = f32(square - f32(mean * mean));
      const row = this.#opposite(k);
      x[first + row * stride] = column[row]! / f32((variance > 0 ? f32(Math.sqrt(variance)) : 0) + SMALL);
    }
  }

  /** False when all rows are equal. */
  centre(x: Float32Array, first: number, stride: number, residue = 0): boolean {
    const column = this.#column;
    const sums = this.#means;
    const rows = column.length;
    let sum = 0;
    let varies = false;
    for (let k = 0; k < rows; k++) {
      sum = f32(sum + x[first + k * stride]!);
      varies = varies || x[first + k * stride] !== x[first];
    }
    const middle = f32(sum / rows);
    sum = 0;
    for (let k = 0; k < rows; k++) {
      column[k] = x[first + k * stride]! - middle;
      sum = f32(sum + column[k]!);
    }
    for (let k = 0; k < rows; k++) {
      sums.at(k);
      const mean = f32(f32(f32(this.#times * sum) + sums.sum.total) * this.#share);
      const row = this.#opposite(k);
      x[first + row * stride] = varies ? column[row]! - mean : residue;
    }
    return varies;
  }

  #opposite(k: number): number {
    return this.#times % 4 === 2 ? this.#column.length - 1 - k : k;
  }
}
