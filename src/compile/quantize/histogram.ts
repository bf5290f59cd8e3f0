/** Smallest and largest value that is stored without clipping. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const BINS = 2048;

/** How often values occurred, in equal bins over a range; zeros apart, because int8 stores them without an error. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly counts: Float64Array;
}

/** An empty histogram over a range that holds 0. */
export function histogramOf({ min, max }: Range): Histogram {
  return { min: Math.min(0, min), max: Math.max(0, max), counts: new Float64Array(BINS) };
}

/** Counts values that lie in the histogram's range. */
export function count({ min, max, counts }: Histogram, values: Float32Array): void {
  const perUnit = BINS / (max - min);
  if (!Number.isFinite(perUnit)) return;
  for (const value of values) {
    if (value === 0) continue;
    const bin = Math.min(BINS - 1, Math.floor((value - min) * perUnit));
    counts[bin] = counts[bin]! + 1;
  }
}

/** The range that leaves out `share` of the values other than 0, half of them on either side. */
export function percentileRange({ min, max, counts }: Histogram, share: number): Range {
  const width = (max - min) / BINS;
  const left = (total(counts) * share) / 2;
  const cut = (ordered: Float64Array): number => {
    let seen = 0;
    let bin = 0;
    while (bin < BINS && seen + ordered[bin]! <= left) seen += ordered[bin++]!;
    return bin;
  };
  return { min: Math.min(0, min + cut(counts) * width), max: Math.max(0, max - cut(counts.toReversed()) * width) };
}

/** Steps by which each end of a range is tried, down to 0. */
const STEPS = 128;

/**
 * The range with the least squared error of int8 storage: values inside lose a twelfth of the squared scale on average,
 * values outside their distance to the range.
 */
export function leastErrorRange(histogram: Histogram): Range {
  const { min, max, counts } = histogram;
  if (total(counts) === 0) return { min, max };
  const below = clippingErrors(histogram, min);
  const above = clippingErrors({ min: -max, max: -min, counts: counts.toReversed() }, -max);
  const inside = total(counts);
  let best: Range & { error: number } = { min, max, error: Number.POSITIVE_INFINITY };
  for (let i = 0; i <= STEPS; i++) {
    for (let j = 0; j <= STEPS; j++) {
      const low = min * (1 - i / STEPS);
      const high = max * (1 - j / STEPS);
      const scale = (high - low) / 255;
      const error =
        below[i]!.error + above[j]!.error + ((inside - below[i]!.count - above[j]!.count) * scale ** 2) / 12;
      if (error < best.error) best = { min: low, max: high, error };
    }
  }
  return { min: best.min, max: best.max };
}

/** For every step of the lower end from `end` (at most 0) up to 0: how many values lie below, and their squared distances. */
function clippingErrors({ min, max, counts }: Histogram, end: number): { count: number; error: number }[] {
  const width = (max - min) / BINS;
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const low = end * (1 - step / STEPS);
    let [count, error] = [0, 0];
    for (let bin = 0; bin < BINS; bin++) {
      const distance = low - (min + (bin + 0.5) * width);
      if (distance <= 0) break;
      count += counts[bin]!;
      error += counts[bin]! * distance ** 2;
    }
    return { count, error };
  });
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, n) => sum + n, 0);
}
