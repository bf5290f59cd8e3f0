import { describe, expect, it } from 'vitest';
import {
  compiledSliceBySlice,
  difference,
  type StreamCase,
  sliceBySlice,
  streamsItself,
  windowByWindow,
} from '../stream/testing/index.js';
import { bindSignal, hostCompilers, noise } from '../testing/index.js';
import { flatten } from './flatten.js';

type Options = NonNullable<Parameters<typeof flatten>[0]>;

/** Two axes: a small motion on a large constant, and one that swings and rests. */
const signal = noise(3000, 3).map((v, i) =>
  i % 2 === 0 ? 9810 + Math.round(v * 512) / 64 : i % 700 < 200 ? 4 : v ** 3 + Math.sin(i / 90),
);

function caseOf(window: number, strideSamples: number, options: Options = {}): StreamCase {
  return { stage: bindSignal(flatten(options), window, ['x', 'y'], 50), strideSamples, signal };
}

const CASES: readonly StreamCase[] = [
  caseOf(100, 10),
  caseOf(100, 75),
  caseOf(100, 100),
  caseOf(100, 300),
  caseOf(96, 36, { scale: -2.5, log: true }),
  caseOf(64, 8, { average: false, rms: false, stdev: false, skewness: false, kurtosis: false }),
  caseOf(64, 16, { minimum: false, maximum: false, skewness: false }),
];

describe('flatten, slice by slice', () => {
  it('gives the features of every window', () => {
    for (const c of CASES) {
      expect(streamsItself(c)).toBe(true);
      expect(difference(sliceBySlice(c), windowByWindow(c), 1e-5)).toBeUndefined();
    }
  });

  it('gives those of silence and of very large and very small values', () => {
    for (const factor of [0, 1e14, 1e-12]) {
      const c = { ...caseOf(100, 20), signal: signal.map((v) => v * factor) };
      const inUnits = (features: Float32Array): Float32Array =>
        features.map((v, i) => (i % 7 < 5 && factor > 0 ? v / factor : v));
      const windows = windowByWindow(c).map(inUnits);
      expect(windows.every((features) => features.every(Number.isFinite))).toBe(true);
      expect(difference(sliceBySlice(c).map(inUnits), windows, 1e-5)).toBeUndefined();
    }
  });

  it('starts again after a reset', () => {
    const stream = CASES[0]!.stage.stream(10).open();
    const out = new Float32Array(14);
    const fill = (): boolean[] =>
      Array.from({ length: 11 }, (_, i) => stream.push(signal.slice(20 * i, 20 * i + 20), out));
    const expected = Array.from({ length: 11 }, (_, i) => i >= 9);
    expect(fill()).toEqual(expected);
    stream.reset();
    expect(fill()).toEqual(expected);
  });

  it('computes the window anew when chunks would be too short', () => {
    expect(streamsItself(caseOf(100, 33))).toBe(false);
    expect(streamsItself(caseOf(100, 4))).toBe(false);
  });

  it('does less than the window', () => {
    const { stage } = caseOf(1000, 50);
    expect(stage.stream(50).work.flop!).toBeLessThan(0.3 * stage.work.flop!);
  });

  it.skipIf(hostCompilers.length === 0)('gives the same bits in C++', () => {
    const flags = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    const whole = caseOf(96, 24);
    const cases: StreamCase[] = [
      ...CASES,
      { ...whole, signal: signal.map((v) => Math.round(v * 3)), sample: 'int16_t' },
    ];
    compiledSliceBySlice(hostCompilers[0]!, flags, cases).forEach((got, i) => {
      expect(difference(got, sliceBySlice(cases[i]!)), `case ${i}`).toBeUndefined();
    });
  });
});
