import { describe, expect, it } from 'vitest';
import { logarithm } from './logarithm.js';

/** Distance between two neighbouring float32 numbers at v. */
const spacing = (v: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(v))), -126) - 23);

describe('logarithm', () => {
  it('is within one unit in the last place from the smallest to the largest number', () => {
    let worst = 0;
    for (let i = 0; i < 200_000; i++) {
      const x = Math.fround(2 ** (-126 + (i / 200_000) * 253.99));
      const want = Math.log(x);
      if (want !== 0) worst = Math.max(worst, Math.abs(logarithm(x) - want) / spacing(want));
    }
    expect(worst).toBeLessThan(1);
  });

  it('is within one unit in the last place around 1', () => {
    let worst = 0;
    for (let i = -100_000; i <= 100_000; i++) {
      const x = Math.fround(1 + i * 4e-6);
      const want = Math.log(x);
      if (want !== 0) worst = Math.max(worst, Math.abs(logarithm(x) - want) / spacing(want));
    }
    expect(worst).toBeLessThan(1);
    expect(logarithm(1)).toBe(0);
  });

  it('is finite for everything else', () => {
    expect(logarithm(0)).toBeCloseTo(-87.336, 2);
    expect(logarithm(1e-45)).toBe(logarithm(0));
    expect(logarithm(Number.POSITIVE_INFINITY)).toBeCloseTo(88.723, 2);
    expect(logarithm(Number.NaN)).toBe(logarithm(Number.POSITIVE_INFINITY));
  });
});
