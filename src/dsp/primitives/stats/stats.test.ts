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
    s.of(x, 1, 1000, 3);
    const want = moments(Array.from({ length: 1000 }, (_, i) => x[1 + 3 * i]!));
    expect(Math.abs(s.mean() - want.mean)).toBeLessThan(1e-7 * Math.abs(want.mean) + 1e-7);
    expect(Math.abs(s.variance() / want.variance - 1)).toBeLessThan(2e-7);
    s.shape(s.variance());
    expect(Math.abs(s.skewness - want.skewness)).toBeLessThan(5e-7);
    expect(Math.abs(s.kurtosis - want.kurtosis)).toBeLessThan(2e-6);
  });

  it.each([0.1, 1234.567, -3e7, 1e-20])('sees that a series of %d is constant', (value) => {
    const s = new Statistics();
    s.of(new Float32Array(777).fill(value), 0, 777, 1);
    s.mean();
    expect(s.variance()).toBe(0);
    s.shape(s.variance());
    expect([s.skewness, s.kurtosis]).toEqual([0, -3]);
  });
});
