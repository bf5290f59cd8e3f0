import { describe, expect, it } from 'vitest';
import { areaUnderRoc, classScore } from './score.js';

const rows = (...scores: number[][]) => scores.map((s) => Float32Array.from(s));

describe('classScore', () => {
  it('counts by hand', () => {
    const scores = rows([0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]);
    const score = classScore(['a', 'b'], scores, ['a', 'a', 'b', 'b']);
    expect(score.accuracy).toBe(0.75);
    expect(score.confusion).toEqual({ a: { a: 2, b: 0 }, b: { a: 1, b: 1 } });
    expect(score.perClass!.a).toEqual({ precision: 2 / 3, recall: 1, f1: 0.8, windows: 2 });
    expect(score.perClass!.b).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3, windows: 2 });
    expect(score.windows).toBe(4);
  });

  it('keeps labels it was not trained on out of the accuracy', () => {
    const score = classScore(['a', 'b'], rows([1, 0], [0, 1], [1, 0]), ['a', 'b', '__proto__']);
    expect(score.accuracy).toBe(1);
    expect(Object.keys(score.confusion!)).toEqual(['a', 'b', '__proto__']);
    expect(score.perClass!.a!.precision).toBe(0.5);
    expect(score.windows).toBe(3);
  });

  it('has no division by zero', () => {
    expect(classScore(['a', 'b'], [], [])).toMatchObject({ accuracy: 0, windows: 0 });
  });
});

describe('areaUnderRoc', () => {
  it('is the chance that an anomaly scores higher', () => {
    expect(areaUnderRoc([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderRoc([4, 3, 2, 1], [false, false, true, true])).toBe(0);
    expect(areaUnderRoc([1, 3, 2, 4], [false, false, true, true])).toBe(0.75);
    expect(areaUnderRoc([5, 5, 5], [false, true, true])).toBe(0.5);
    expect(areaUnderRoc([1, 2], [true, true])).toBeUndefined();
  });
});
