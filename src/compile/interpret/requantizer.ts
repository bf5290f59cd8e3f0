import { requantize } from '../arithmetic/fixed-point.js';
import type { Rescale } from '../arithmetic/rescale.js';
import { lanesFor, lower, upper } from './lanes.js';

/** A `Rescale` with what storing needs, side by side, so that an engine checks few arrays. */
export interface Requantizer extends Rescale {
  /** Sums per double. */
  readonly lanes: 1 | 2;
  /**
   * Per channel a factor and an offset that give the stored value above `low`, to be rounded down, and how far from
   * the middle between two whole numbers it may lie.
   */
  readonly table: Float64Array;
}

/** Entries of the table per channel. */
const ENTRIES = 3;

/** Prepares the rescaling of sums with int8 weights, `channelOf` telling whose they are. */
export function requantizer(rescale: Rescale, weights: Int8Array, channelOf: (i: number) => number): Requantizer {
  const { bias, multipliers, shifts, outputOffset, low } = rescale;
  const { lanes, largest } = lanesFor(weights, channelOf, bias);
  const entries = Array.from(bias, (b, c) => {
    const factor = multipliers[c]! * 2 ** (shifts[c]! - 31);
    // Rounding to 31 bits first moves the value by half of the last bit that is shifted out, at most.
    const moved = (shifts[c]! < 0 ? 2 ** (shifts[c]! - 1) : 0) + 2 ** -20;
    const small = largest[c]! < 2 ** 31 && largest[c]! * factor < 2 ** 29;
    return [factor, b * factor + outputOffset - low + 0.5, small ? 0.5 - moved : -1];
  });
  return { ...rescale, lanes, table: Float64Array.from(entries.flat()) };
}

/**
 * Stored value of a sum without its bias: bias, `requantize`, zero point, activation. The real product tells it, unless
 * it lies so near to a rounding edge that the two roundings of `requantize` decide. The rest has no branches, because
 * no processor can guess the sign of a sum.
 */
function stored(r: Requantizer, table: Float64Array, range: number, sum: number, channel: number): number {
  const k = Math.imul(channel, ENTRIES);
  const value = sum * table[k]! + table[(k + 1) | 0]!;
  const whole = Math.floor(value);
  const near = Math.abs(value - whole - 0.5) < table[(k + 2) | 0]!;
  const above = near ? whole | 0 : exactly(r, sum, channel);
  const below = (range - (above & ~(above >> 31))) | 0;
  return range - (below & ~(below >> 31));
}

function exactly({ bias, multipliers, shifts, outputOffset, low }: Rescale, sum: number, channel: number): number {
  const value = requantize((sum + bias[channel]!) | 0, multipliers[channel]!, shifts[channel]!);
  return (Math.max(-1024, Math.min(1024, value)) + outputOffset - low) | 0;
}

/** Stores the sums of one output position, one per channel. */
export function storeInt8(r: Requantizer, sums: Float64Array, from: number, y: Int8Array, at: number): void {
  const { table, low } = r;
  const range = (r.high - low) | 0;
  const channels = r.bias.length;
  for (let c = 0; c < channels; c = (c + 1) | 0) {
    y[(at + c) | 0] = low + stored(r, table, range, sums[(from + c) | 0]!, c);
  }
}

/** Stores pairs of sums: the low ones of the channels from 0 to `at`, the high ones of those from `other` to `otherAt`. */
export function storePairs(
  r: Requantizer,
  sums: Float64Array,
  from: number,
  count: number,
  y: Int8Array,
  at: number,
  other: number,
  otherAt: number,
): void {
  const { table, low } = r;
  const range = (r.high - low) | 0;
  const channels = r.bias.length;
  for (let c = 0; c < count; c = (c + 1) | 0) {
    const pair = sums[(from + c) | 0]!;
    const high = upper(pair);
    y[(at + c) | 0] = low + stored(r, table, range, lower(pair, high), c);
    if (other + c < channels) y[(otherAt + c) | 0] = low + stored(r, table, range, high, (other + c) | 0);
  }
}

/** Stores the sums of one output position as float32, clamped by the activation. */
export function storeF32(
  [low, high]: readonly [number, number],
  sums: Float64Array,
  from: number,
  y: Float32Array,
  at: number,
  channels: number,
): void {
  for (let c = 0; c < channels; c++) {
    const value = sums[from + c]!;
    y[at + c] = value < low ? low : value > high ? high : value;
  }
}
