import { describe, expect, it } from 'vitest';
import { requantize } from '../arithmetic/fixed-point.js';
import type { PackedTable } from '../op.js';
import { depthwisePolicyOf, kindOf, type Product, policyOf, productFields, rowKindOf } from './product.js';

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
    expect(kindOf(product)).toBe('paired');
    expect(policyOf('paired', speed)).toBe('impulsekit::nn::Fast');
    expect(policyOf('paired', { ...speed, optimize: 'size' })).toBe('impulsekit::nn::Small');
    expect(policyOf('wide', speed)).toBe('impulsekit::nn::FastWide');
    expect(depthwisePolicyOf(product, 1, speed)).toBe('impulsekit::nn::Fast');
  });

  it('leaves to the reference what fast kernels cannot do', () => {
    const plain = [
      { ...product, weights: Int8Array.of(1, -2, -128, 0, 0, 9) },
      withRescale({ shifts: Int8Array.of(0, -1) }),
      withRescale({ shifts: Int8Array.of(-1, -23) }),
      withRescale({ bias: Int32Array.of(2 ** 30, 0) }),
    ];
    for (const one of plain) {
      expect([kindOf(one), rowKindOf(one)]).toEqual(['plain', 'plain']);
      expect((productFields(one, 'plain')[2] as PackedTable).macro).toBe('IMPULSEKIT_WEIGHTS_PLAIN');
    }
    expect(policyOf('plain', speed)).toBe('impulsekit::nn::Plain');
    expect(depthwisePolicyOf(product, 2, speed)).toBe('impulsekit::nn::Plain');
  });

  it('takes sums apart that are too large for pairs, where there is one column', () => {
    const wide = { ...product, depth: 600, weights: new Int8Array(1200).fill(127) };
    expect([kindOf(wide), rowKindOf(wide)]).toEqual(['plain', 'wide']);
    expect((productFields(wide, 'wide')[2] as PackedTable).macro).toBe('IMPULSEKIT_WEIGHTS');
    const beyond = { ...product, depth: 70_000, weights: new Int8Array(140_000).fill(127) };
    expect(rowKindOf(beyond)).toBe('plain');
  });

  it('gives channels without weights ordinary numbers with the same output', () => {
    const off = withRescale(
      { bias: Int32Array.of(5, -(2 ** 30)), shifts: Int8Array.of(-1, -26) },
      { ...product, weights: Int8Array.of(1, -2, 127, 0, 0, 0) },
    );
    expect(kindOf(off)).toBe('paired');
    const [bias, multipliers, shifts] = productFields(off, 'paired')[3] as unknown as [
      Int32Array,
      Int32Array,
      Int8Array,
    ];
    const value = requantize(bias[1]!, multipliers[1]!, shifts[1]!);
    expect(value).toBe(requantize(-(2 ** 30), 2 ** 31 - 1, -26));
    expect(value).toBe(-16);
    expect([bias[0], multipliers[0], shifts[0]]).toEqual([5 + 3 * 126, 2 ** 30, -1]);
  });
});
