import { addWork, timesWork } from '../../cost.js';
import { fftWork, powerSpectrum, twiddleTable } from '../primitives/fft/fft.js';
import { MEAN_WORK, SHAPE_WORK, Statistics } from '../primitives/stats/stats.js';
import type { Analysis } from './analysis.js';
import type { Params } from './params.js';

const f32 = Math.fround;

/** RMS, spectral peaks and power between edges: version 1. */
export function peaksAnalysis(count: number, rateHz: number, p: Params): Analysis {
  const { fftLength, peaks, powerEdgesHz } = p;
  const numbers = Array.from({ length: peaks }, (_, i) => i + 1);
  const isTwice = count > fftLength;
  const transform = addWork(fftWork(fftLength), { flop: 3 * fftLength, int: 4 * fftLength });
  return {
    kind: 1,
    labels: [
      'RMS',
      ...numbers.flatMap((i) => [`Peak ${i} Freq`, `Peak ${i} Height`]),
      ...powerEdgesHz.slice(1).map((hz, i) => `Spectral Power ${decimal(powerEdgesHz[i]!)} - ${decimal(hz)} Hz`),
    ],
    open: () => describer(count, rateHz, p),
    work: addWork(
      timesWork(count, SHAPE_WORK),
      transform,
      isTwice ? addWork(transform, timesWork(fftLength, MEAN_WORK)) : {},
      // A peak every fourth bin or so takes a square root.
      { flop: fftLength, int: 4 * fftLength, div: 9 + fftLength / 8 + powerEdgesHz.length },
    ),
    scratchFloats: fftLength,
    traits: () => ({
      ints: { kFftLength: fftLength, kPeaks: peaks, kEdgeCount: powerEdgesHz.length },
      floats: { kThreshold: p.peakThreshold, kPointHz: pointHz(rateHz, p), kDensity: density(count, rateHz, p) },
      tables: { kTwiddles: twiddleTable(fftLength), kEdges: edgesOf(rateHz, p) },
    }),
    codeBytes: { 'dsp/peaks': 568, 'dsp/fft': 1512 },
    view: {
      name: 'amplitude',
      axes: [{ name: 'frequency', size: fftLength / 2, step: pointHz(rateHz, p), unit: 'Hz' }],
      open: () => {
        const power = spectrumOf(count, fftLength);
        return (x) =>
          power(x, 0, 0)
            .subarray(0, fftLength / 2)
            .map((v) => height(v, fftLength));
      },
    },
  };
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** Distance of the points that peaks are looked for at: spread from 0 to half the rate, slightly wider than the bins. */
function pointHz(rateHz: number, { fftLength }: Params): number {
  return rateHz / 2 / (fftLength / 2 - 1);
}

/** From the mean of powers to a tenth of the mean one-sided power density. */
function density(count: number, rateHz: number, { fftLength }: Params): number {
  return (2 * fftLength) / (rateHz * Math.min(count, fftLength) * 10);
}

/** The first bin at or above each edge. */
function edgesOf(rateHz: number, { fftLength, powerEdgesHz }: Params): Int16Array {
  const bins = fftLength / 2 + 1;
  const hz = Array.from({ length: bins }, (_, k) => (k * rateHz) / fftLength);
  return Int16Array.from(powerEdgesHz, (edge) => {
    const first = hz.findIndex((f) => f >= edge);
    return first < 0 ? bins : first;
  });
}

function height(power: number, fftLength: number): number {
  return f32(2 * f32(Math.sqrt(f32(power * (1 / fftLength)))));
}

type SpectrumOf = (x: Float32Array, first: number, rest: number) => Float32Array;

/** Power of every bin of the first samples less a mean in two parts; the result is overwritten by the next call. */
function spectrumOf(count: number, fftLength: number): SpectrumOf {
  const twiddles = twiddleTable(fftLength);
  const power = new Float32Array(fftLength);
  const bins = power.subarray(0, fftLength / 2 + 1);
  return (x, first, rest) => {
    for (let i = 0; i < fftLength; i++) power[i] = i < count ? f32(f32(x[i]! - first) - rest) : 0;
    powerSpectrum(power, fftLength, twiddles);
    return bins;
  };
}

function describer(count: number, rateHz: number, p: Params): ReturnType<Analysis['open']> {
  const { fftLength, peaks } = p;
  const powerOf = spectrumOf(count, fftLength);
  const s = new Statistics();
  const edges = edgesOf(rateHz, p);
  const scale = f32(density(count, rateHz, p));
  const point = f32(pointHz(rateHz, p));
  return (x, out, at) => {
    s.centre();
    s.shapeOf(x, 0, count, 1);
    out[at] = s.standardDeviation;
    let power = powerOf(x, 0, 0);
    const found = out.subarray(at + 1, at + 1 + 2 * peaks);
    findPeaks(power, fftLength, f32(p.peakThreshold), point, found);
    if (count > fftLength) {
      s.meanOf(x, 0, fftLength, 1);
      power = powerOf(x, s.first, s.rest);
    }
    averagePowers(power, edges, scale, out.subarray(at + 1 + 2 * peaks));
  };
}

/** Frequency and height of the highest maxima; a flat top counts in its middle, the ends do not count. */
function findPeaks(power: Float32Array, fftLength: number, threshold: number, point: number, out: Float32Array): void {
  out.fill(0);
  const points = fftLength / 2;
  let last = 0;
  for (let k = 1; k < points - 1; k = last + 1) {
    last = k;
    if (!(power[k]! > power[k - 1]!)) continue;
    while (last + 1 < points && power[last + 1] === power[k]) last++;
    if (last + 1 === points || !(power[last + 1]! < power[k]!)) continue;
    const h = height(power[k]!, fftLength);
    if (h >= threshold) insert(f32(Math.floor((k + last) / 2) * point), h, out);
  }
}

function insert(hz: number, h: number, out: Float32Array): void {
  for (let i = out.length - 2; i >= 0 && h > out[i + 1]!; i -= 2) {
    if (i + 2 < out.length) out.copyWithin(i + 2, i, i + 2);
    out[i] = hz;
    out[i + 1] = h;
  }
}

/** Mean density between each pair of edges; the first and the last bin stand for themselves, the others for two. */
function averagePowers(power: Float32Array, edges: Int16Array, scale: number, out: Float32Array): void {
  for (let e = 0; e + 1 < edges.length; e++) {
    const first = edges[e]!;
    const end = edges[e + 1]!;
    let sum = 0;
    for (let b = first; b < end; b++) {
      const isEnd = b === 0 || b === power.length - 1;
      sum = f32(sum + (isEnd ? f32(0.5 * power[b]!) : power[b]!));
    }
    out[e] = end > first ? f32(f32(sum / (end - first)) * scale) : 0;
  }
}
