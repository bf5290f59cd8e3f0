import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../spec.js';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, noise, runStage } from '../testing/index.js';
import { spectrum } from './spectrum.js';

const RATE = 1024;
type Options = NonNullable<Parameters<typeof spectrum>[0]>;

const bind = (options: Options, samples = 1024, axes = ['x']) =>
  bindSignal(spectrum({ fftLength: 256, ...options }), samples, axes, RATE);
const signal = (of: (t: number) => number, samples = 1024): Float32Array =>
  Float32Array.from({ length: samples }, (_, i) => of(i / RATE));
const tone = (hz: number, level: number) => (t: number) => level * Math.sin(2 * Math.PI * hz * t + 0.3);
/** Normal values from sums of twelve uniform ones: variance 1. */
const gauss = (count: number): Float32Array => {
  const u = noise(12 * count, 5);
  return Float32Array.from({ length: count }, (_, i) => u.subarray(12 * i, 12 * i + 12).reduce((a, b) => a + b, 0) / 2);
};
const peakOf = (values: ArrayLike<number>): number => Array.from(values).indexOf(Math.max(...Array.from(values)));
const WINDOWS = ['boxcar', 'hann', 'hamming', 'blackman', 'flattop'] as const;

conforms({ name: 'spectrum', schema: spectrum.schema, stage: bind({}, 1024, ['x', 'y']) });

