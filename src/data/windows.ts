import ndarray from 'ndarray';
import type { Box } from '../box.js';
import { fail, show } from '../errors.js';
import { resample } from './resample.js';
import { checkSignal, lengthOf, type Sample, type Segment, type Signal, viewOf } from './sample.js';

/** One window of a recording. */
export interface Window {
  readonly label: string | undefined;
  /** First time step in the recording. */
  readonly start: number;
  /** `[time T, axis A]`, interleaved; shares the recording's memory unless it was padded. */
  readonly values: Float32Array;
  /** Objects in a picture, in pixels of the window. */
  readonly boxes?: readonly Box[];
}

/**
 * How a window of a multi-label recording gets one label. `majority-in-window`: the label of most time steps, the one
 * met first when equal. `end-of-window`: that of the last. `{ anywhere, minShare }`: the first of `anywhere` that covers at least
 * `minShare` (0..1, default: one time step) of the window, otherwise the majority of the labels not listed.
 */
export type LabelRule =
  | 'majority-in-window'
  | 'end-of-window'
  | { readonly anywhere: readonly string[]; readonly minShare?: number };

export interface SliceOptions {
  /** Window length in time steps. */
  readonly samples: number;
  /** From one window to the next, in time steps. */
  readonly strideSamples: number;
  /** Pads recordings shorter than one window with zeros at the end; otherwise they give no window. Default true. */
  readonly zeroPad?: boolean;
  readonly labelRule?: LabelRule;
}

export interface WindowOptions extends SliceOptions {
  readonly rateHz: number;
  /** Axes by name and in this order; all by default. */
  readonly axes?: readonly string[];
}

/**
 * Windows of a sample at the rate and with the axes an impulse asks for: selects axes, resamples, slices.
 *
 * Errors: `BAD_DATA` (an axis that is not there, NaN), `BAD_OPTION`.
 *
 * @example
 * ```ts
 * toWindows(sample, { rateHz: 16_000, axes: ['audio'], samples: 16_000, strideSamples: 8_000 });
 * ```
 */
export function toWindows(sample: Sample, options: WindowOptions): Window[] {
  const { rateHz, axes } = options;
  const recorded = checkSignal(sample.signal, sample.id);
  const selected = axes ? selectAxes(recorded, axes, sample.id) : recorded;
  // A single reading has no rate: it is a window of one time step as it stands.
  const signal = selected.rateHz === 0 ? selected : resample(selected, rateHz);
  const segments = sample.segments && scaleSegments(sample.segments, lengthOf(selected), lengthOf(signal));
  return sliceWindows({ ...sample, signal, ...(segments ? { segments } : {}) }, options);
}

/**
 * The named axes of a signal, in the order asked for; the signal itself when these are all its axes.
 *
 * @throws `BAD_DATA` when an axis is not there; the message lists those that are.
 */
export function selectAxes(signal: Signal, names: readonly string[], where = 'selectAxes'): Signal {
  const same = names.length === signal.axes.length && names.every((name, i) => name === signal.axes[i]);
  if (same) return signal;
  const columns = names.map((name) => {
    const index = signal.axes.indexOf(name);
    return index >= 0 ? index : unknownAxis(signal, name, where);
  });
  const from = viewOf(signal);
  const values = new Float32Array(lengthOf(signal) * names.length);
  const to = ndarray(values, [lengthOf(signal), names.length]);
  columns.forEach((column, a) => {
    const [x, y] = [from.pick(null, column), to.pick(null, a)];
    for (let t = 0; t < lengthOf(signal); t++) y.set(t, x.get(t));
  });
  return { ...signal, axes: [...names], values };
}

function unknownAxis({ axes }: Signal, name: string, where: string): never {
  const near = nearest(axes, name);
  return fail({
    code: 'BAD_DATA',
    where,
    got: `no axis ${show(name)}`,
    expected: `one of ${axes.map(show).join(', ')}`,
    fix: near === undefined ? 'Ask for axes the recording has.' : `Did you mean ${show(near)}?`,
  });
}

