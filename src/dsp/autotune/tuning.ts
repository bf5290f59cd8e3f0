/** What the searches of several blocks share. */
import FFT from 'fft.js';
import type { TuningData } from '../../block.js';

/** Windows by label, in the order of their labels. */
export type Classes = ReadonlyMap<string, readonly Float32Array[]>;

/** Finite windows by class, at most `most` in all: evenly picked, so that every class has its share. */
export function classesOf({ windows, labels }: TuningData, most = 128): Classes {
  const classes = new Map<string, Float32Array[]>();
  windows.forEach((window, i) => {
    if (!window.every(Number.isFinite)) return;
    const label = labels[i]!;
    classes.set(label, [...(classes.get(label) ?? []), window]);
  });
  const share = Math.max(2, Math.floor(most / Math.max(1, classes.size)));
  const sorted = [...classes].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([label, all]) => [label, evenly(all, share)]));
}

function evenly<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

/** Least power of two that is not below. */
export function powerOfTwoFrom(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

/** Cosine of the angle between two vectors; 1 when one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa === 0 || bb === 0 ? 1 : ab / Math.sqrt(aa * bb);
}

/** Mean over all pairs; NaN when there is none. */
export function meanOverPairs<T>(items: readonly T[], of: (a: T, b: T) => number): number {
  let sum = 0;
  let pairs = 0;
  items.forEach((a, i) => {
    for (const b of items.slice(i + 1)) {
      sum += of(a, b);
      pairs++;
    }
  });
  return sum / pairs;
}

/** The value that a share of a list lies below, between two neighbours where need be. */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (b - a) * (at - below);
}

const EMPTY = 1e-10;

export function decibels(power: number): number {
  return 10 * Math.log10(Math.max(power, EMPTY));
}

/**
 * Power spectra of frames of one axis, `[frame][bin 0..size / 2]`; frames longer than the transform are cut, shorter
 * ones padded with zeros.
 */
export function powerFrames(
  x: Float32Array,
  frame: { readonly size: number; readonly samples: number; readonly stride: number },
): Float32Array[] {
  const { size, samples, stride } = frame;
  const transform = new FFT(size);
  const used = Math.min(size, samples);
  const padded = new Float64Array(size);
  const complex = new Float64Array(2 * size);
  const rows: Float32Array[] = [];
  for (let start = 0; start + samples <= x.length; start += stride) {
    padded.set(x.subarray(start, start + used));
    transform.realTransform(complex, padded);
    const row = new Float32Array(size / 2 + 1);
    for (let b = 0; b < row.length; b++) row[b] = (complex[2 * b]! ** 2 + complex[2 * b + 1]! ** 2) / size;
    rows.push(row);
  }
  return rows;
}

/** Largest power of every bin over frames that overlap by half; a signal shorter than a frame is padded. */
export function maxHold(x: Float32Array, size: number): Float32Array {
  const padded = x.length >= size ? x : Float32Array.from({ length: size }, (_, i) => x[i] ?? 0);
  const rows = powerFrames(padded, { size, samples: size, stride: size / 2 });
  return rows[0]!.map((_, bin) => rows.reduce((most, row) => Math.max(most, row[bin]!), 0));
}

/** One axis of an interleaved window, times a factor, without its mean. */
export function axisOf(window: Float32Array, axis: number, axes: number, scale = 1): Float32Array {
  const x = Float32Array.from({ length: window.length / axes }, (_, t) => scale * window[t * axes + axis]!);
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  return x.map((value) => value - mean);
}

export const MOST_FRAMES = 500;

/** Length, stride and transform of audio frames: 25 ms, and a stride that keeps a window below 500 frames. */
export function audioFrames(rateHz: number, samples: number, strideMs: number) {
  const windowMs = (1000 * samples) / rateHz;
  const frameLengthMs = Math.min(25, windowMs);
  return {
    frameLengthMs,
    frameStrideMs: windowMs / strideMs > MOST_FRAMES ? windowMs / MOST_FRAMES : strideMs,
    fftLength: Math.max(8, powerOfTwoFrom(Math.trunc((25 * rateHz) / 1000))),
  };
}

const LOWEST_HZ = 80;

/** Hum and rumble lie below; signals of very low rate keep everything. */
export function lowestHz(rateHz: number): number {
  return rateHz > 8 * LOWEST_HZ ? LOWEST_HZ : 0;
}
