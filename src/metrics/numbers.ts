export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** A share; 0 of nothing is 0. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Arithmetic mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}

/** Mean with weights; nothing when they add up to 0. */
export function weightedMean(values: readonly number[], weights: readonly number[]): number | undefined {
  const total = sum(weights);
  return total === 0 ? undefined : sum(values.map((value, i) => value * weights[i]!)) / total;
}

/** The value below which a share of the values lies, interpolated between neighbours. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (at - below) * (high - low);
}
