import { describe, expect, it } from 'vitest';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, noise, runStage } from '../testing/index.js';
import { hr } from './hr.js';

type Source = 'ppg' | 'ecg';
const SECONDS = 10;

const bell = (t: number, width: number): number => Math.exp(-((t / width) ** 2) / 2);
/** One beat: a systolic and a diastolic wave, or P, Q, R, S and T. */
const SHAPES: Record<Source, (t: number, interval: number) => number> = {
  ppg: (t, interval) => {
    const s = Math.sqrt(interval);
    return bell(t - 0.15, 0.06 * Math.min(1, s)) + 0.35 * bell(t - 0.15 - 0.3 * s, 0.08 * s);
  },
  ecg: (t) =>
    0.15 * bell(t + 0.16, 0.025) -
    0.1 * bell(t + 0.025, 0.01) +
    bell(t, 0.011) -
    0.2 * bell(t - 0.025, 0.01) +
    0.3 * bell(t - 0.26, 0.05),
};

/** Beats at these times on an offset, with drift of the baseline and white noise. */
function pulses(
  source: Source,
  times: readonly number[],
  rateHz: number,
  options: { snrDb?: number; drift?: number } = {},
) {
  const { snrDb = Number.POSITIVE_INFINITY, drift = 0 } = options;
  const interval = (times.at(-1)! - times[0]!) / (times.length - 1);
  const clean = Float32Array.from({ length: SECONDS * rateHz }, (_, i) =>
    times.reduce((sum, at) => sum + (Math.abs(i / rateHz - at) < 2 ? SHAPES[source](i / rateHz - at, interval) : 0), 0),
  );
  const mean = clean.reduce((a, b) => a + b, 0) / clean.length;
  const power = clean.reduce((a, b) => a + (b - mean) ** 2, 0) / clean.length;
  // Uniform noise of variance 1 is sqrt(3) times -1..1.
  const level = Math.sqrt((3 * power) / 10 ** (snrDb / 10));
  const hiss = noise(clean.length, 77);
  return clean.map((v, i) => 100 + 1000 * (v + level * hiss[i]! + drift * Math.sin((2 * Math.PI * 0.15 * i) / rateHz)));
}

function steadyBeats(bpm: number): number[] {
  const interval = 60 / bpm;
  return Array.from({ length: Math.ceil((SECONDS + 4) / interval) }, (_, i) => -1.3 + i * interval);
}

const bind = (source: Source, rateHz: number) => bindSignal(hr({ source }), SECONDS * rateHz, ['x'], rateHz);
const read = (source: Source, rateHz: number, x: Float32Array) => {
  const [bpm, meanMs, sdnnMs, rmssdMs, pnn50, beats, quality] = runStage(bind(source, rateHz), x);
  return { bpm, meanMs, sdnnMs, rmssdMs, pnn50, beats, quality } as Record<string, number>;
};

conforms({ name: 'hr', schema: hr.schema, stage: bind('ppg', 50) });