/** Equal but for case and punctuation, or else one letter more, less or other. */
function nearest(axes: readonly string[], name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const equal = axes.find((axis) => plain(axis) === plain(name));
  return equal ?? axes.find((axis) => isOneLetterOff(plain(axis), plain(name)));
}

function isOneLetterOff(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [x, y] = [a.slice(start), b.slice(start)];
  return x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1);
}

/** Segments after resampling: each time step keeps the label of the moment it stands for. */
function scaleSegments(segments: readonly Segment[], length: number, newLength: number): Segment[] {
  const scale = (index: number) => Math.ceil((index * newLength) / length);
  return segments
    .map(({ startIndex, endIndex, label }) => ({
      startIndex: scale(startIndex),
      endIndex: scale(endIndex + 1) - 1,
      label,
    }))
    .filter(({ startIndex, endIndex }) => startIndex <= endIndex);
}

/**
 * Cuts a sample into windows at its own rate.
 *
 * signal [time T, axis A] -> windows [time N, axis A], floor((T - N) / stride) + 1 of them: a tail shorter than a window is
 * left out. A recording shorter than one window gives one, padded with zeros at the end.
 * Errors: `BAD_OPTION`. Windows share the recording's memory: do not write to them.
 */
export function sliceWindows(sample: Sample, options: SliceOptions): Window[] {
  const { samples, strideSamples, zeroPad = true, labelRule = 'majority-in-window' } = options;
  checkCount('samples', samples);
  checkCount('strideSamples', strideSamples);
  const { values, axes } = sample.signal;
  const length = lengthOf(sample.signal);
  const labelAt = (start: number, end: number) =>
    sample.segments ? labelOfWindow(sample.segments, start, end, labelRule) : sample.label;
  if (length < samples) {
    if (!zeroPad) return [];
    const padded = new Float32Array(samples * axes.length);
    padded.set(values);
    return [{ label: labelAt(0, length), start: 0, values: padded }];
  }
  return Array.from({ length: Math.floor((length - samples) / strideSamples) + 1 }, (_, i) => {
    const start = i * strideSamples;
    const end = start + samples;
    return { label: labelAt(start, end), start, values: values.subarray(start * axes.length, end * axes.length) };
  });
}

function checkCount(name: string, count: number): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  fail({
    code: 'BAD_OPTION',
    where: `windows.${name}`,
    got: String(count),
    expected: 'a whole number of time steps above 0',
    fix: 'Lengthen the window or its stride, or raise the rate.',
  });
}

/** The label of time steps `start` to `end` (exclusive). */
function labelOfWindow(segments: readonly Segment[], start: number, end: number, rule: LabelRule): string | undefined {
  if (rule === 'end-of-window') {
    return segments.find(({ startIndex, endIndex }) => startIndex < end && end - 1 <= endIndex)?.label;
  }
  const steps = new Map<string, number>();
  for (const { startIndex, endIndex, label } of segments) {
    const overlap = Math.min(end, endIndex + 1) - Math.max(start, startIndex);
    if (overlap > 0) steps.set(label, (steps.get(label) ?? 0) + overlap);
  }
  if (rule === 'majority-in-window') return largest(steps);
  const { anywhere, minShare = 0 } = rule;
  const least = Math.max(1, minShare * (end - start));
  const event = anywhere.find((label) => (steps.get(label) ?? 0) >= least);
  return event ?? largest(new Map([...steps].filter(([label]) => !anywhere.includes(label))));
}

/** The key of the largest count; the one inserted first when equal. */
function largest(counts: ReadonlyMap<string, number>): string | undefined {
  return [...counts].reduce<[string, number] | undefined>(
    (best, entry) => (best && best[1] >= entry[1] ? best : entry),
    undefined,
  )?.[0];
}
