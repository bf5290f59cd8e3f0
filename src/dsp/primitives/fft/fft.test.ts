import FFT from 'fft.js';
import { describe, expect, it } from 'vitest';
import { noise } from '../../testing/index.js';
import { fftWork, powerScale, powerSpectrum, rawPowers, twiddleTable } from './fft.js';

/** The spectrum in double precision by an independent implementation. */
function oracle(x: Float32Array): number[] {
  const fft = new FFT(x.length) as unknown as {
    createComplexArray(): number[];
    realTransform(out: number[], data: number[]): void;
  };
  const out = fft.createComplexArray();
  fft.realTransform(out, [...x]);
  return Array.from({ length: x.length / 2 + 1 }, (_, b) => (out[2 * b]! ** 2 + out[2 * b + 1]! ** 2) / x.length);
}

const SIZES = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

describe('powerSpectrum', () => {
  it.each(SIZES)('of %i points agrees with an independent transform to float32 rounding', (size) => {
    const x = noise(size, size);
    const want = oracle(x);
    const total = want.reduce((a, b) => a + b);
    powerSpectrum(x, size, twiddleTable(size));
    want.forEach((power, b) => {
      // Rounding of amplitudes is relative to the whole spectrum, not to the bin.
      const error = Math.abs(Math.sqrt(x[b]!) - Math.sqrt(power));
      expect(error).toBeLessThan(4e-7 * Math.sqrt((total / size) * Math.log2(size)));
    });
  });

  it.each(SIZES)('of %i points is exact for an impulse and a constant', (size) => {
    const impulse = new Float32Array(size);
    impulse[0] = size;
    powerSpectrum(impulse, size, twiddleTable(size));
    expect([...impulse.slice(0, size / 2 + 1)].every((p) => p === size)).toBe(true);
    const constant = new Float32Array(size).fill(1);
    powerSpectrum(constant, size, twiddleTable(size));
    expect(constant[0]).toBe(size);
    expect([...constant.slice(1, size / 2 + 1)].every((p) => p === 0)).toBe(true);
  });

  it('scales by a power of two', () => {
    const x = noise(64, 3);
    const y = x.slice();
    powerSpectrum(x, 64, twiddleTable(64));
    rawPowers(y, 64, twiddleTable(64));
    expect([...x.slice(0, 33)]).toEqual([...y.slice(0, 33)].map((p) => p * powerScale(64)));
  });

  it('has a table of unit length, in reversed order of angles', () => {
    const table = twiddleTable(256);
    expect(table.length).toBe(32 * 6);
    const angle = (i: number, power: number) =>
      Math.atan2(table[6 * i + 2 * power - 1]!, table[6 * i + 2 * power - 2]!);
    [1 / 4, 1 / 8, 1 / 16, 5 / 16, 1 / 32].forEach((f, i) => {
      for (const power of [1, 2, 3]) expect(angle(i, power)).toBeCloseTo(Math.PI * f * power, 6);
    });
    for (let i = 0; i < table.length; i += 2) expect(Math.hypot(table[i]!, table[i + 1]!)).toBeCloseTo(1, 6);
  });

  it('counts more work for longer transforms', () => {
    const flops = SIZES.map((size) => fftWork(size).flop!);
    expect(flops).toEqual([...flops].sort((a, b) => a - b));
    // About 2.5 n log2 n, as for any good real transform.
    expect(fftWork(1024).flop).toBeLessThan(2.5 * 1024 * 10);
  });
});
