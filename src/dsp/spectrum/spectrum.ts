import { processingBlock } from '../../block.js';
import { addWork, timesWork, type Work } from '../../cost.js';
import { LOG_WORK, logarithm } from '../../logarithm.js';
import { featuresSpec, type Spec } from '../../spec.js';
import { filterSample, filterWork, startSteady } from '../primitives/butterworth/butterworth.js';
import { fftWork, powerSpectrum } from '../primitives/fft/fft.js';
import { windowAt } from '../primitives/window/window.js';
import { type Params, params, planSpectrum } from './plan.js';
import header from './spectrum.h.js';

const f32 = Math.fround;
const LARGEST = f32(3.4028235e38);
const DECIBELS = f32(4.3429448);

type Plan = ReturnType<typeof planSpectrum>;

/**
 * Averaged spectrum of every axis, scaled so that its numbers mean something: amplitudes or power spectral densities of
 * FFT bins, bands, third octaves or orders of a rotation; of the signal or of its squared envelope. For vibration.
 *
 * `signal [time T, axis A] -> features [axis A x band B]` in the unit of the signal (density: unit^2 / Hz; envelope:
 * unit^2). Welch's method: windowed frames of `fftLength`, powers averaged, an incomplete last frame dropped.
 * Errors: `SHAPE_MISMATCH` for a window shorter than a frame or a band without a bin; `BAD_OPTION` for ranges outside
 * 0..rateHz/2. Source: Welch (1967); Heinzel, Ruediger and Schilling (2002); Randall and Antoni (2011).
 *
 * @example
 * ```ts
 * // bearing faults: lines at the fault rate in the envelope of a resonance
 * spectrum({ fftLength: 2048, envelope: true, envelopeLowHz: 2000, envelopeHighHz: 5000, highHz: 400 });
 * ```
 */
export const spectrum = processingBlock({
  type: 'spectrum',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input: Spec<'signal'>, p) => {
    const { axisNames, labels } = planSpectrum(input, p);
    const names = axisNames.flatMap((axis) => labels.map((label) => `${axis} ${label}`));
    return featuresSpec(names.length, names);
  },
  prepare: (input, p) => spectra(planSpectrum(input, p), p),
  work: (input, p) => {
    const plan = planSpectrum(input, p);
    const perFrame = addWork(fftWork(p.fftLength), {
      flop: (p.removeMean ? 5 : 1) * p.fftLength + p.fftLength / 2 + plan.lastBin - plan.firstBin + 1,
      int: (p.removeMean ? 6 : 3) * p.fftLength + p.fftLength + 3 * (plan.lastBin - plan.firstBin + 1),
    });
    const each: Work = p.db
      ? addWork(LOG_WORK, { flop: 3, int: 9 })
      : p.output === 'density'
        ? { flop: 2, int: 9 }
        : { flop: 2, int: 9, div: 1 };
    const perAxis = [
      timesWork(plan.frames, perFrame),
      timesWork(plan.edges.length - 1, each),
      { flop: plan.lastBin - plan.firstBin + 1, int: 2 * (plan.lastBin - plan.firstBin + 1) },
      plan.envelope
        ? addWork(filterWork(input.axes[0]!.size, plan.envelope.count), {
            flop: 2 * input.axes[0]!.size,
            int: 6 * input.axes[0]!.size,
          })
        : {},
    ];
    return addWork(timesWork(plan.axes, addWork(...perAxis)), { call: 1 });
  },
  views: (input, p) => {
    const whole: Params = { ...p, resolution: 'bins' };
    const plan = planSpectrum(input, whole);
    const run = spectra(plan, whole);
    const axes = [
      { name: 'axis', size: plan.axes, labels: plan.axisNames },
      {
        name: 'frequency',
        size: plan.labels.length,
        start: (plan.firstBin * plan.rateHz) / p.fftLength,
        step: plan.rateHz / p.fftLength,
        unit: 'Hz',
      },
    ];
    return (x) => {
      const values = new Float32Array(plan.axes * plan.labels.length);
      run(x, values);
      const name = p.envelope ? 'envelope spectrum' : 'spectrum';
      return [{ name, spec: { kind: 'features', axes, ...(p.db && { unit: 'dB' }) }, values }];
    };
  },
  cpp: {
    header,
    type: 'impulsekit::dsp::WelchSpectrum',
    traits: (input, p) => {
      const plan = planSpectrum(input, p);
      return {
        ints: {
          kAxes: plan.axes,
          kFftLength: p.fftLength,
          kStep: plan.step,
          kFrames: plan.frames,
          kFirstBin: plan.firstBin,
          kLastBin: plan.lastBin,
          kBands: plan.edges.length - 1,
          kWindowCount: plan.window.length,
          kSectionCount: plan.envelope?.count ?? 0,
        },
        floats: { kEdgeFactor: plan.edgeFactor, kFrameFactor: plan.frameFactor },
        bools: {
          kRemoveMean: p.removeMean,
          kMaxHold: p.averaging === 'max',
          kSingleBins: plan.single,
          kDensity: p.output === 'density',
          kDecibels: p.db,
          kEnvelope: p.envelope,
        },
        tables: {
          kTwiddles: plan.twiddles,
          kWindow: plan.window,
          kEdges: plan.single ? new Uint16Array(1) : plan.edges,
          ...(plan.envelope && { kSections: plan.envelope.sections }),
        },
      };
    },
    scratchBytes: (input, p) => {
      const plan = planSpectrum(input, p);
      const power = plan.frames > 1 ? plan.lastBin - plan.firstBin + 1 : 0;
      return 4 * (p.fftLength * (p.envelope ? 2 : 1) + power);
    },
    writesOnce: true,
    codeBytes: (_input, p) => ({
      'dsp/welch spectrum': 450,
      'dsp/fft': 1512,
      ...(p.envelope && { 'dsp/envelope': 200 }),
      ...(p.db && { 'dsp/log': 204 }),
    }),
  },
});

