import { describe, expect, it } from 'vitest';
import { expFixed, logisticFixed, reciprocalFixed, tanhFixed } from './exponential.js';

const ONE = 2 ** 31;

/** Values from 0 up to the largest with this many integer bits. */
function sizes(integerBits: number): number[] {
  return Array.from({ length: 4001 }, (_, i) => Math.min(ONE - 1, Math.floor((i / 4000) ** 2 * ONE))).map((raw) => {
    return raw >> (integerBits === 0 ? 1 : 0);
  });
}

// The tolerances are those of gemmlowp's own tests.
describe('fixed-point exponentials', () => {
  it.each([4, 5])('e^a with %d integer bits', (bits) => {
    for (const raw of sizes(bits)) {
      expect(Math.abs(expFixed(-raw, bits) / ONE - Math.exp((-raw / ONE) * 2 ** bits))).toBeLessThan(3e-7);
    }
  });

  it('1 / (1 + a)', () => {
    for (const raw of sizes(0)) expect(Math.abs(reciprocalFixed(raw) / ONE - 1 / (1 + raw / ONE))).toBeLessThan(1e-8);
  });

  it('the logistic function and tanh, odd about their middle', () => {
    for (const raw of sizes(4)) {
      const a = (raw / ONE) * 16;
      expect(Math.abs(logisticFixed(raw) / ONE - 1 / (1 + Math.exp(-a)))).toBeLessThan(1.5e-7);
      expect(Math.abs(tanhFixed(raw) / ONE - Math.tanh(a))).toBeLessThan(1.5e-7);
      expect(tanhFixed(-raw) + tanhFixed(raw)).toBe(0);
      if (raw > 0) expect(logisticFixed(-raw) + logisticFixed(raw)).toBe(ONE - 1);
    }
  });
});
