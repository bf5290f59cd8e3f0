import { describe, expect, it } from 'vitest';
import { requantize } from '../arithmetic/fixed-point.js';
import type { PackedTable } from '../op.js';
import { depthwisePolicyOf, type Product, policyOf, productFields } from './product.js';

const rescale = {
  bias: Int32Array.of(5, -7),
  multipliers: Int32Array.of(2 ** 30, 2 ** 31 - 1),
  shifts: Int8Array.of(-1, -22),
  inputOffset: 3,
  outputOffset: -10,
  low: -128,
  high: 127,
  shared: false,
};
const product: Product = { channels: 2, depth: 3, weights: Int8Array.of(1, -2, 127, -127, 0, 9), rescale };
const speed = { optimize: 'speed', reverse: false } as const;
const withRescale = (change: Partial<Product['rescale']>, of = product): Product => ({
  ...of,
  rescale: { ...of.rescale, ...change },
});

describe('the policy of a product', () => {
  it('is that of the mode', () => {
    expect(policyOf(product, speed)).toBe('impulsekit::nn::Fast');
    expect(policyOf(product, { ...speed, optimize: 'size' })).toBe('impulsekit::nn::Small');
    expect(depthwisePolicyOf(product, 1, speed)).toBe('impulsekit::nn::Fast');
  });

  it('leaves to the reference what fast kernels cannot do', () => {
    const plain = [
      { ...product, weights: Int8Array.of(1, -2, -128, 0, 0, 9) },
      { ...product, depth: 600, weights: new Int8Array(1200).fill(127) },
      withRescale({ shifts: Int8Array.of(0, -1) }),
      withRescale({ shifts: Int8Array.of(-1, -23) }),
      withRescale({ bias: Int32Array.of(2 ** 30, 0) }),
    ];
    for (const one of plain) {
      expect(policyOf(one, speed)).toBe('impulsekit::nn::Plain');
      expect((productFields(one)[2] as PackedTable).macro).toBe('IMPULSEKIT_WEIGHTS_PLAIN');
    }
    expect(depthwisePolicyOf(product, 2, speed)).toBe('impulsekit::nn::Plain');
  });

  it('gives channels without weights ordinary numbers with the same output', () => {
    const off = withRescale(
      { bias: Int32Array.of(5, -(2 ** 30)), shifts: Int8Array.of(-1, -26) },
      { ...product, weights: Int8Array.of(1, -2, 127, 0, 0, 0) },
    );
    expect(policyOf(off, speed)).toBe('impulsekit::nn::Fast');
    const [bias, multipliers, shifts] = productFields(off)[3] as unknown as [Int32Array, Int32Array, Int8Array];
    const value = requantize(bias[1]!, multipliers[1]!, shifts[1]!);
    expect(value).toBe(requantize(-(2 ** 30), 2 ** 31 - 1, -26));
    expect(value).toBe(-16);
    expect([bias[0], multipliers[0], shifts[0]]).toEqual([5 + 3 * 126, 2 ** 30, -1]);
  });
});
