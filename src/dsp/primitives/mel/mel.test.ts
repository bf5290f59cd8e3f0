import { describe, expect, it } from 'vitest';
import { codeOf, hasReference, noise, readReference } from '../../testing/index.js';
import { melBins, melEnergies } from './mel.js';

interface Bank {
  numFilters: number;
  fftLength: number;
  samplingFrequency: number;
  low: number;
  high: number;
  versionUpTo3: boolean;
  rows: { first: number; weights: number[] }[];
}

describe.skipIf(!hasReference)('melEnergies', () => {
  const banks = hasReference ? (readReference('stages.json').melFilterbanks as Bank[]) : [];

  it.each(banks.map((bank, i) => [i, bank] as const))('agrees with the weights of reference bank %i', (_i, bank) => {
    const { numFilters: filters, fftLength, samplingFrequency, low: lowHz, high: highHz } = bank;
    const version = bank.versionUpTo3 ? 3 : 4;
    const bins = melBins('test', samplingFrequency, { filters, fftLength, lowHz, highHz, version });
    const power = noise(fftLength / 2 + 1).map(Math.abs);
    const energies = new Float32Array(filters);
    melEnergies(power, bins, energies, 0);
    bank.rows.forEach(({ first, weights }, i) => {
      const want = weights.reduce((sum, weight, b) => sum + weight * power[first + b]!, 0);
      expect(Math.abs(energies[i]! - want)).toBeLessThan(1e-6 * want);
    });
  });

  it('is checked on several banks', () => {
    expect(banks.filter((bank) => bank.versionUpTo3).length).toBeGreaterThan(0);
    expect(banks.filter((bank) => !bank.versionUpTo3).length).toBeGreaterThan(3);
  });
});

describe('melBins', () => {
  it('refuses bands and filters that cannot be', () => {
    const band = { filters: 40, fftLength: 256, lowHz: 0, highHz: 0 };
    expect(codeOf(() => melBins('test', 8000, { ...band, highHz: 4001 }))).toBe('BAD_OPTION');
    expect(codeOf(() => melBins('test', 8000, { ...band, lowHz: 4000 }))).toBe('BAD_OPTION');
    expect(codeOf(() => melBins('test', 8000, { ...band, filters: 100 }))).toBe('SHAPE_MISMATCH');
    expect(melBins('test', 8000, band).length).toBe(42);
  });
});
