import ndarray, { type NdArray } from 'ndarray';
import type { Box } from '../box.js';
import { fail, show } from '../errors.js';

/**
 * A recorded signal `[time T, axis A]`: values interleaved by time step, `values[t * A + a]`.
 * Audio is on the int16 scale (-32768..32767); other sensors keep the unit of their file.
 */
export interface Signal {
  /** Time steps per second; 0 for a single reading that is no time series. */
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly values: Float32Array;
  /** Pixels in a row, for pictures: their time steps are pixels, their axes colours. See `imageSignal`. */
  readonly width?: number;
}

/** A labelled stretch of a recording, in time steps. */
export interface Segment {
  readonly startIndex: number;
  /** Inclusive. */
  readonly endIndex: number;
  readonly label: string;
}

/** What one file holds. */
export interface Recording {
  readonly signal: Signal;
  /** Present when the file itself names its label. */
  readonly label?: string;
  readonly segments?: readonly Segment[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A recording with what is known of it. */
export interface Sample {
  /** Path below the data set's folder, with `/`; any unique text elsewhere. */
  readonly id: string;
  /** `undefined` when the sample is unlabeled or has `segments`. */
  readonly label: string | undefined;
  /** Labels over time, covering every time step in order without overlap. */
  readonly segments?: readonly Segment[];
  /** Objects in a picture, in its pixels; an empty list says that there are none. */
  readonly boxes?: readonly Box[];
  readonly signal: Signal;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Dataset {
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
  readonly name?: string;
  /** Files that look like recordings but were left out: not listed in `info.labels`, or in a folder of no category. */
  readonly skipped?: readonly string[];
}

/** Number of time steps. */
export function lengthOf(signal: Signal): number {
  return signal.values.length / signal.axes.length;
}

/** The signal as a strided view `[time T, axis A]` over the same memory: `viewOf(s).pick(null, 1)` is the second axis. */
export function viewOf(signal: Signal): NdArray<Float32Array> {
  return ndarray(signal.values, [lengthOf(signal), signal.axes.length]);
}

/** Rate of an interval in milliseconds; a whole number when within 0.01 Hz of one (104 for 9.615385 ms). */
export function rateOf(intervalMs: number): number {
  const rateHz = 1000 / intervalMs;
  const whole = Math.round(rateHz);
  return whole > 0 && Math.abs(rateHz - whole) <= 0.01 ? whole : rateHz;
}

/** Refuses NaN, infinities and whatever float32 cannot hold, naming the file, the row and the axis. */
export function finite(value: unknown, name: string, row: string, axis: string): number {
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
  return fail({
    code: 'BAD_DATA',
    where: `${name}, ${row}, axis ${show(axis)}`,
    got: typeof value === 'number' ? String(value) : show(value),
    expected: 'a finite number',
    fix: 'Remove or repair this reading.',
  });
}

/** Checks a signal made in code: at least one axis and one time step, whole rows, distinct names, finite values. */
export function checkSignal(signal: Signal, name: string): Signal {
  const { axes, values, rateHz } = signal;
  const bad = (got: string, expected: string, fix: string) =>
    fail({ code: 'BAD_DATA', where: name, got, expected, fix });
  if (axes.length === 0) bad('no axes', 'at least one axis', 'Name every column of the recording.');
  const twice = axes.find((axis, i) => axes.indexOf(axis) !== i);
  if (twice !== undefined) bad(`two axes called ${show(twice)}`, 'distinct axis names', 'Rename one of them.');
  if (values.length === 0) bad('no samples', 'at least one reading', 'Remove the file or record it again.');
  if (values.length % axes.length !== 0) {
    bad(`${values.length} values`, `a multiple of ${axes.length} axes`, 'Give one value per axis and time step.');
  }
  if (!(Number.isFinite(rateHz) && rateHz >= 0))
    bad(`a rate of ${rateHz} Hz`, 'a finite rate', 'Correct the interval.');
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const row = Math.floor(i / axes.length);
    finite(values[i], name, `row ${row}`, axes[i % axes.length]!);
  }
  return signal;
}
