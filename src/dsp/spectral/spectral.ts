import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import type { Traits } from '../../cpp.js';
import { boolean, choice, float, int, type Values } from '../../params.js';
import { featuresSpec, type Spec, signalOf } from '../../spec.js';
import { decimate, decimateWork, decimationTable } from '../primitives/decimate/decimate.js';
import { FFT_RULE, sineTable } from '../primitives/fft/fft.js';
import { butterworth, butterworthWork } from '../primitives/filter/filter.js';
import { LOG_WORK, logarithm } from '../primitives/log/log.js';
import { MEAN_WORK, SHAPE_WORK, SQUARE_WORK, Statistics } from '../primitives/stats/stats.js';
import { maxHoldSpectrum, welchWork } from '../primitives/welch/welch.js';
import { type Band, planSpectral } from './plan.js';
import header from './spectral.h.js';

const f32 = Math.fround;

const params = {
  scale: float(1, 'Factor every value is multiplied by.'),
  decimation: choice([1, 3, 10, 30, 100, 1000], 1, 'Keeps one of so many samples, after a low-pass.', {
    tune: [1, 3, 10],
  }),
  filter: choice(['none', 'low', 'high'], 'none', 'Butterworth filter; also limits the bins that are emitted.', {
    tune: ['none', 'low', 'high'],
  }),
  cutoffHz: float(3, 'Cut-off frequency of the filter in Hz.', { min: 1e-6, tune: [1, 3, 5, 8] }),
  filterOrder: choice([0, 2, 4, 6, 8], 6, 'Order of the filter; 0 only limits the bins.', { tune: [2, 4, 6, 8] }),
  fftLength: int(16, 'Points of the FFT.', { ...FFT_RULE, tune: [16, 32, 64, 128] }),
  log: boolean(true, 'Emit the base-10 logarithm of the powers.', { tune: [true, false] }),
  overlap: boolean(true, 'Overlap FFT frames by half.', { tune: [true, false] }),
  extraLowFrequency: boolean(false, 'Append the same features at a tenth of the rate.', { tune: [true, false] }),
};

type Params = Values<typeof params>;

/**
 * Statistics and power spectrum of every axis: features of repetitive motion.
 *
 * `signal [time T, axis A] -> features [axis A x (5 + bin B)]`: RMS, skewness, kurtosis, skewness and kurtosis of the
 * spectrum, then the largest power of every bin over all frames; with `extraLowFrequency` the same again at a tenth
 * of the rate, after all axes. Errors: `BAD_OPTION` for a cut-off outside the band, an unstable filter or no bin left;
 * `SHAPE_MISMATCH` for a window too short for `extraLowFrequency`. Follows version 4 of Edge Impulse's
 * `spectral_analysis` block, FFT mode.
 *
 * @example
 * ```ts
 * impulse({ input: motion({ axes: ['x', 'y', 'z'], rateHz: 62.5, windowMs: 2000 }), dsp: spectral({ fftLength: 32 }), learn });
 * ```
 */
export const spectral = processingBlock({
  type: 'spectral',
  version: 4,
  accepts: ['signal'],
  params,
  output: (input, p) => {
    const { bands } = planSpectral(input, p);
    const labels = bands.flatMap((band) =>
      signalOf(input).axes.flatMap((axis) => band.labels.map((l) => `${axis} ${l}`)),
    );
    return featuresSpec(labels.length, labels);
  },
  prepare: (input, p) => {
    const { samples, axes } = signalOf(input);
    const { decimations, sections, bands } = planSpectral(input, p);
    const tables = new Map(([3, 10] as const).map((ratio) => [ratio, decimationTable(ratio)]));
    const reduce = (x: Float32Array, count: number, ratio: 3 | 10): number =>
      decimate(x, count, ratio, tables.get(ratio)!);
    const x = new Float32Array(samples);
    const describe = describer(p);
    const scale = f32(p.scale);
    const middle = p.filter === 'low' ? 2 : -2;
    const [normal, low] = bands as [Band, Band?];
    return (window, out) => {
      let at = 0;
      let lowAt = axes.length * normal.labels.length;
      for (let axis = 0; axis < axes.length; axis++) {
        for (let i = 0; i < samples; i++) x[i] = scale * window[axis + i * axes.length]!;
        let count = samples;
        for (const ratio of decimations) count = reduce(x, count, ratio);
        butterworth(x, count, sections, middle);
        at = describe(x, count, normal, out, at);
        if (!low) continue;
        count = reduce(x, count, 10);
        lowAt = describe(x, count, low, out, lowAt);
      }
    };
  },
  work: (input, p) => {
    const { samples, axes } = signalOf(input);
    const { decimations, sections, bands } = planSpectral(input, p);
    const parts: Work[] = [{ flop: samples }];
    let count = samples;
    for (const ratio of decimations) {
      parts.push(decimateWork(count));
      count = Math.ceil(count / ratio);
    }
    parts.push(butterworthWork(count, sections.length / 3));
    if (bands.length > 1) parts.push(decimateWork(count));
    return addWork(timesWork(axes.length, addWork(...parts, ...bands.map((band) => bandWork(band, p)))), { call: 1 });
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Spectral',
    traits,
    scratchBytes: (input, p) => 4 * scratchFloats(input, p),
    codeBytes: { 'dsp/spectral': 896, 'dsp/fft': 1224, 'dsp/log': 204, 'dsp/stats': 152 },
  },
});

