import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { besselI0, resample } from './resample.js';
import { lengthOf, type Signal } from './sample.js';
import { errorOf } from './testing/fixtures.js';

const STAGES = '../shared/reference/dsp/golden/stages.json';
const mono = (values: ArrayLike<number>, rateHz: number): Signal => ({
  rateHz,
  axes: ['x'],
  values: Float32Array.from(values),
});
const sawtooth = Array.from({ length: 37 }, (_, i) => Math.sin(i * 0.7) * 3 + (i % 5));

/** First values of `scipy.signal.resample_poly(sawtooth, newLength, 37)`, SciPy 1.17. */
const SCIPY: Readonly<Record<number, readonly number[]>> = {
  1: [1.25687605],
  9: [2.29877355, 2.34473042, 0.917785286, 3.68384952, -0.106998584, 4.33237153, -0.320802085, 4.04683988, 0.607960743],
  23: [0.447698841, 4.09177974, 5.93238142, 0.680790252, -2.08793373, 1.85160342, 3.02925728, 3.6468155, 4.71995634],
  50: [0, 1.9563746, 4.38937964, 4.99147532, 5.53470202, 5.90746499, 2.44007963, -1.7432498, -1.76307472, -0.890095698],
  111: [0, 0.636576483, 1.68766177, 2.93443065, 4.03022418, 4.71163137, 4.95935378, 5.00613287, 5.17572288, 5.5930165],
};

/** Values 0, 1, 35,000 and 69,999 of `resample_poly(100 * sin(0.3 t), 70000, 70001)`. */
const LONG = [0.000111185706, 29.5723616, 81.32699947, 100.0391852];

function expectClose(values: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) {
  expected.forEach((value, i) => {
    expect(Math.abs(values[i]! - value), `value ${i}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  });
}

describe('besselI0', () => {
  it.each([
    [0, 1],
    [0.5, 1.0634833707413234],
    [1, 1.2660658777520082],
    [5, 27.239871823604442],
    [10, 2815.716628466254],
  ])('of %s is %s', (x, expected) => {
    expect(Math.abs(besselI0(x) / expected - 1)).toBeLessThan(1e-15);
  });
});

describe.skipIf(!existsSync(STAGES))('resample against the reference stages', () => {
  it('gives the reference values', () => {
    const stages = JSON.parse(readFileSync(STAGES, 'utf8'));
    const input: number[] = stages.butterworth.input.slice(0, 100);
    expect(stages.resample).toHaveLength(4);
    for (const { fromHz, toHz, newLength, output } of stages.resample) {
      const out = resample(mono(input, fromHz), toHz);
      expect(lengthOf(out)).toBe(newLength);
      expectClose(out.values, output);
    }
  });
});

describe('resample', () => {
  it.each(Object.keys(SCIPY).map(Number))('agrees with SciPy at %i values from 37', (newLength) => {
    const out = resample(mono(sawtooth, 37), newLength);
    expect(lengthOf(out)).toBe(newLength);
    expectClose(out.values, SCIPY[newLength]!);
  });

  it('agrees with SciPy at ratios too long for a table of taps', () => {
    const tone = Array.from({ length: 70_001 }, (_, i) => Math.sin(i * 0.3) * 100);
    const { values } = resample(mono(tone, 70_001), 70_000);
    expectClose(
      [0, 1, 35_000, 69_999].map((i) => values[i]!),
      LONG,
      1e-6,
    );
  });

  it('returns the same signal at its own rate', () => {
    const signal = mono([1, 2, 3], 62.5);
    expect(resample(signal, 62.5)).toBe(signal);
  });

  it('treats every axis alone', () => {
    const [a, b] = [sawtooth, sawtooth.map((v) => 7 - v)];
    const both: Signal = { rateHz: 100, axes: ['a', 'b'], values: Float32Array.from(a.flatMap((v, i) => [v, b[i]!])) };
    const { values, axes } = resample(both, 62.5);
    expect(axes).toEqual(['a', 'b']);
    expect(values.filter((_, i) => i % 2 === 0)).toEqual(resample(mono(a, 100), 62.5).values);
    expect(values.filter((_, i) => i % 2 === 1)).toEqual(resample(mono(b, 100), 62.5).values);
  });

  it('keeps a slow tone and its loudness within 1 %', () => {
    const tone = (rateHz: number) => Array.from({ length: rateHz }, (_, i) => Math.sin((2 * Math.PI * 5 * i) / rateHz));
    const { values } = resample(mono(tone(441), 441), 160);
    expectClose(values.subarray(20, -20), tone(160).slice(20, -20), 1e-2);
  });

  it.each([
    [1, 8000, 16_000, 2],
    [1, 16_000, 8000, 1],
    [3, 100, 1, 1],
    [44_117, 44_100, 16_000, 16_007],
  ])('%i values at %s Hz are as many as rounding up says at %s Hz', (length, from, to, newLength) => {
    expect(lengthOf(resample(mono(new Float32Array(length), from), to))).toBe(newLength);
  });

  it('refuses rates that are none', () => {
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(errorOf(() => resample(mono([1], 10), rate)).code).toBe('BAD_OPTION');
    }
    expect(errorOf(() => resample(mono([1], 0), 10)).code).toBe('BAD_DATA');
  });
});