describe('spectrum', () => {
  twins([
    bind({}, 700, ['x', 'y', 'z']),
    bind({ fftLength: 512, window: 'boxcar', output: 'density', removeMean: false, lowHz: 30, highHz: 300 }, 512),
    bind({ averaging: 'max', db: true, resolution: 'bands', bands: 7, overlapPercent: 90, window: 'flattop' }, 600),
    bind({ output: 'density', resolution: 'third-octave', overlapPercent: 0, db: true }),
    bind({ output: 'rms', resolution: 'orders', shaftHz: 25.3 }),
    bind({ envelope: true, highHz: 200 }, 800, ['x', 'y']),
    bind({ envelope: true, fftLength: 4, overlapPercent: 0 }, 4),
  ]);

  it.each(WINDOWS)('reads the amplitude of a sine on a bin, whatever the window: %s', (window) => {
    const x = signal((t) => 9.81 + tone(100, 2)(t));
    const read = (output: 'amplitude' | 'rms') => Math.max(...runStage(bind({ window, output }), x));
    expect(read('amplitude')).toBeCloseTo(2, 4);
    expect(read('rms')).toBeCloseTo(Math.SQRT2, 4);
    expect(peakOf(runStage(bind({ window }), x))).toBe(25);
  });

  it('reads an amplitude off the bins within 0.1 % with a flat top', () => {
    for (const hz of [101, 102, 103]) {
      expect(Math.max(...runStage(bind({ window: 'flattop' }), signal(tone(hz, 2))))).toBeCloseTo(2, 2);
    }
  });

  it('reads half the rate and an offset at their height', () => {
    const options = { window: 'boxcar', removeMean: false } as const;
    const x = signal((t) => 3 + 2 * Math.cos(Math.PI * RATE * t));
    const out = runStage(bind(options), x);
    expect(out[0]).toBeCloseTo(3, 4);
    expect(out[128]).toBeCloseTo(2, 4);
    expect(runStage(bind({ window: 'boxcar' }), x)[0]).toBeCloseTo(0, 4);
  });

  it.each(WINDOWS)('reads the density of white noise: %s', (window) => {
    const x = gauss(32_768).map((v) => 3 * v);
    const out = runStage(bind({ window, output: 'density' }, x.length), x).slice(5, 124);
    const mean = out.reduce((a, b) => a + b, 0) / out.length;
    // Variance 9 over 512 Hz.
    expect(mean / (9 / 512)).toBeCloseTo(1, 1);
  });

  it('sums the power in a band: a sine reads its amplitude there, noise its share', () => {
    const options: Options = { resolution: 'bands', bands: 8, window: 'hann' };
    const sine = runStage(bind(options), signal(tone(97.3, 2)));
    expect(sine[1]).toBeCloseTo(2, 2);
    const rms = runStage(bind({ ...options, output: 'rms' }, 32_768), gauss(32_768));
    for (const v of rms.slice(1, 7)) expect(v).toBeCloseTo(Math.sqrt(1 / 8), 1);
  });

  it('names third octaves by their middles', () => {
    const { output } = bind({ resolution: 'third-octave', fftLength: 512, lowHz: 89 });
    expect(output.axes[0]!.labels).toEqual([
      'x 100 Hz',
      'x 125.9 Hz',
      'x 158.5 Hz',
      'x 199.5 Hz',
      'x 251.2 Hz',
      'x 316.2 Hz',
      'x 398.1 Hz',
    ]);
    const out = runStage(bind({ resolution: 'third-octave', fftLength: 512, lowHz: 89 }), signal(tone(200, 1)));
    expect(peakOf(out)).toBe(3);
    expect(out[3]).toBeCloseTo(1, 2);
  });

  it('finds the orders of a rotation', () => {
    const shaftHz = 23.7;
    const x = signal((t) => tone(shaftHz, 1)(t) + tone(3.5 * shaftHz, 4)(t), 4096);
    const stage = bind({ resolution: 'orders', shaftHz, fftLength: 1024 }, 4096);
    const out = runStage(stage, x);
    const labels = stage.output.axes[0]!.labels!;
    expect(labels.slice(0, 3)).toEqual(['x order 0.5', 'x order 1', 'x order 1.5']);
    expect(out[labels.indexOf('x order 1')]).toBeCloseTo(1, 2);
    expect(out[labels.indexOf('x order 3.5')]).toBeCloseTo(4, 2);
    expect(out[labels.indexOf('x order 2')]).toBeLessThan(0.02);
  });

  it('shows the modulation of a carrier in the envelope, where the signal itself has nothing', () => {
    const x = signal((t) => 2 * (1 + 0.5 * Math.cos(2 * Math.PI * 20 * t)) * Math.sin(2 * Math.PI * 256 * t), 4096);
    const options: Options = { fftLength: 1024, highHz: 100, lowHz: 4 };
    const out = runStage(bind({ ...options, envelope: true }, 4096), x);
    // Squared envelope 4 (1 + m cos)^2: a line of 4 * 2 m at 20 Hz, of 4 m^2 / 2 at 40 Hz.
    expect(peakOf(out)).toBe(20 - 4);
    expect(out[16]! / 4).toBeCloseTo(1, 1);
    expect(out[36]! / 0.5).toBeCloseTo(1, 1);
    expect(Math.max(...runStage(bind(options, 4096), x))).toBeLessThan(0.01);
  });

  it('keeps the largest of the frames, or their mean', () => {
    const x = signal((t) => (t < 0.5 ? tone(100, 2)(t) : 0));
    const options: Options = { overlapPercent: 0, window: 'boxcar' };
    expect(runStage(bind({ ...options, averaging: 'max' }), x)[25]).toBeCloseTo(2, 4);
    expect(runStage(bind(options), x)[25]).toBeCloseTo(Math.SQRT2, 4);
    expect(runStage(bind({ ...options, averaging: 'max', db: true }), x)[25]).toBeCloseTo(20 * Math.log10(2), 4);
  });

  it('shows the whole spectrum with its axes', () => {
    const stage = bind({ resolution: 'bands', lowHz: 100, highHz: 300 }, 1024, ['x', 'y']);
    const view = stage.views(noise(2048)).find(({ name }) => name === 'spectrum')!;
    expect(view.spec.axes).toMatchObject([{ labels: ['x', 'y'] }, { start: 100, step: 4, size: 51, unit: 'Hz' }]);
    expect(view.values).toHaveLength(sizeOf(view.spec));
  });

  it('refuses what cannot meet', () => {
    const code = (options: Options, samples = 1024) => codeOf(() => bind(options, samples));
    expect(code({}, 255)).toBe('SHAPE_MISMATCH');
    expect(code({ highHz: 513 })).toBe('BAD_OPTION');
    expect(code({ lowHz: 300, highHz: 200 })).toBe('BAD_OPTION');
    expect(code({ lowHz: 100.5, highHz: 101 })).toBe('SHAPE_MISMATCH');
    expect(code({ resolution: 'bands', bands: 400 })).toBe('SHAPE_MISMATCH');
    expect(code({ resolution: 'orders' })).toBe('BAD_OPTION');
    expect(code({ resolution: 'orders', shaftHz: 60 })).toBe('BAD_OPTION');
    expect(code({ resolution: 'orders', shaftHz: 5 })).toBe('SHAPE_MISMATCH');
    expect(code({ envelope: true, envelopeHighHz: 600 })).toBe('BAD_OPTION');
    expect(codeOf(() => spectrum({ overlapPercent: 95 }))).toBe('BAD_OPTION');
  });
});