function traits(input: Spec<'signal'>, p: Params): Traits {
  const { samples, axes } = signalOf(input);
  const { decimations, sections, bands } = planSpectral(input, p);
  const [normal, low] = bands as [Band, Band?];
  const times10 = decimations.filter((ratio) => ratio === 10).length;
  const by3 = decimations.includes(3);
  return {
    ints: {
      kSamples: samples,
      kAxes: axes.length,
      kFftLength: p.fftLength,
      kStep: stepOf(p),
      kFirstBin: normal.firstBin,
      kEndBin: normal.endBin,
      kLowFirstBin: low?.firstBin ?? 0,
      kLowEndBin: low?.endBin ?? 0,
      kTimes3: by3 ? 1 : 0,
      kTimes10: times10,
      kSectionCount: sections.length / 3,
      kScratchFloats: scratchFloats(input, p),
    },
    floats: { kScale: p.scale, kFilterMiddle: p.filter === 'low' ? 2 : -2 },
    bools: { kLog: p.log, kExtraLowFrequency: p.extraLowFrequency },
    tables: {
      kSine: sineTable(p.fftLength),
      ...(sections.length > 0 ? { kSections: sections } : {}),
      ...(by3 ? { kDecimation3: decimationTable(3) } : {}),
      ...(times10 > 0 || low ? { kDecimation10: decimationTable(10) } : {}),
    },
  };
}

/** One axis, one FFT frame, one spectrum. */
function scratchFloats(input: Spec<'signal'>, p: Params): number {
  return 4 * Math.ceil((signalOf(input).samples + p.fftLength + p.fftLength / 2 + 1) / 4);
}

function stepOf(p: Params): number {
  return p.overlap ? p.fftLength / 2 : p.fftLength;
}

type Describe = (x: Float32Array, count: number, band: Band, out: Float32Array, at: number) => number;

/** Takes the mean off `x[0..count-1]` and writes its features from `at` on; returns where the next ones start. */
function describer(p: Params): Describe {
  const sine = sineTable(p.fftLength);
  const frame = new Float32Array(p.fftLength);
  const power = new Float32Array(p.fftLength / 2 + 1);
  const s = new Statistics();
  const shape = (x: Float32Array, count: number, out: Float32Array, at: number): void => {
    s.of(x, 0, count, 1);
    s.mean();
    s.shape(s.variance());
    out[at] = s.skewness;
    out[at + 1] = s.kurtosis;
  };
  return (x, count, band, out, at) => {
    s.of(x, 0, count, 1);
    s.mean();
    for (let i = 0; i < count; i++) x[i] = s.deviation(x[i]!);
    out[at] = s.rootMeanSquare();
    shape(x, count, out, at + 1);
    maxHoldSpectrum(x, count, stepOf(p), sine, frame, power);
    shape(power, power.length, out, at + 3);
    let next = at + 5;
    for (let b = band.firstBin; b < band.endBin; b++) out[next++] = p.log ? decades(power[b]!) : power[b]!;
    return next;
  };
}

function bandWork({ count, firstBin, endBin }: Band, p: Params): Work {
  const moments = addWork(MEAN_WORK, SQUARE_WORK, SHAPE_WORK);
  return addWork(
    timesWork(count, addWork(MEAN_WORK, SQUARE_WORK, moments, { flop: 2 })),
    welchWork(count, p.fftLength, stepOf(p)),
    timesWork(p.fftLength / 2 + 1, moments),
    p.log ? timesWork(endBin - firstBin, LOG_WORK) : {},
    { div: 16 },
  );
}

const EMPTY = f32(1e-10);
const DECADES_PER_E = f32(Math.LOG10E);

function decades(power: number): number {
  return f32(logarithm(power === 0 ? EMPTY : power) * DECADES_PER_E);
}
