import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { multiplyHigh, quantizeMultiplier, requantize, roundingShift, saturatingShift } from './fixed-point.js';

/** As gemmlowp defines it: a 64-bit product, a nudge towards the nearest, a division that truncates. */
function doublingHighMul(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

function divideByPowerOfTwo(x: number, exponent: number): number {
  const exact = x / 2 ** exponent;
  return exact < 0 ? -Math.round(-exact) : Math.round(exact);
}

const source = random(7);
const int32 = (): number => (source.below(2 ** 32) | 0) >> source.below(32);

describe('fixed point', () => {
  it('multiplies like gemmlowp', () => {
    for (let i = 0; i < 20000; i++) {
      const [a, b] = [int32(), int32()];
      expect(multiplyHigh(a, b)).toBe(doublingHighMul(a, b) + 0);
    }
    expect(multiplyHigh(-(2 ** 31), 2 ** 31 - 1)).toBe(-(2 ** 31) + 1);
  });

  it('shifts with halves away from zero', () => {
    for (let i = 0; i < 20000; i++) {
      const [x, exponent] = [int32(), source.below(32)];
      expect(roundingShift(x, exponent) + 0).toBe(divideByPowerOfTwo(x, exponent) + 0);
    }
    expect([roundingShift(-3, 1), roundingShift(3, 1), roundingShift(-1, 1)]).toEqual([-2, 2, -1]);
  });

  it('represents real factors to 31 bits', () => {
    for (let i = 0; i < 5000; i++) {
      const real = 2 ** (60 * source.uniform() - 30);
      const { multiplier, shift } = quantizeMultiplier(real);
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
      expect(multiplier).toBeLessThan(2 ** 31);
      expect(Math.abs(multiplier * 2 ** (shift - 31) - real) / real).toBeLessThan(2 ** -31);
    }
    expect(quantizeMultiplier(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(1e-30)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  });

  it('rescales to within one step of the real product, and saturates', () => {
    for (let i = 0; i < 5000; i++) {
      const real = 2 ** (12 * source.uniform() - 10);
      const { multiplier, shift } = quantizeMultiplier(real);
      const x = int32() >> 8;
      expect(Math.abs(requantize(x, multiplier, shift) - x * real)).toBeLessThanOrEqual(1);
    }
    expect(requantize(2 ** 30, 2 ** 30, 4)).toBe(2 ** 30);
    expect([saturatingShift(3, 2), saturatingShift(2 ** 30, 1), saturatingShift(-(2 ** 30), 3)]).toEqual([
      12,
      2 ** 31 - 1,
      -(2 ** 31),
    ]);
  });
});
