import { addWork, timesWork, type Work } from '../../cost.js';
import { fail } from '../../errors.js';
import { LOG_WORK, logarithm } from '../../logarithm.js';
import { MEAN_WORK, SHAPE_WORK, Statistics } from '../primitives/stats/stats.js';
import { waveletFilters } from '../primitives/wavelet/filters.js';
import { analyse, analyseWork, halfCount } from '../primitives/wavelet/wavelet.js';
import type { Analysis } from './analysis.js';
import type { Params } from './params.js';

const f32 = Math.fround;

const NAMES = [
  'entropy',
  'zcross',
  'mcross',
  'n5',
  'n25',
  'n75',
  'n95',
  'median',
  'mean',
  'std',
  'var',
  'rms',
  'skew',
  'kurtosis',
];

/** Statistics of the components of a wavelet decomposition: versions 3 and 4. */
export function waveletAnalysis(count: number, p: Params): Analysis {
  const { waveletLevel: level } = p;
  const filters = waveletFilters(p.wavelet);
  const [low, high] = [Float32Array.from(filters.low), Float32Array.from(filters.high)];
  const taps = low.length;
  if (count < 32 * 2 ** level) refuseShort(count, level);
  const counts = [count];
  for (let i = 0; i < level; i++) counts.push(halfCount(counts[i]!, taps));
  return {
    kind: 2,
    labels: Array.from({ length: level + 1 }, (_, i) => NAMES.map((name) => `L${i}-${name}`)).flat(),
    open: () => describer(counts, low, high),
    work: addWork(
      ...counts.slice(0, -1).map((n) => timesWork(2, analyseWork(n, taps))),
      ...[...counts.slice(1), counts.at(-1)!].map(componentWork),
    ),
    scratchFloats: level === 0 ? 0 : counts[1]!,
    traits: () => ({ ints: { kLevel: level, kTaps: taps }, tables: { kLow: low, kHigh: high } }),
    codeBytes: { 'dsp/components': 1038, 'dsp/log': 204 },
    view: {
      name: `details, then the approximation, of ${p.wavelet}`,
      axes: [{ name: 'coefficient', size: counts.slice(1).reduce((a, b) => a + b, counts.at(-1)!) }],
      open: () => (x) => coefficients(x, counts, low, high),
    },
  };
}

function refuseShort(count: number, level: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'spectral.waveletLevel',
    got: `${count} samples for ${level} levels`,
    expected: `at least ${32 * 2 ** level} samples (after decimation), 32 * 2^waveletLevel`,
    fix: 'Lengthen the window, or lower waveletLevel or decimation.',
  });
}

/** Counts for one component of m values; sorting takes about 1.6 compares and moves per value and doubling. */
function componentWork(m: number): Work {
  return addWork(timesWork(m, addWork(MEAN_WORK, SHAPE_WORK)), timesWork(1 + Math.min(m, 100) / 2, LOG_WORK), {
    flop: Math.round(m * (5 + Math.log2(m))),
    int: Math.round(800 + m * (15 + 7.3 * Math.log2(m))),
    div: 16,
  });
}

/** All details from fine to coarse, then the approximation. */
function coefficients(x: Float32Array, counts: readonly number[], low: Float32Array, high: Float32Array): Float32Array {
  const parts: number[] = [];
  let signal: Float32Array = x;
  for (let i = 1; i < counts.length; i++) {
    const detail = new Float32Array(counts[i]!);
    const half = new Float32Array(counts[i]!);
    analyse(signal, counts[i - 1]!, high, detail);
    analyse(signal, counts[i - 1]!, low, half);
    parts.push(...detail);
    signal = half;
  }
  parts.push(...signal.subarray(0, counts.at(-1)!));
  return Float32Array.from(parts);
}

function describer(counts: readonly number[], low: Float32Array, high: Float32Array): ReturnType<Analysis['open']> {
  const level = counts.length - 1;
  const buffer = new Float32Array(counts[1] ?? 0);
  const s = new Statistics();
  return (window, out, at) => {
    let x: Float32Array = window;
    let y: Float32Array = buffer;
    for (let component = level; component > 0; component--) {
      const n = counts[level - component]!;
      describe(y, analyse(x, n, high, y), s, out, at + NAMES.length * component);
      analyse(x, n, low, y);
      [x, y] = [y, x];
    }
    describe(x, counts[level]!, s, out, at);
  };
}

/** Fourteen numbers of one component, which is sorted afterwards. */
function describe(x: Float32Array, count: number, s: Statistics, out: Float32Array, at: number): void {
  s.centre();
  out[at + 1] = crossings(x, count, s);
  s.meanOf(x, 0, count, 1);
  out[at + 2] = crossings(x, count, s);
  s.shapeOf(x, 0, count, 1);
  const mean = s.mean;
  const variance = f32(s.standardDeviation * s.standardDeviation);
  const rms = f32(Math.sqrt(f32(variance + f32(mean * mean))));
  sortValues(x, count);
  out[at] = entropyOfSorted(x, count);
  out[at + 3] = percentile(x, count, 5);
  out[at + 4] = percentile(x, count, 25);
  out[at + 5] = percentile(x, count, 75);
  out[at + 6] = percentile(x, count, 95);
  out[at + 7] = percentile(x, count, 50);
  out[at + 8] = mean;
  out[at + 9] = s.standardDeviation;
  out[at + 10] = variance * f32(count / (count - 1));
  out[at + 11] = rms;
  out[at + 12] = s.skewness;
  out[at + 13] = rms === 0 ? 0 : s.kurtosis;
}

/** Share of steps on which the values change sides of the mean. */
function crossings(x: Float32Array, count: number, s: Statistics): number {
  let changes = 0;
  let wasAbove = s.deviation(x[0]!) > 0;
  for (let i = 1; i < count; i++) {
    const isAbove = s.deviation(x[i]!) > 0;
    if (isAbove !== wasAbove) changes++;
    wasAbove = isAbove;
  }
  return changes / count;
}

/** Sorts in place, smallest first (Shell), as the C++ twin does: zeros of both signs stay in the same order. */
function sortValues(x: Float32Array, count: number): void {
  let gap = 1;
  while (gap < Math.trunc(count / 3)) gap = 3 * gap + 1;
  for (; gap > 0; gap = Math.trunc(gap / 3)) {
    for (let i = gap; i < count; i++) {
      const value = x[i]!;
      let at = i;
      for (; at >= gap && value < x[at - gap]!; at -= gap) x[at] = x[at - gap]!;
      x[at] = value;
    }
  }
}

/** Entropy of the histogram of sorted values with 100 equal bins, in nats. */
function entropyOfSorted(x: Float32Array, count: number): number {
  const lowest = x[0]!;
  const width = f32(f32(x[count - 1]! - lowest) / 100);
  if (!(width > 0)) return 0;
  let sum = 0;
  for (let i = 0, bin = 1; i < count; bin++) {
    const start = i;
    const end = f32(lowest + f32(bin * width));
    while (i < count && (bin === 100 || x[i]! < end)) i++;
    if (i - start > 1) sum = f32(sum + f32((i - start) * logarithm(i - start)));
  }
  return f32(logarithm(count) - f32(sum / count));
}

/** The value that `percent` of the sorted values lie below. */
function percentile(x: Float32Array, count: number, percent: number): number {
  return x[Math.trunc(((count - 1) * percent + 50) / 100)]!;
}
