/**
 * Two integer sums in one double: `low + high * 2^26`. A product with an integer multiplies both, so that one
 * multiplication does the work of two as long as `|low|` stays below 2^25.
 */
const LANE = 2 ** 26;

/** Largest distance of an int8 value from its zero point. */
const FARTHEST = 255;

/**
 * How many sums a double may hold, and the largest sum of each channel with its bias: two where no input can make a sum
 * leave its lane or the int32 accumulator; else one.
 */
export function lanesFor(weights: Int8Array, channelOf: (i: number) => number, bias: Int32Array) {
  const sizes = new Float64Array(bias.length);
  weights.forEach((w, i) => {
    const channel = channelOf(i);
    sizes[channel] = sizes[channel]! + FARTHEST * Math.abs(w);
  });
  const largest = sizes.map((size, c) => size + Math.abs(bias[c]!));
  const fits = sizes.every((size) => size < LANE / 2) && largest.every((size) => size < 2 ** 31);
  return { lanes: fits ? (2 as const) : (1 as const), largest };
}

/** Two integers in one double. */
export function packed(low: number, high: number): number {
  return low + high * LANE;
}

/** The high integer of a pair: adding and subtracting 1.5 * 2^52 rounds a double to a whole number. */
export function upper(pair: number): number {
  return pair * 1.4901161193847656e-8 + 6755399441055744 - 6755399441055744;
}

/** The low integer of a pair, when the high one is known. */
export function lower(pair: number, high: number): number {
  return pair - high * 67108864;
}

/** Puts into the high half of every value the one that lies `distance` after it. */
export function packNeighbours(values: Float64Array, distance: number): void {
  const end = values.length - distance;
  for (let i = 0; i < end; i = (i + 1) | 0) values[i] = values[i]! + values[(i + distance) | 0]! * 67108864;
}
