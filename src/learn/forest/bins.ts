/** Features of training rows as bins, so that a split is found by counting. */
export interface Binned {
  /** By feature, by row: which bin the value is in. */
  readonly codes: readonly Uint8Array[];
  /** Least and largest value of each bin, by feature. */
  readonly least: readonly Float32Array[];
  readonly largest: readonly Float32Array[];
  /** Features that change. */
  readonly useful: Int32Array;
}

/** Most bins of a feature. Up to as many different values, splits are exact. */
export const BINS = 256;

/** Sorts the values of every feature into bins: one for each value if there are few, else equally full ones. */
export function binned(rows: readonly Float32Array[]): Binned {
  const features = rows[0]!.length;
  const columns = Array.from({ length: features }, (_, feature) => binColumn(rows, feature));
  return {
    codes: columns.map(({ codes }) => codes),
    least: columns.map(({ least }) => least),
    largest: columns.map(({ largest }) => largest),
    useful: Int32Array.from(columns.keys()).filter((feature) => columns[feature]!.least.length > 1),
  };
}

function binColumn(rows: readonly Float32Array[], feature: number) {
  const sorted = Float32Array.from(rows, (row) => row[feature]!).sort();
  const distinct = sorted.filter((v, i) => i === 0 || v !== sorted[i - 1]);
  const least = distinct.length <= BINS ? distinct : equallyFull(sorted);
  const largest = least.slice();
  const codes = Uint8Array.from(rows, (row) => binOf(least, row[feature]!));
  rows.forEach((row, i) => {
    largest[codes[i]!] = Math.max(largest[codes[i]!]!, row[feature]!);
  });
  return { codes, least, largest };
}

/** Least values of bins that hold about as many rows each; equal values stay together. */
function equallyFull(sorted: Float32Array): Float32Array {
  const starts = Float32Array.from({ length: BINS }, (_, i) => sorted[Math.floor((i * sorted.length) / BINS)]!);
  return starts.filter((v, i) => i === 0 || v !== starts[i - 1]);
}

/** Last bin that starts at the value or below. */
function binOf(least: Float32Array, value: number): number {
  let [low, high] = [0, least.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (least[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
