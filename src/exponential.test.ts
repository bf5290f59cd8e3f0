import { describe, expect, it } from 'vitest';
import { exponential, power } from './exponential.js';

describe('exponential', () => {
  it('is within 3e-7 of e^x', () => {
    for (let x = -87; x <= 88; x += 0.0371) {
      const exact = Math.exp(Math.fround(x));
      expect(Math.abs(exponential(Math.fround(x)) / exact - 1)).toBeLessThan(3e-7);
    }
    expect(exponential(0)).toBe(1);
  });

  it('stays finite', () => {
    for (const x of [-1e30, -88, 89, 1e30, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(exponential(x)).toBeGreaterThan(0);
      expect(exponential(x)).toBeLessThan(2e38);
    }
  });

  it('gives powers', () => {
    for (const x of [1e-30, 1e-6, 0.3, 1, 2, 1e9, 1e30]) {
      for (const y of [-0.98, 0.5, 0.25, 1]) expect(power(x, y) / x ** y).toBeCloseTo(1, 4);
    }
  });
});
