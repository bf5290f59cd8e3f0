import { fail } from '../errors.js';
import { lengthOf, type Signal, viewOf } from './sample.js';

/** Filter half length in input (or output, whichever is coarser) samples, and the Kaiser window's shape. */
const HALF_WIDTH = 10;
const BETA = 5;
/** Above this ratio taps are interpolated in a table of this one: closer to the true ones (1e-10) than float32 can tell. */
const MAX_TABLE_RATIO = 1 << 16;

/**
 * Resamples a signal to another rate with a polyphase low-pass filter.
 *
 * signal [time T, axis A] -> signal [time U, axis A], U = max(1, ceil(T * rateHz / signal.rateHz)); the filter works at
 * the ratio U / T in lowest terms up/down: Kaiser window (beta 5), 20 * max(up, down) + 1 taps, cut-off 1 / max(up, down),
 * zeros beyond both ends. Computed in double. Returns the same signal when the rate is the same.
 * Errors: `BAD_OPTION` (rate), `BAD_DATA` (a single reading has no rate).
 * Source: SciPy's `resample_poly` with its defaults, as used by Edge Impulse.
 *
 * @example
 * ```ts
 * resample({ rateHz: 100, axes: ['x'], values }, 62.5);
 * ```
 */
export function resample(signal: Signal, rateHz: number): Signal {
  if (!(rateHz > 0 && Number.isFinite(rateHz))) {
    fail({
      code: 'BAD_OPTION',
      where: 'resample.rateHz',
      got: String(rateHz),
      expected: 'Hz above 0',
      fix: 'Give a sampling rate.',
    });
  }
  if (signal.rateHz === rateHz) return signal;
  if (signal.rateHz === 0) {
    fail({
      code: 'BAD_DATA',
      where: 'resample',
      got: 'a single reading without a rate',
      expected: 'a time series',
      fix: 'Record over time, with a timestamp column.',
    });
  }
  const length = lengthOf(signal);
  const newLength = Math.max(1, Math.ceil((length * rateHz) / signal.rateHz));
  const values = new Float32Array(newLength * signal.axes.length);
  const out: Signal = { rateHz, axes: signal.axes, values };
  const divisor = gcd(length, newLength);
  const up = newLength / divisor;
  const down = length / divisor;
  const [from, to] = [viewOf(signal), viewOf(out)];
  const filter = filterOf(up, down);
  for (let a = 0; a < signal.axes.length; a++) {
    const column = from.pick(null, a);
    const x = Float64Array.from({ length }, (_, t) => column.get(t));
    const y = to.pick(null, a);
    for (let m = 0; m < newLength; m++) y.set(m, filtered(x, m * down, up, filter));
  }
  return out;
}

interface Filter {
  /** Taps on each side of the middle one. */
  readonly half: number;
  /** One side of the filter, the middle tap first, `density` entries per unit of distance. */
  readonly table: Float64Array;
  readonly density: number;
}

/** One output value at `position`, in steps of 1 / up input samples: only taps that meet an input sample are used. */
function filtered(x: Float64Array, position: number, up: number, { half, table, density }: Filter): number {
  const first = Math.max(0, Math.ceil((position - half) / up));
  const last = Math.min(x.length - 1, Math.floor((position + half) / up));
  let sum = 0;
  if (density === 1) {
    for (let k = first; k <= last; k++) sum += x[k]! * table[Math.abs(position - k * up)]!;
    return sum;
  }
  for (let k = first; k <= last; k++) sum += x[k]! * interpolated(table, Math.abs(position - k * up) * density);
  return sum;
}

function interpolated(table: Float64Array, at: number): number {
  const low = Math.min(Math.floor(at), table.length - 2);
  return table[low]! + (at - low) * (table[low + 1]! - table[low]!);
}

let latest: { up: number; down: number; filter: Filter } | undefined;

/** Recordings of one data set mostly share their length, so the latest filter is kept. */
function filterOf(up: number, down: number): Filter {
  if (latest?.up !== up || latest.down !== down) latest = { up, down, filter: makeFilter(up, down) };
  return latest.filter;
}

function makeFilter(up: number, down: number): Filter {
  const ratio = Math.max(up, down);
  const tableRatio = Math.min(ratio, MAX_TABLE_RATIO);
  const taps = tapTable(tableRatio);
  // The taps add up to `up`; that sum, per unit of ratio, is the same for every long filter.
  const sum = taps.reduce((total, tap, i) => total + (i === 0 ? tap : 2 * tap), 0) * (ratio / tableRatio);
  return { half: HALF_WIDTH * ratio, table: taps.map((tap) => (tap * up) / sum), density: tableRatio / ratio };
}

/** One side of the symmetric filter, the middle tap first. */
function tapTable(ratio: number): Float64Array {
  return Float64Array.from({ length: HALF_WIDTH * ratio + 1 }, (_, i) => shape(i / ratio));
}

/** The windowed sinc at `u` zero crossings from its middle, before scaling. */
function shape(u: number): number {
  const sinc = u === 0 ? 1 : Math.sin(Math.PI * u) / (Math.PI * u);
  const edge = u / HALF_WIDTH;
  return (sinc * besselI0(BETA * Math.sqrt(Math.max(0, 1 - edge * edge)))) / I0_BETA;
}

/** Modified Bessel function of the first kind, order 0, by its power series (all terms positive: no cancellation). */
export function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

const I0_BETA = besselI0(BETA);

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}
