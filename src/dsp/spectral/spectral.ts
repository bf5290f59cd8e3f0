import { processingBlock, type View } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import type { Traits } from '../../cpp.js';
import { featuresSpec, type Spec, signalSpec } from '../../spec.js';
import { decimate, decimateWork, decimationTable } from '../primitives/decimate/decimate.js';
import { butterworth, butterworthWork } from '../primitives/filter/filter.js';
import { MEAN_WORK, Statistics } from '../primitives/stats/stats.js';
import { tuneSpectral } from './autotune.js';
import { type Params, params } from './params.js';
import { planSpectral, type SpectralPlan } from './plan.js';
import header from './spectral.h.js';

const f32 = Math.fround;

/**
 * Statistics and power spectrum of every axis: features of repetitive motion.
 *
 * `signal [time T, axis A] -> features [axis A x (5 + bin B)]`: RMS, skewness, kurtosis, skewness and kurtosis of the
 * spectrum, then the largest power of every bin over all frames; with `extraLowFrequency` the same again at a tenth
 * of the rate, after all axes. With wavelets 14 statistics per component instead; the statistics of the spectrum are new
 * in version 4, and version 1 gives peaks and power between edges. Errors: `BAD_OPTION` for a cut-off outside the band, an
 * unstable filter, no bin left or an option that a version does not have; `SHAPE_MISMATCH` for a window too short for
 * `extraLowFrequency` or `waveletLevel`. Follows Edge Impulse's `spectral_analysis` block, versions 1 to 4.
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
    const { axes, analysis, low } = planSpectral(input, p);
    const labels = [analysis, ...(low ? [low] : [])].flatMap((set) =>
      axes.flatMap((axis) => set.labels.map((label) => `${axis} ${label}`)),
    );
    return featuresSpec(labels.length, labels);
  },
  prepare: (input, p) => {
    const plan = planSpectral(input, p);
    const { samples, axes, count, analysis, low } = plan;
    const x = new Float32Array(samples);
    const front = frontEnd(plan, p);
    const describe = analysis.open();
    const describeLow = low?.open();
    return (window, out) => {
      let lowAt = axes.length * analysis.labels.length;
      for (let axis = 0; axis < axes.length; axis++) {
        front.axis(window, axis, x);
        describe(x, out, axis * analysis.labels.length);
        if (!low || !describeLow) continue;
        front.tenth(x, count);
        describeLow(x, out, lowAt);
        lowAt += low.labels.length;
      }
    };
  },
  work: (input, p) => {
    const { axes, samples, decimations, count, sections, analysis, low } = planSpectral(input, p);
    const parts: Work[] = [{ flop: p.scale === 1 ? 0 : samples, int: 2 * samples }, analysis.work];
    let left = samples;
    for (const ratio of decimations) {
      parts.push(decimateWork(left));
      left = Math.ceil(left / ratio);
    }
    parts.push(butterworthWork(count, sections.length / 3), timesWork(count, CENTRE_WORK));
    if (low) parts.push(decimateWork(count), timesWork(Math.ceil(count / 10), CENTRE_WORK), low.work);
    return addWork(timesWork(axes.length, addWork(...parts)), { call: 1 });
  },
  autotune: tuneSpectral,
  views: (input, p) => {
    const plan = planSpectral(input, p);
    return (window) => viewsOf(plan, p, window);
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::Spectral',
    traits,
    scratchBytes: (input, p) => 4 * scratchFloats(planSpectral(input, p)),
    // The list of peaks is sorted where it is written.
    writesOnce: (p) => p.version > 1,
    codeBytes: (input, p) => {
      const { decimations, sections, analysis, low } = planSpectral(input, p);
      return {
        'dsp/spectral': 96,
        'dsp/stats': 640,
        ...analysis.codeBytes,
        ...(sections.length > 0 ? { 'dsp/butterworth in place': 116 } : {}),
        ...(decimations.length > 0 || low ? { 'dsp/decimate': 720 } : {}),
      };
    },
  },
});

const CENTRE_WORK = addWork(MEAN_WORK, { flop: 2, int: 3 });

/** One axis, and what the analysis needs behind it. */
function scratchFloats({ samples, analysis }: SpectralPlan): number {
  return 4 * Math.ceil((samples + analysis.scratchFloats) / 4);
}

