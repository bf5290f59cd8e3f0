import type { TuningData } from '../../block.js';
import type { Options } from '../../params.js';
import { type Spec, signalOf } from '../../spec.js';
import {
  type Classes,
  classesOf,
  cosine,
  decibels,
  MOST_FRAMES,
  meanOverPairs,
  powerFrames,
  quantile,
} from '../autotune/tuning.js';
import type { params } from './params.js';

const FULL_SCALE = 32_768;
const SHORTEST = 32;
const LONGEST = 1024;
/** Windows looked at. */
const WINDOWS = 48;
const TRANSIENT = 0.3;
const LOWEST_FLOOR_DB = -200;

interface Frame {
  readonly size: number;
  readonly samples: number;
  readonly stride: number;
}

/**
 * The transform and frame length whose mean spectrograms differ most from class to class, a stride by how steady the
 * sound is, and the noise floor below three quarters of every recording. Where only one class is there the transform
 * stays.
 */
export function tuneSpectrogram(
  input: Spec<'signal'>,
  p: { readonly fftLength: number; readonly frameLengthMs: number },
  data: TuningData,
): Options<typeof params> {
  const { samples, rateHz } = signalOf(input);
  const classes = scaled(classesOf(data, WINDOWS));
  const windows = [...classes.values()].flat();
  const given = Math.max(4, Math.min(samples, Math.round((p.frameLengthMs * rateHz) / 1000)));
  const kept: Frame = { size: p.fftLength, samples: given, stride: Math.max(4, given >> 1) };
  const { size, samples: length } = classes.size < 2 ? kept : (mostDifferent(classes, samples) ?? kept);
  const noise = windows.map((window) => {
    const levels = powerFrames(window, { size, samples: length, stride: Math.max(4, length >> 1) }).flatMap((row) =>
      [...row].map(decibels),
    );
    return levels.length === 0 ? 0 : quantile(Float64Array.from(levels), 0.75);
  });
  const wanted = windows.some((window) => isTransient(window, size, length)) ? 0.75 * length : 2 * length;
  const stride = Math.max(4, Math.round(wanted), Math.ceil((samples - length) / (MOST_FRAMES - 1)));
  const perSample = 1000 / rateHz;
  return {
    fftLength: size,
    frameLengthMs: length * perSample,
    frameStrideMs: stride * perSample,
    noiseFloorDb: Math.max(LOWEST_FLOOR_DB, Math.floor(Math.min(0, ...noise))),
  };
}

/** Fractions of full scale, as the block takes them. */
function scaled(classes: Classes): Classes {
  const isAudio = [...classes.values()].some((windows) =>
    windows.some((window) => window.some((v) => Math.abs(v) > 1)),
  );
  if (!isAudio) return classes;
  return new Map(
    [...classes].map(([label, windows]) => [label, windows.map((window) => window.map((v) => v / FULL_SCALE))]),
  );
}

/** Least mean similarity of the classes' mean spectrograms; as published, the greatest would win. */
function mostDifferent(classes: Classes, samples: number): Frame | undefined {
  let best: { readonly frame: Frame; readonly similarity: number } | undefined;
  for (let size = SHORTEST; size <= Math.min(LONGEST, samples); size *= 2) {
    // Frames of twice and four times the transform are cut to it: the same spectra, fewer of them.
    const spectra = [...classes.values()].map((windows) =>
      windows.map((window) =>
        powerFrames(window, { size, samples: size, stride: size / 2 }).map((row) => row.map(decibels)),
      ),
    );
    for (const times of [1, 2, 4]) {
      const frame = { size, samples: times * size, stride: (times * size) / 2 };
      if (frame.samples > samples || (samples - frame.samples) / frame.stride + 1 > MOST_FRAMES) continue;
      const count = Math.floor((samples - frame.samples) / frame.stride) + 1;
      const means = spectra.map((of) => meanOf(of, times, count));
      const similarity = meanOverPairs(means, cosine);
      if (!best || similarity < best.similarity) best = { frame, similarity };
    }
  }
  return best?.frame;
}

/** Mean over windows of every `times`-th spectrum, side by side. */
function meanOf(windows: readonly (readonly Float32Array[])[], times: number, count: number): Float64Array {
  const bins = windows[0]![0]!.length;
  const sum = new Float64Array(count * bins);
  for (const rows of windows) {
    for (let k = 0; k < count; k++) {
      const row = rows[k * times]!;
      for (let b = 0; b < bins; b++) sum[k * bins + b] = sum[k * bins + b]! + row[b]! / windows.length;
    }
  }
  return sum;
}

/** Whether the spectrum changes by more than 30 % from one frame to the next. */
function isTransient(window: Float32Array, size: number, length: number): boolean {
  const rows = powerFrames(window, { size, samples: length, stride: Math.max(4, length >> 1) });
  return rows.some((row, k) => {
    const before = rows[k - 1];
    if (!before) return false;
    const change = Math.hypot(...row.map((power, b) => power - before[b]!));
    return change > TRANSIENT * Math.hypot(...before);
  });
}