describe('hr', () => {
  twins(
    [
      bindSignal(hr(), 500, ['x'], 25),
      bindSignal(hr({ source: 'ecg' }), 700, ['x'], 125),
      bindSignal(hr(), 1, ['x'], 50),
    ],
    [
      { stage: bind('ppg', 50), window: pulses('ppg', steadyBeats(73), 50, { snrDb: 10 }) },
      { stage: bind('ppg', 25), window: pulses('ppg', steadyBeats(40), 25, { snrDb: 3, drift: 1 }) },
      { stage: bind('ecg', 125), window: pulses('ecg', steadyBeats(181), 125, { snrDb: 6 }) },
    ],
  );

  const RATES = [40, 52, 60, 75, 90, 112, 130, 151, 170, 186, 200];
  it.each([
    ['ppg', 25],
    ['ppg', 100],
    ['ecg', 125],
    ['ecg', 250],
  ] as const)('finds the rate of a clean %s at %i Hz, and says that it is sure', (source, rateHz) => {
    for (const bpm of RATES) {
      const got = read(source, rateHz, pulses(source, steadyBeats(bpm), rateHz));
      expect(Math.abs(got.bpm! - bpm)).toBeLessThan(1);
      expect(got.quality).toBeGreaterThan(0.8);
      expect(Math.abs(got.beats! - (bpm * SECONDS) / 60)).toBeLessThan(3);
    }
  });

  it.each([
    ['ppg', 50],
    ['ecg', 250],
  ] as const)('finds the rate of a %s within 2 bpm in noise of 10 dB on a drifting baseline', (source, rateHz) => {
    for (const bpm of RATES) {
      const x = pulses(source, steadyBeats(bpm), rateHz, { snrDb: 10, drift: 0.5 });
      expect(Math.abs(read(source, rateHz, x).bpm! - bpm)).toBeLessThan(2);
    }
  });

  it('measures the variability of intervals', () => {
    const intervals = Array.from({ length: 20 }, (_, i) => 0.8 + 0.06 * Math.sin(i * 1.7));
    const times = intervals.map((_, i) => intervals.slice(0, i).reduce((sum, v) => sum + v, -1.7));
    const seen = times.filter((t) => t > 0.1 && t < SECONDS - 0.2);
    const ms = seen.slice(1).map((t, i) => 1000 * (t - seen[i]!));
    const mean = ms.reduce((a, b) => a + b, 0) / ms.length;
    const steps = ms.slice(1).map((v, i) => v - ms[i]!);
    const got = read('ecg', 500, pulses('ecg', times, 500));
    expect(got.beats).toBe(seen.length);
    expect(Math.abs(got.meanMs! - mean)).toBeLessThan(2);
    expect(
      Math.abs(got.sdnnMs! - Math.sqrt(ms.reduce((a, v) => a + (v - mean) ** 2, 0) / (ms.length - 1))),
    ).toBeLessThan(3);
    expect(Math.abs(got.rmssdMs! - Math.sqrt(steps.reduce((a, v) => a + v * v, 0) / steps.length))).toBeLessThan(4);
    expect(got.pnn50).toBeCloseTo(steps.filter((v) => Math.abs(v) > 50).length / steps.length, 1);
  });

  it('leaves out the gap of a missed beat', () => {
    const times = steadyBeats(80).filter((_, i) => i !== 8);
    const got = read('ppg', 100, pulses('ppg', times, 100));
    expect(got.bpm).toBeCloseTo(80, 0);
    expect(got.sdnnMs).toBeLessThan(25);
    expect(got.quality).toBeLessThan(1);
  });

  it('gives zeros without beats, and doubts noise', () => {
    expect(new Set(runStage(bind('ppg', 50), new Float32Array(500).fill(512)))).toEqual(new Set([0]));
    expect(new Set(runStage(bind('ecg', 250), new Float32Array(2500)))).toEqual(new Set([0]));
    const seeds = [5000, 6000, 7000, 8000, 9000];
    const doubts = seeds.map((seed) => read('ppg', 50, noise(500, seed)).quality!);
    expect(doubts.reduce((a, b) => a + b, 0) / seeds.length).toBeLessThan(0.5);
  });

  it('does not care for unit and offset', () => {
    const x = pulses('ppg', steadyBeats(70), 50);
    const [a, b] = [
      read('ppg', 50, x),
      read(
        'ppg',
        50,
        x.map((v) => v * 1024 - 3e5),
      ),
    ];
    expect(b.bpm).toBeCloseTo(a.bpm!, 1);
  });

  it('refuses what cannot meet', () => {
    expect(codeOf(() => bindSignal(hr(), 500, ['x', 'y'], 50))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bindSignal(hr(), 500, ['x'], 16))).toBe('BAD_OPTION');
    expect(codeOf(() => bindSignal(hr({ source: 'ecg' }), 500, ['x'], 25))).toBe('BAD_OPTION');
    expect(codeOf(() => bindSignal(hr({ lowestBpm: 90, highestBpm: 80 }), 500, ['x'], 50))).toBe('BAD_OPTION');
  });
});
