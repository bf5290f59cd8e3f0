import { describe, expect, it } from 'vitest';
import { codeOf, noise } from '../../testing/index.js';
import {
  type ButterworthDesign,
  butterworthDesign,
  filterSample,
  filterWindow,
  gainAt,
  sectionTable,
  startSteady,
} from './butterworth.js';

const base: ButterworthDesign = { filter: 'low', cutoffHz: 10, lowHz: 5, highHz: 20, order: 4 };
const KINDS = ['low', 'high', 'band'] as const;

describe('Butterworth sections', () => {
  it.each(KINDS)('%s: -3 dB at every edge, 1 where it passes, at every order', (filter) => {
    for (let order = 1; order <= 8; order++) {
      const sections = butterworthDesign('test', 100, { ...base, filter, order });
      expect(sections).toHaveLength(filter === 'band' ? order : Math.ceil(order / 2));
      const edges = filter === 'band' ? [5, 20] : [10];
      for (const hz of edges) expect(gainAt(sections, hz / 100)).toBeCloseTo(Math.SQRT1_2, 4);
      const middle = { low: 0, high: 0.5, band: 0.1046 }[filter];
      expect(gainAt(sections, middle)).toBeCloseTo(1, 3);
    }
  });

  it.each(KINDS)('%s: sample by sample is the same as a window at once', (filter) => {
    const table = sectionTable(butterworthDesign('test', 100, { ...base, filter, order: 3 }), true);
    const x = noise(60).map((v) => 100 + v);
    const out = new Float32Array(60);
    filterWindow(x, out, 1, table);
    const state = new Float32Array((2 * table.sections.length) / 7);
    startSteady(x[0]!, table.sections, state);
    expect(x.map((v) => filterSample(v, table.sections, 7, state))).toEqual(out);
    filterWindow(x, x, 1, table);
    expect(x).toEqual(out);
  });

  it('refuses what float32 cannot hold', () => {
    const code = (changes: Partial<ButterworthDesign>) =>
      codeOf(() => butterworthDesign('test', 44_100, { ...base, ...changes }));
    expect(code({ cutoffHz: 1 })).toBe('BAD_OPTION');
    expect(code({ filter: 'band', lowHz: 0.1, highHz: 0.2 })).toBe('BAD_OPTION');
    expect(code({ cutoffHz: 1000 })).toBeUndefined();
  });
});
