import { describe, expect, it } from 'vitest';
import { flatten } from '../flatten/flatten.js';
import { mfcc } from '../mfcc/mfcc.js';
import { filtersFor } from '../mfe/autotune.js';
import { mfe } from '../mfe/mfe.js';
import { ratioFor } from '../spectral/autotune.js';
import { spectral } from '../spectral/spectral.js';
import { spectrogram } from '../spectrogram/spectrogram.js';
import { bindSignal, codeOf, hasReference, noise, readReference } from '../testing/index.js';
import { autotune, type SignalData } from './autotune.js';
import { audioFrames } from './tuning.js';

interface Kind {
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly samples: number;
  readonly count?: number;
}

/** Windows of two classes, a and b. */
function dataOf(
  kind: Kind,
  signal: (label: 'a' | 'b', t: number, axis: number, noisy: number, w: number) => number,
): SignalData {
  const { rateHz, axes, samples, count = 12 } = kind;
  const labels = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'a' : 'b'));
  const windows = labels.map((label, w) => {
    const noisy = noise(samples * axes.length, w + 1);
    return noisy.map((value, i) => {
      return signal(label as 'a', Math.floor(i / axes.length) / rateHz, i % axes.length, value, w);
    });
  });
  return { rateHz, axes, windows, labels };
}

const voice: Kind = { rateHz: 16_000, axes: ['audio'], samples: 8000 };
const tones = (level: number) =>
  dataOf(voice, (label, t, _axis, noisy) => {
    return Math.round(3000 * Math.sin(2 * Math.PI * (label === 'a' ? 500 : 2500) * t) + level * noisy);
  });
const motion: Kind = { rateHz: 100, axes: ['x', 'y'], samples: 300 };

describe('autotune of audio blocks', () => {
  it.skipIf(!hasReference)('takes the published transform and filters for every rate', () => {
    const cases = readReference('stages.json').audioAutotune as {
      samplingFrequency: number;
      fftLength: number;
      numFilters: number;
    }[];
    expect(cases.length).toBeGreaterThan(5);
    for (const { samplingFrequency, fftLength, numFilters } of cases) {
      const frames = audioFrames(samplingFrequency, samplingFrequency, 10);
      expect(frames).toMatchObject({ frameLengthMs: 25, fftLength });
      expect(filtersFor(samplingFrequency, fftLength, 80)).toBe(Math.min(numFilters, fftLength / 4));
    }
  });

  it('sets mfcc by the rate', () => {
    expect(autotune(mfcc(), tones(100)).params).toMatchObject({
      frameLengthMs: 25,
      frameStrideMs: 20,
      fftLength: 512,
      filters: 32,
      coefficients: 13,
      lowHz: 80,
      normalizationFrames: 151,
    });
  });

  it('lengthens the stride for windows of many frames, and shortens the frame for short windows', () => {
    const long = dataOf({ rateHz: 400, axes: ['audio'], samples: 400 * 15, count: 2 }, (_l, _t, _a, v) => 1000 * v);
    const block = autotune(mfcc(), long);
    expect(block.params.frameStrideMs).toBe(30);
    expect(bindSignal(block, 6000, ['audio'], 400).output.axes[0]!.size).toBeLessThanOrEqual(500);
    const short = dataOf({ ...voice, samples: 200, count: 2 }, (_l, _t, _a, v) => 1000 * v);
    expect(bindSignal(autotune(mfe(), short), 200, ['audio'], 16_000).output.axes[0]!.size).toBe(1);
  });

  it('puts the noise floor of mfe below the median of the quietest recording', () => {
    const floorOf = (level: number) => autotune(mfe(), tones(level)).params.noiseFloorDb as number;
    expect(floorOf(3000)).toBe(-52);
    const quiet = dataOf(voice, (label, _t, _axis, noisy) => Math.round((label === 'a' ? 4 : 3000) * noisy));
    const floor = autotune(mfe(), quiet).params.noiseFloorDb as number;
    expect(floor).toBeLessThan(-60);
    expect(floor).toBeGreaterThan(-100);
    const padded = { ...tones(3000), windows: tones(3000).windows.map((w) => w.map((v, i) => (i < 2000 ? v : 0))) };
    expect(autotune(mfe(), padded).params.noiseFloorDb).toBe(-52);
  });
});

