import { strip, tile } from './dot.js';
import { packed } from './lanes.js';

/** Where the values of every output position lie in the input. */
export interface Gather {
  readonly values: Float64Array;
  /** First value of each position. */
  readonly positions: Int32Array;
  /** The values of a position are runs of neighbours: their distances from the first value, and their length. */
  readonly runs: Int32Array;
  readonly length: number;
}

/** Channels per tile and lane. */
const WIDTH = 4;

/**
 * Inner products of every position with weights `(channels, products)`, `lanes` channels in one double: a channel and
 * the one `ceil(channels / 2)` later. `store` gets the sums of a position; they start at `bias`, if there is one.
 */
export function innerProducts(
  { values, positions, runs, length }: Gather,
  weights: Float32Array | Int8Array,
  channels: number,
  lanes: 1 | 2,
  bias: Float32Array | undefined,
  store: (sums: Float64Array, from: number, position: number) => void,
): () => void {
  const perLane = Math.ceil(channels / lanes);
  const width = Math.ceil(perLane / WIDTH) * WIDTH;
  const products = runs.length * length;
  const table = tableOf(weights, channels, products, perLane, lanes);
  const start = new Float64Array(width);
  if (bias) start.set(bias);
  const sums = new Float64Array(2 * width);
  return () => {
    let position = 0;
    for (; position + 1 < positions.length; position += 2) {
      const a = positions[position]!;
      const b = positions[position + 1]!;
      for (let c = 0; c < width; c += WIDTH) {
        tile(values, a, b, runs, length, table, c * products, start, sums, c, width + c);
      }
      store(sums, 0, position);
      store(sums, width, position + 1);
    }
    if (position === positions.length) return;
    for (let c = 0; c < width; c += WIDTH) {
      strip(values, positions[position]!, runs, length, table, c * products, start, sums, c);
    }
    store(sums, 0, position);
  };
}

/** Weights in the order in which the tiles read them: `WIDTH` channels side by side, the second lane `perLane` later. */
function tableOf(
  weights: Float32Array | Int8Array,
  channels: number,
  products: number,
  perLane: number,
  lanes: 1 | 2,
): Float64Array {
  const width = Math.ceil(perLane / WIDTH) * WIDTH;
  const weight = (channel: number, k: number): number => (channel < channels ? weights[channel * products + k]! : 0);
  const table = new Float64Array(width * products);
  for (let c = 0; c < perLane; c++) {
    const at = (c - (c % WIDTH)) * products + (c % WIDTH);
    for (let k = 0; k < products; k++) {
      const low = weight(c, k);
      table[at + k * WIDTH] = lanes === 2 ? packed(low, weight(c + perLane, k)) : low;
    }
  }
  return table;
}
