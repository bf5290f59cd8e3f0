import { describe, expect, it } from 'vitest';
import { codeOf, hasReference, readReference } from '../../testing/index.js';
import { butterworth, butterworthSections } from './filter.js';

interface Case {
  type: 'low' | 'high';
  samplingFrequency: number;
  cutoff: number;
  order: number;
  output: number[];
  outputLast: number;
}

describe.skipIf(!hasReference)('butterworth', () => {
  const { input, cases } = hasReference
    ? (readReference('stages.json').butterworth as { input: number[]; cases: Case[] })
    : { input: [], cases: [] };

  it.each(cases.map((c) => [c.type, c.cutoff, c.order, c] as const))(
    '%s-pass at %d Hz, order %i',
    (type, hz, order, c) => {
      const x = Float32Array.from(input);
      const design = { filter: type, cutoffHz: hz, filterOrder: order } as const;
      butterworth(x, x.length, butterworthSections('test', c.samplingFrequency, design), type === 'low' ? 2 : -2);
      c.output.forEach((want, i) => {
        expect(Math.abs(x[i]! - want)).toBeLessThan(5e-5 + 1e-5 * Math.abs(want));
      });
      expect(x.at(-1)).toBeCloseTo(c.outputLast, 3);
    },
  );
});

describe('butterworthSections', () => {
  it('refuses filters that cannot be', () => {
    const design = (cutoffHz: number) => ({ filter: 'high', cutoffHz, filterOrder: 8 }) as const;
    expect(codeOf(() => butterworthSections('test', 62.5, design(31.25)))).toBe('BAD_OPTION');
    expect(codeOf(() => butterworthSections('test', 62.5, design(0.0001)))).toBe('BAD_OPTION');
    expect(butterworthSections('test', 62.5, design(0.5)).length).toBe(12);
  });
});
