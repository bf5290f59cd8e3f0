import { describe, expect, it } from 'vitest';
import { noise } from '../../testing/index.js';
import { productError, Sum, sumError, Wide } from './compensated.js';

const a = noise(2000, 3).map((v, i) => v * 10 ** (i % 7));
const b = noise(2000, 4);

describe('error-free transforms', () => {
  it('recover exactly what a sum or a product lost', () => {
    for (let i = 0; i < a.length; i++) {
      const sum = Math.fround(a[i]! + b[i]!);
      // The double sum and product of two float32 of similar size are exact.
      expect(sum + sumError(a[i]!, b[i]!, sum)).toBe(a[i]! + b[i]!);
      const product = Math.fround(a[i]! * b[i]!);
      expect(product + productError(a[i]!, b[i]!, product)).toBe(a[i]! * b[i]!);
    }
  });

  it('sum a million small numbers beside a large one', () => {
    const sum = new Sum();
    sum.add(1e7);
    for (let i = 0; i < 1_000_000; i++) sum.add(0.125);
    sum.add(-1e7);
    expect(sum.value()).toBe(125_000);
  });

  it('multiply and add with 48 bits', () => {
    const x = new Wide();
    const y = new Wide();
    y.set(Math.fround(Math.PI), Math.fround(Math.PI - Math.fround(Math.PI)));
    x.set(1, 0);
    x.subtractProduct(Math.fround(Math.E), Math.fround(Math.E - Math.fround(Math.E)), y);
    expect(Math.abs(x.high + x.low - (1 - Math.E * Math.PI))).toBeLessThan(1e-12);
  });
});
