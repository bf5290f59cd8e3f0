import type { TuningData } from '../../block.js';
import type { Options } from '../../params.js';
import { type Spec, signalOf } from '../../spec.js';
import { axisOf, classesOf, cosine, maxHold, meanOverPairs, powerOfTwoFrom } from '../autotune/tuning.js';
import type { Params, params } from './params.js';
import { planSpectral } from './plan.js';

type Choice = Options<typeof params>;

/** Points of the spectra the filter is chosen from. */
const POINTS = 512;
const RATIOS = [1000, 100, 30, 10, 3] as const;
const FEWEST_SAMPLES = 16;
const PEAK_SHARE = 0.8;
const PEAK_DISTANCE = 3;
/** What each doubling of the transform costs a candidate. */
const SHORTER = 0.93;
const LEAST = 1e-20;

/**
 * Scale by the largest value; a filter around the frequencies in which classes differ; decimation below a low-pass; the
 * transform whose spectra tell classes apart best, short ones preferred. With one class only the scale changes.
 */
export function tuneSpectral(input: Spec<'signal'>, p: Params, data: TuningData): Choice {
  const { samples, axes, rateHz } = signalOf(input);
  const classes = classesOf(data);
  const largest = [...classes.values()].flat().reduce((most, window) => Math.max(most, peak(window)), 0);
  const scale = largest > 0 ? 1 / largest : 1;
  const common: Choice = { scale, version: 4, analysis: 'fft', overlap: false, extraLowFrequency: false };
  if (classes.size < 2 || samples < FEWEST_SAMPLES) return { ...common, version: p.version, overlap: p.overlap };
  const signals: Signals = [...classes.values()].map((windows) =>
    windows.map((window) => axes.map((_, axis) => axisOf(window, axis, axes.length, scale))),
  );
  const filter = filterFor(signals, rateHz);
  const filtered: Choice = { ...common, ...filter.options };
  const decimation = filter.options.filter === 'low' ? ratioFor(filter.options.cutoffHz!, rateHz, samples) : 1;
  const choices: Choice[] = [
    { ...filtered, decimation },
    { ...filtered, decimation: 1 },
    { ...common, filter: 'none', decimation: 1 },
  ];
  const complete = choices.map((choice) => {
    const left = Math.ceil(samples / choice.decimation!);
    const shortest = choice.decimation === 1 && choice.filter === 'low' ? filter.shortest : 32;
    return { ...choice, fftLength: transformFor(signals, shortest, left, choice.decimation!) };
  });
  return complete.find((choice) => isPossible(input, { ...p, ...choice } as Params)) ?? common;
}

/** By class, window and axis. */
type Signals = readonly (readonly (readonly Float32Array[])[])[];

function peak(window: Float32Array): number {
  return window.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function isPossible(input: Spec<'signal'>, choice: Params): boolean {
  try {
    planSpectral(input, choice);
    return true;
  } catch {
    return false;
  }
}

/** Sum over the windows of a class of log power spectra, all axes together. */
function spectrumOf(windows: Signals[number], points: number): Float64Array {
  const sum = new Float64Array(points / 2 + 1);
  for (const axes of windows) {
    for (const x of axes) {
      maxHold(x, points).forEach((power, bin) => {
        sum[bin] = sum[bin]! + Math.log10(Math.max(power, LEAST));
      });
    }
  }
  return sum.map((value) => value / windows.length);
}

interface Filter {
  readonly options: { readonly filter: 'none' | 'low' | 'high'; readonly cutoffHz?: number; readonly filterOrder?: 6 };
  /** Least points that resolve the band. */
  readonly shortest: number;
}

/** A filter that keeps the frequencies in which the classes differ. */
export function filterFor(signals: Signals, rateHz: number): Filter {
  const spectra = signals.map((windows) => spectrumOf(windows, POINTS));
  const bins = POINTS / 2 - 1;
  const curve = Float64Array.from({ length: bins }, (_, i) => {
    return meanOverPairs(spectra, (a, b) => Math.abs(a[i + 1]! - b[i + 1]!));
  });
  const peaks = peaksOf(curve);
  const none: Filter = { options: { filter: 'none' }, shortest: 32 };
  if (peaks.length === 0) return none;
  let lower = peaks[0]!;
  while (lower > 0 && curve[lower - 1]! > curve[peaks[0]!]! / 2) lower--;
  let upper = peaks.at(-1)!;
  while (upper < bins - 1 && curve[upper + 1]! > curve[peaks.at(-1)!]! / 2) upper++;
  const isLow = lower + 1 < 4;
  const isHigh = upper + 1 > bins - 3;
  if (isLow && isHigh) return none;
  const hzOf = (bin: number): number => (bin * rateHz) / POINTS;
  if (isHigh) return { options: { filter: 'high', cutoffHz: hzOf(lower + 1 - 2), filterOrder: 6 }, shortest: 32 };
  const edge = upper + 1 + 2;
  return {
    options: { filter: 'low', cutoffHz: hzOf(edge), filterOrder: 6 },
    shortest: Math.max(32, powerOfTwoFrom((2 * POINTS) / edge)),
  };
}

/** Local maxima above 80 % of the range, three bins apart or more, the higher first kept. */
function peaksOf(curve: Float64Array): number[] {
  const [low, high] = [Math.min(...curve), Math.max(...curve)];
  if (!(high > low)) return [];
  const threshold = low + PEAK_SHARE * (high - low);
  const found = [...curve.keys()].filter((i) => {
    const [before, after] = [curve[i - 1] ?? Number.NEGATIVE_INFINITY, curve[i + 1] ?? Number.NEGATIVE_INFINITY];
    return curve[i]! >= threshold && curve[i]! > before && curve[i]! >= after;
  });
  const kept: number[] = [];
  for (const i of found.sort((a, b) => curve[b]! - curve[a]! || a - b)) {
    if (kept.every((other) => Math.abs(other - i) >= PEAK_DISTANCE)) kept.push(i);
  }
  return kept.sort((a, b) => a - b);
}

/** The largest ratio that leaves the band of a low-pass and 16 samples or more. */
export function ratioFor(cutoffHz: number, rateHz: number, samples: number): 1 | (typeof RATIOS)[number] {
  const fits = RATIOS.find((ratio) => (0.9 * rateHz) / (2 * ratio) >= cutoffHz);
  return fits !== undefined && samples / fits >= FEWEST_SAMPLES ? fits : 1;
}

/** Points of the transform: the mean difference of the classes' spectra, less 7 % for each doubling. */
function transformFor(signals: Signals, shortest: number, samples: number, decimation: number): number {
  const least = Math.min(shortest, Math.max(4, powerOfTwoFrom(samples + 1) / 2));
  let best = { points: least, score: Number.NEGATIVE_INFINITY };
  for (let points = least; points <= Math.min(4096, samples); points *= 2) {
    // Decimation keeps the lowest bins of a transform as much longer: the same frequencies at the same resolution.
    const spectra = signals.map((windows) => lowest(windows, points, decimation));
    const score = meanOverPairs(spectra, (a, b) => 1 - cosine(a, b)) * SHORTER ** Math.log2(points);
    if (score > best.score) best = { points, score };
  }
  return best.points;
}

function lowest(windows: Signals[number], points: number, decimation: number): Float64Array {
  if (decimation === 1) return spectrumOf(windows, points);
  const long = spectrumOf(windows, powerOfTwoFrom(points * decimation));
  return long.subarray(0, Math.max(2, Math.min(long.length, points / 2 + 1)));
}