describe('autotune of the spectrogram', () => {
  /** Mean spectrogram of a class in dB by a plain discrete Fourier transform. */
  function meanSpectrogram(windows: readonly Float32Array[], size: number, samples: number): number[] {
    const mean: number[] = [];
    for (let start = 0; start + samples <= windows[0]!.length; start += samples / 2) {
      for (let bin = 0; bin <= size / 2; bin++) {
        const levels = windows.map((window) => {
          let [re, im] = [0, 0];
          for (let i = 0; i < size; i++) {
            re += (window[start + i]! / 32_768) * Math.cos((2 * Math.PI * bin * i) / size);
            im -= (window[start + i]! / 32_768) * Math.sin((2 * Math.PI * bin * i) / size);
          }
          return 10 * Math.log10(Math.max(1e-10, (re * re + im * im) / size));
        });
        mean.push(levels.reduce((sum, level) => sum + level, 0) / levels.length);
      }
    }
    return mean;
  }

  const similarity = (a: readonly number[], b: readonly number[]): number => {
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  it('takes the pair of transform and frame whose mean spectrograms are least alike', () => {
    const data = dataOf({ ...voice, samples: 300, count: 8 }, (label, t, _axis, noisy, w) => {
      return Math.round(5000 * Math.sin(2 * Math.PI * (label === 'a' ? 1000 : 1400) * t + w * w) + 300 * noisy);
    });
    const of = (label: string) => data.windows.filter((_, i) => data.labels[i] === label);
    const pairs = [32, 64, 128, 256]
      .flatMap((size) => [size, 2 * size, 4 * size].map((samples) => ({ size, samples })))
      .filter(({ samples }) => samples <= 300)
      .map(({ size, samples }) => {
        const [a, b] = ['a', 'b'].map((label) => meanSpectrogram(of(label), size, samples)) as [number[], number[]];
        return { size, samples, alike: similarity(a, b) };
      });
    const best = pairs.reduce((least, pair) => (pair.alike < least.alike ? pair : least));
    const { fftLength, frameLengthMs } = autotune(spectrogram(), data).params as Record<string, number>;
    expect([fftLength, frameLengthMs! * 16]).toEqual([best.size, best.samples]);
  });

  it('steps closely over transients and widely over steady sound', () => {
    const clicks = dataOf(voice, (label, t, _axis, noisy) => {
      return Math.round((t % 0.1 < 0.01 ? 8000 : 10) * noisy * (label === 'a' ? 1 : Math.sin(9000 * t)));
    });
    const of = (data: SignalData) =>
      autotune(spectrogram(), data).params as Record<'frameLengthMs' | 'frameStrideMs', number>;
    const close = of(clicks);
    expect(close.frameStrideMs / close.frameLengthMs).toBeCloseTo(0.75, 1);
    const steady = of(dataOf(voice, (label, t) => 5000 * Math.sin(2 * Math.PI * (label === 'a' ? 500 : 2000) * t)));
    expect(steady.frameStrideMs / steady.frameLengthMs).toBeCloseTo(2, 1);
  });

  it('keeps the transform when there is one class', () => {
    const data = tones(100);
    const block = autotune(spectrogram({ fftLength: 64 }), { ...data, labels: data.labels.map(() => 'a') });
    expect(block.params.fftLength).toBe(64);
  });
});

describe('autotune of spectral', () => {
  it('keeps the low frequencies where the classes differ there, and decimates', () => {
    const data = dataOf(motion, (label, t, axis, noisy) => {
      return 4 * (axis + 1) * Math.sin(2 * Math.PI * (label === 'a' ? 1 : 2) * t) + 0.1 * noisy;
    });
    const { params } = autotune(spectral(), data);
    expect(params).toMatchObject({ filter: 'low', filterOrder: 6, overlap: false, analysis: 'fft' });
    expect(params.cutoffHz as number).toBeLessThan(10);
    expect(params.decimation as number).toBeGreaterThan(1);
    expect(params.scale as number).toBeCloseTo(1 / 8.1, 2);
  });

  it('keeps the high frequencies where the classes differ there', () => {
    const data = dataOf(motion, (label, t, _axis, noisy) => {
      return Math.sin(2 * Math.PI * 2 * t) + 0.02 * noisy + (label === 'a' ? 0.5 * Math.cos(Math.PI * 100 * t) : 0);
    });
    expect(autotune(spectral(), data).params).toMatchObject({ filter: 'high', decimation: 1 });
  });

  it('filters nothing where noise is all that differs', () => {
    const data = dataOf(motion, (label, _t, _axis, noisy) => (label === 'a' ? 5 : 1) * noisy);
    expect(autotune(spectral(), data).params.scale as number).toBeCloseTo(1 / 5, 1);
  });

  it('binds to what it was tuned for, from a handful of samples to long windows', () => {
    for (const samples of [2, 8, 17, 40, 1000, 3000]) {
      const data = dataOf({ ...motion, samples, count: 4 }, (label, t, axis, noisy) => {
        return Math.sin((label === 'a' ? 20 : 60) * t + axis) + 0.3 * noisy;
      });
      expect(bindSignal(autotune(spectral(), data), samples, motion.axes, 100).output.axes[0]!.size).toBeGreaterThan(0);
    }
  });

  it.skipIf(!hasReference)('decimates as published', () => {
    const cases = readReference('stages.json').decimationRatioChoice as {
      filterType: string;
      cutoff: number;
      samplingFrequency: number;
      ratio: number;
    }[];
    for (const { filterType, cutoff, samplingFrequency, ratio } of cases) {
      if (filterType === 'low') expect(ratioFor(cutoff, samplingFrequency, 1e6)).toBe(ratio);
    }
    expect(ratioFor(3, 100, 100)).toBe(1);
  });
});

describe('autotune', () => {
  it('leaves blocks alone that have nothing to choose', () => {
    const block = flatten();
    expect(autotune(block, tones(1))).toBe(block);
  });

  it('leaves out windows that are not finite, and gives the same twice', () => {
    const data = tones(100);
    const holed = {
      ...data,
      windows: [new Float32Array(8000).fill(Number.NaN), ...data.windows],
      labels: ['c', ...data.labels],
    };
    expect(autotune(mfe(), holed).params).toEqual(autotune(mfe(), data).params);
    expect(autotune(mfe(), data).params).toEqual(autotune(mfe(), data).params);
  });

  it('refuses what is no data', () => {
    const data = tones(1);
    expect(codeOf(() => autotune(mfe(), { ...data, windows: [], labels: [] }))).toBe('NO_DATA');
    expect(codeOf(() => autotune(mfe(), { ...data, labels: ['a'] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => autotune(mfe(), { ...data, axes: ['x', 'y', 'z'] }))).toBe('SHAPE_MISMATCH');
    const uneven = [...data.windows.slice(1), new Float32Array(3)];
    expect(codeOf(() => autotune(mfe(), { ...data, windows: uneven }))).toBe('SHAPE_MISMATCH');
    const silent = data.windows.map((window) => window.map(() => Number.NaN));
    expect(codeOf(() => autotune(mfe(), { ...data, windows: silent }))).toBe('NO_DATA');
  });
});