function traits(input: Spec<'signal'>, p: Params): Traits {
  const plan = planSpectral(input, p);
  const { samples, axes, decimations, sections, analysis, low } = plan;
  const own = analysis.traits();
  const times10 = decimations.filter((ratio) => ratio === 10).length;
  const by3 = decimations.includes(3);
  return {
    ints: {
      kAnalysis: analysis.kind,
      kSamples: samples,
      kAxes: axes.length,
      kFeatures: analysis.labels.length,
      kLowFeatures: low?.labels.length ?? 0,
      kTimes3: by3 ? 1 : 0,
      kTimes10: times10,
      kSectionCount: sections.length / 3,
      kScratchFloats: scratchFloats(plan),
      ...own.ints,
      ...(low ? { kLowFirstBin: low.firstBin, kLowEndBin: low.endBin } : {}),
    },
    floats: { kScale: p.scale, kFilterMiddle: middle(p), ...own.floats },
    bools: { kExtraLowFrequency: low !== undefined, ...own.bools },
    tables: {
      ...own.tables,
      ...(sections.length > 0 ? { kSections: sections } : {}),
      ...(by3 ? { kDecimation3: decimationTable(3) } : {}),
      ...(times10 > 0 || low ? { kDecimation10: decimationTable(10) } : {}),
    },
  };
}

/** Middle factor of the numerator of a filter section. */
function middle({ filter }: Params): number {
  return filter === 'low' ? 2 : -2;
}

/** Scale, decimation, filter, mean. */
function frontEnd({ samples, axes, decimations, sections }: SpectralPlan, p: Params) {
  const tables = new Map(([3, 10] as const).map((ratio) => [ratio, decimationTable(ratio)]));
  const s = new Statistics();
  const scale = f32(p.scale);
  const centre = (x: Float32Array, count: number): void => {
    s.meanOf(x, 0, count, 1);
    for (let i = 0; i < count; i++) x[i] = s.deviation(x[i]!);
  };
  return {
    /** Leaves one axis of the window in x. */
    axis: (window: Float32Array, axis: number, x: Float32Array): void => {
      for (let i = 0; i < samples; i++) x[i] = scale * window[axis + i * axes.length]!;
      let count = samples;
      for (const ratio of decimations) count = decimate(x, count, ratio, tables.get(ratio)!);
      butterworth(x, count, sections, middle(p));
      centre(x, count);
    },
    /** Leaves `x[0..count-1]` at a tenth of the rate in x. */
    tenth: (x: Float32Array, count: number): void => centre(x, decimate(x, count, 10, tables.get(10)!)),
  };
}

/** What the analysis sees of every axis, and the step between that and the features. */
function viewsOf(plan: SpectralPlan, p: Params, window: Float32Array): View[] {
  const { samples, axes, count, rateHz, analysis } = plan;
  const front = frontEnd(plan, p);
  const signal = new Float32Array(count * axes.length);
  const steps: number[] = [];
  const step = analysis.view.open();
  axes.forEach((_, axis) => {
    const x = new Float32Array(samples);
    front.axis(window, axis, x);
    for (let i = 0; i < count; i++) signal[axis + i * axes.length] = x[i]!;
    steps.push(...step(x));
  });
  const rows = { name: 'axis', size: axes.length, labels: axes };
  const spec: Spec = { kind: 'spectrogram', axes: [rows, ...analysis.view.axes] };
  return [
    { name: 'signal without its mean', spec: signalSpec(count, axes, rateHz), values: signal },
    { name: analysis.view.name, spec, values: Float32Array.from(steps) },
  ];
}
