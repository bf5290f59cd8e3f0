import { describe, expect, it } from 'vitest';
import { hasReference, noise, readReference } from '../../testing/index.js';
import { WAVELETS, type Wavelet, waveletFilters } from './filters.js';
import { analyse, halfCount } from './wavelet.js';

/** Sum over k of a[k] b[k + shift]. */
function correlation(a: readonly number[], b: readonly number[], shift: number): number {
  return a.reduce((sum, v, k) => sum + v * (b[k + shift] ?? 0), 0);
}

const dualOf = (name: Wavelet): Wavelet =>
  (name.startsWith('bior') ? `r${name}`.replace('rbior', 'rbio') : name.replace('rbio', 'bior')) as Wavelet;

describe('waveletFilters', () => {
  it('has fifty names', () => {
    expect(new Set(WAVELETS).size).toBe(50);
  });

  it.each(WAVELETS)(
    '%s: unit response at frequency 0, none of the details, orthogonal to the shifts of its dual',
    (name) => {
      const { low, high } = waveletFilters(name);
      expect(low.reduce((a, b) => a + b)).toBeCloseTo(Math.SQRT2, 9);
      expect(high.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
      const dual = [...waveletFilters(dualOf(name)).low].reverse();
      const reversed = name.includes('bio') ? [...dual].reverse() : waveletFilters(name).low;
      for (let shift = 0; shift < low.length; shift += 2) {
        expect(correlation(low, reversed, shift)).toBeCloseTo(shift === 0 ? 1 : 0, 9);
      }
    },
  );

  it.skipIf(!hasReference)('are those of the reference', () => {
    const { wavelets } = readReference('../wavelets.json') as {
      wavelets: Record<string, { decLo: number[]; decHi: number[] }>;
    };
    expect(Object.keys(wavelets).sort()).toEqual([...WAVELETS].sort());
    for (const name of WAVELETS) {
      const { low, high } = waveletFilters(name);
      const { decLo, decHi } = wavelets[name]!;
      expect(low.length).toBe(decLo.length);
      for (const [k, v] of decLo.entries()) expect(Math.abs(low[k]! - v), `${name} ${k}`).toBeLessThan(1e-11);
      for (const [k, v] of decHi.entries()) expect(Math.abs(high[k]! - v), `${name} ${k}`).toBeLessThan(1e-11);
    }
  });
});

describe('analyse', () => {
  const split = (name: Wavelet, x: Float32Array) => {
    const { low, high } = waveletFilters(name);
    return [low, high].map((filter) => {
      const y = new Float32Array(halfCount(x.length, filter.length));
      expect(analyse(x, x.length, Float32Array.from(filter), y)).toBe(y.length);
      return y;
    }) as [Float32Array, Float32Array];
  };

  it('keeps the energy of a signal that ends in silence', () => {
    const x = new Float32Array(200);
    x.set(noise(101), 50);
    const energy = (y: Float32Array): number => y.reduce((sum, v) => sum + v * v, 0);
    for (const name of ['haar', 'db7', 'sym8', 'coif3'] as const) {
      const [low, high] = split(name, x);
      expect(energy(low) + energy(high)).toBeCloseTo(energy(x), 4);
    }
  });

  it('sees no detail in a constant, mirrored ends included', () => {
    for (const name of ['db10', 'bior3.9', 'rbio2.8'] as const) {
      const [low, high] = split(name, new Float32Array(33).fill(9.81));
      for (const v of low) expect(v).toBeCloseTo(9.81 * Math.SQRT2, 4);
      for (const v of high) expect(v).toBeCloseTo(0, 5);
    }
  });

  it.skipIf(!hasReference)('is one level of the reference', () => {
    const { butterworth, dwtOneLevel } = readReference('stages.json');
    const cases = dwtOneLevel.cases as { wavelet: Wavelet; samples: number; approx: number[]; detail: number[] }[];
    for (const c of cases) {
      const [low, high] = split(c.wavelet, Float32Array.from(butterworth.input.slice(0, c.samples)));
      expect([low.length, high.length]).toEqual([c.approx.length, c.detail.length]);
      for (const [i, v] of c.approx.entries()) expect(low[i]).toBeCloseTo(v, 5);
      for (const [i, v] of c.detail.entries()) expect(high[i]).toBeCloseTo(v, 5);
    }
  });
});
