import { describe, expect, it } from 'vitest';
import { bindSignal, codeOf, noise, runStage } from '../testing/index.js';
import { spectral } from './spectral.js';

type Options = NonNullable<Parameters<typeof spectral>[0]>;

const RATE = 64;
const bind = (options: Options, samples = 128) =>
  bindSignal(spectral({ version: 1, fftLength: 128, ...options }), samples, ['x'], RATE);
const tone = (hz: number, height: number, samples = 128) =>
  Float32Array.from({ length: samples }, (_, t) => height * Math.sin((2 * Math.PI * hz * t) / RATE));
const sum = (...parts: Float32Array[]) => parts[0]!.map((_, i) => parts.reduce((all, part) => all + part[i]!, 0));

describe('spectral, version 1', () => {
  it('finds tones, the highest first', () => {
    const out = runStage(bind({ peaks: 4 }), sum(tone(5, 0.5), tone(12, 2), tone(20, 0.05)));
    // Points are spread a little wider than the bins of 0.5 Hz.
    const point = 32 / 63;
    [12 * 2 * point, 2, 5 * 2 * point, 0.5, 0, 0, 0, 0].forEach((want, i) => {
      expect(out[1 + i]).toBeCloseTo(want, 4);
    });
    expect(out[0]).toBeCloseTo(Math.sqrt((0.25 + 4 + 0.0025) / 2), 4);
  });

  it('averages power between edges', () => {
    const stage = bind({ peaks: 0, powerEdgesHz: [0.5, 4, 8, 32.1] });
    const out = runStage(stage, sum(tone(6, 2), new Float32Array(128).fill(3)));
    expect(stage.output.axes[0]!.labels).toEqual([
      'x RMS',
      'x Spectral Power 0.5 - 4.0 Hz',
      'x Spectral Power 4.0 - 8.0 Hz',
      'x Spectral Power 8.0 - 32.1 Hz',
    ]);
    // Power 2 in 8 bins of 0.5 Hz, a tenth of its density.
    expect(out[2]).toBeCloseTo(2 / (8 * 0.5) / 10, 5);
    expect(out[1]).toBeCloseTo(0, 6);
    expect(out[3]).toBeCloseTo(0, 6);
  });

  it('looks for peaks in the first samples of a longer window, for power in these less their own mean', () => {
    const window = sum(
      tone(6, 1, 256),
      Float32Array.from({ length: 256 }, (_, t) => (t < 128 ? 1 : -1)),
    );
    const out = runStage(bind({ peaks: 1, powerEdgesHz: [0, 0.4, 5, 7] }, 256), window);
    expect(out[2]).toBeCloseTo(1, 4);
    expect(out[3]).toBeCloseTo(0, 6);
    expect(out[5]).toBeCloseTo(0.5 / (4 * 0.5) / 10, 5);
  });

  it('gives zeros for silence', () => {
    expect([...runStage(bind({}), new Float32Array(128))].every((v) => v === 0)).toBe(true);
    expect([...runStage(bind({}), new Float32Array(128).fill(-9.81))].every((v) => v === 0)).toBe(true);
  });

  it('takes no more peaks than there are', () => {
    const out = runStage(bind({ peaks: 100, peakThreshold: 0 }), noise(128));
    const heights = Array.from({ length: 100 }, (_, i) => out[2 + 2 * i]!);
    expect(heights.slice(0, 10).every((h) => h > 0)).toBe(true);
    expect(heights.at(-1)).toBe(0);
    expect([...heights].sort((a, b) => b - a)).toEqual(heights);
  });

  it('ignores what came later, but not what would mean something else', () => {
    const plain = runStage(bind({}), noise(128));
    expect(runStage(bind({ analysis: 'wavelet', log: false, extraLowFrequency: true }), noise(128))).toEqual(plain);
    expect(codeOf(() => bind({ decimation: 3 }))).toBe('BAD_OPTION');
    expect(codeOf(() => bind({ filter: 'low', filterOrder: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(() => bind({ powerEdgesHz: [1, 0.5] }))).toBe('BAD_OPTION');
    expect(codeOf(() => bind({ powerEdgesHz: 'all' as never }))).toBe('BAD_OPTION');
  });
});
