import { describe, expect, it } from 'vitest';
import { hasReference, readReference } from '../../testing/index.js';
import { dct, dctTable } from './dct.js';

describe.skipIf(!hasReference)('dct', () => {
  const cases = hasReference ? (readReference('stages.json').dct2Ortho as { input: number[]; output: number[] }[]) : [];

  it.each(cases.map((c) => [c.input.length, c] as const))('of %i values agrees with the reference', (size, c) => {
    const out = new Float32Array(size);
    dct(Float32Array.from(c.input), dctTable(size, size - 1), size - 1, out, 0);
    c.output.slice(1).forEach((want, j) => {
      expect(Math.abs(out[j + 1]! - want)).toBeLessThan(2e-6 + 1e-6 * Math.abs(want));
    });
  });
});

describe('dctTable', () => {
  it('is never empty', () => {
    expect([...dctTable(8, 0)]).toEqual([0]);
  });
});
