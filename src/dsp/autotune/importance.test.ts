import { describe, expect, it } from 'vitest';
import { codeOf, noise } from '../testing/index.js';
import { featureImportance } from './importance.js';

const labels = Array.from({ length: 300 }, (_, i) => 'abc'[i % 3]!);
const random = noise(900, 5);

describe('featureImportance', () => {
  const rows = labels.map((label, i) => {
    const mean = 'abc'.indexOf(label) - 1;
    // A constant, a class mean with noise, noise alone, a class spread without a mean, and the class itself.
    return [7, mean + random[3 * i]!, random[3 * i + 1]!, random[3 * i + 2]! * 3 ** mean, mean];
  });
  const ranked = featureImportance(rows, labels, ['constant', 'mean', 'noise', 'spread', 'class']);

  it('ranks what tells the class before what does not', () => {
    expect(ranked.map(({ name }) => name)).toEqual(['class', 'mean', 'spread', 'noise', 'constant']);
    const of = Object.fromEntries(ranked.map((entry) => [entry.name, entry]));
    expect(of.class).toMatchObject({ index: 4, importance: 1, explained: 1, f: Number.POSITIVE_INFINITY });
    expect(of.class!.bits).toBeGreaterThan(1.5);
    expect(of.constant).toMatchObject({ importance: 0, f: 0, bits: 0 });
    expect(of.noise!.importance).toBeLessThan(0.1);
    expect(of.spread!.explained).toBeLessThan(0.1);
    expect(of.spread!.importance).toBeGreaterThan(0.1);
  });

  it('agrees with the analysis of variance by hand', () => {
    // Groups 1, 2, 3 and 4, 5, 6: between 13.5 on 1 degree, within 4 on 4.
    const [entry] = featureImportance([[1], [2], [3], [4], [5], [6]], ['a', 'a', 'a', 'b', 'b', 'b']);
    expect(entry!.f).toBeCloseTo(13.5, 10);
    expect(entry!.explained).toBeCloseTo(13.5 / 17.5, 10);
  });

  it('does not care for offset and scale, nor for the order of rows', () => {
    const moved = featureImportance(rows.map((row) => row.map((v) => -3 * v + 100)).reverse(), [...labels].reverse());
    expect(moved.map(({ index }) => index)).toEqual(ranked.map(({ index }) => index));
    expect(moved[1]!.f).toBeCloseTo(ranked[1]!.f, 6);
  });

  it('refuses what it cannot rank', () => {
    expect(codeOf(() => featureImportance([], []))).toBe('NO_DATA');
    expect(codeOf(() => featureImportance([[1], [2]], ['a', 'a']))).toBe('ONE_CLASS');
    expect(codeOf(() => featureImportance([[1], [2]], ['a']))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => featureImportance([[1], [2, 3]], ['a', 'b']))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => featureImportance([[1], [Number.NaN]], ['a', 'b']))).toBe('BAD_DATA');
  });
});