/** Computes the features of one window. */
function spectra(plan: Plan, p: Params): (x: Float32Array, out: Float32Array) => void {
  const frame = new Float32Array(p.fftLength);
  const power = new Float32Array(plan.lastBin - plan.firstBin + 1);
  return (x, out) => {
    for (let a = 0; a < plan.axes; a++) {
      const samples = axisOf(x, a, plan);
      for (let k = 0; k < plan.frames; k++) {
        fillFrame(samples, k * plan.step, p.removeMean, plan.window, frame);
        powerSpectrum(frame, p.fftLength, plan.twiddles);
        frame[0] = frame[0]! * plan.edgeFactor;
        frame[p.fftLength / 2] = frame[p.fftLength / 2]! * plan.edgeFactor;
        gather(frame, plan.firstBin, power, k === 0, p.averaging === 'max');
      }
      bandValues(power, plan, p, out, a * plan.labels.length);
    }
  };
}

/** One axis, or the squared envelope 2 y^2 of its band. */
function axisOf(x: Float32Array, axis: number, { axes, envelope }: Plan): Float32Array {
  const samples = Float32Array.from({ length: x.length / axes }, (_, t) => x[t * axes + axis]!);
  if (!envelope) return samples;
  const state = new Float32Array(2 * envelope.count);
  startSteady(samples[0]!, envelope.sections, state);
  return samples.map((value) => {
    const y = filterSample(value, envelope.sections, 7, state);
    return f32(f32(y + y) * y);
  });
}

function fillFrame(
  samples: Float32Array,
  start: number,
  removeMean: boolean,
  window: Float32Array,
  frame: Float32Array,
): void {
  const size = frame.length;
  const first = removeMean ? samples[start]! : 0;
  let mean = 0;
  if (removeMean) {
    for (let i = 0; i < size; i++) mean = f32(mean + f32(samples[start + i]! - first));
    mean = f32(mean * (1 / size));
  }
  for (let i = 0; i < size; i++) {
    const value = samples[start + i]!;
    frame[i] = (removeMean ? f32(f32(value - first) - mean) : value) * windowAt(window, i, size);
  }
}

function gather(frame: Float32Array, firstBin: number, power: Float32Array, isFirst: boolean, maxHold: boolean): void {
  for (let b = 0; b < power.length; b++) {
    const value = frame[firstBin + b]!;
    if (isFirst) power[b] = value;
    else if (!maxHold) power[b] = power[b]! + value;
    else if (value > power[b]!) power[b] = value;
  }
}

function bandValues(power: Float32Array, plan: Plan, p: Params, out: Float32Array, at: number): void {
  const { edges, single, frameFactor } = plan;
  for (let i = 0; i + 1 < edges.length; i++) {
    let sum = 0;
    for (let b = edges[i]!; b < edges[i + 1]!; b++) sum = f32(sum + power[b]!);
    if (p.output === 'density' && !single) sum = f32(sum / (edges[i + 1]! - edges[i]!));
    sum = f32(sum * frameFactor);
    if (!(sum <= LARGEST)) sum = LARGEST;
    out[at + i] = p.db ? DECIBELS * logarithm(sum) : p.output === 'density' ? sum : Math.sqrt(sum);
  }
}
