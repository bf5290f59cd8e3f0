import { describe, expect, it } from 'vitest';
import { noise } from '../../testing/index.js';
import { Statistics } from './stats.js';

/** The definitions in double precision. */
function moments(x: readonly number[]) {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const m = (power: number) => x.reduce((sum, v) => sum + (v - mean) ** power, 0) / x.length;
  return { mean, variance: m(2), skewness: m(3) / m(2) ** 1.5, kurtosis: m(4) / m(2) ** 2 - 3 };
}

describe('Statistics', () => {
  it.each([0, 1, 1000, 1e6])('agrees with double precision at an offset of %d', (offset) => {
    const x = noise(3000, 5).map((v) => Math.round(v * v * v * 50) + offset);
    const s = new Statistics();
    s.meanOf(x, 1, 1000, 3);
    s.shapeOf(x, 1, 1000, 3);
    const want = moments(Array.from({ length: 1000 }, (_, i) => x[1 + 3 * i]!));
    expect(Math.abs(s.mean - want.mean)).toBeLessThan(1e-7 * Math.abs(want.mean) + 1e-7);
    expect(Math.abs(s.standardDeviation ** 2 / want.variance - 1)).toBeLessThan(1e-6);
    expect(Math.abs(s.skewness - want.skewness)).toBeLessThan(2e-6);
    expect(Math.abs(s.kurtosis - want.kurtosis)).toBeLessThan(5e-6);
  });

  it.each([0.1, 1234.567, -3e7, 1e-20])('sees that a series of %d is constant', (value) => {
    const s = new Statistics();
    const x = new Float32Array(777).fill(value);
    s.meanOf(x, 0, 777, 1);
    s.shapeOf(x, 0, 777, 1);
    expect([s.mean, s.standardDeviation, s.skewness, s.kurtosis]).toEqual([Math.fround(value), 0, 0, -3]);
  });
});
