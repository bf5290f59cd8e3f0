import { describe, expect, it } from 'vitest';
import type { TrainingSet } from '../../block.js';
import { splitRows } from './split.js';

/** `windows` windows of each of `files` recordings per class. */
function data(files: readonly number[], windows: number): TrainingSet {
  const rows = files.flatMap((count, label) =>
    Array.from({ length: count * windows }, (_, i) => ({ label, group: `${label}.${Math.floor(i / windows)}` })),
  );
  return {
    features: rows.map(() => new Float32Array(1)),
    labels: Int32Array.from(rows, (row) => row.label),
    classes: files.map(String),
    groups: rows.map((row) => row.group),
  };
}

describe('splitRows', () => {
  it('keeps recordings whole and classes in proportion', () => {
    const set = data([20, 10, 5], 4);
    const { train, validation } = splitRows(set, 0.2, 1);
    const groups = (rows: Int32Array) => new Set([...rows].map((row) => set.groups[row]));
    expect([...groups(train)].filter((group) => groups(validation).has(group))).toEqual([]);
    const perClass = [0, 1, 2].map((label) => [...validation].filter((row) => set.labels[row] === label).length);
    expect(perClass).toEqual([16, 8, 4]);
    expect(train.length + validation.length).toBe(set.features.length);
  });

  it('depends on the seed alone', () => {
    const set = data([20, 10], 3);
    expect(splitRows(set, 0.2, 1)).toEqual(splitRows(set, 0.2, 1));
    expect(splitRows(set, 0.2, 2)).not.toEqual(splitRows(set, 0.2, 1));
  });

  it('never empties a class of training', () => {
    const { train } = splitRows(data([1, 2, 2], 3), 0.9, 1);
    expect(train.length).toBe(9);
    expect(splitRows(data([3, 3], 1), 0, 1).validation.length).toBe(0);
  });

  it('never empties a class of training whose only group holds other classes too', () => {
    // Speakers 0 to 4 say class 0; class 1 is said by speaker 2 alone.
    const rows = [0, 1, 2, 3, 4].flatMap((g) => [
      { label: 0, group: `${g}` },
      { label: g === 2 ? 1 : 0, group: `${g}` },
    ]);
    const set: TrainingSet = {
      features: rows.map(() => new Float32Array(1)),
      labels: Int32Array.from(rows, (row) => row.label),
      classes: ['often', 'rare'],
      groups: rows.map((row) => row.group),
    };
    for (let seed = 0; seed < 20; seed++) {
      const { train, validation } = splitRows(set, 0.3, seed);
      expect([...train].some((row) => set.labels[row] === 1)).toBe(true);
      expect(validation.length).toBeGreaterThan(0);
    }
  });
});

describe('splitRows with augmented copies', () => {
  it('sets aside what it would without, and trains on copies of the rest', () => {
    const plain = data([20, 10], 2);
    const copied: TrainingSet = {
      ...plain,
      features: [...plain.features, ...plain.features],
      labels: Int32Array.from([...plain.labels, ...plain.labels]),
      groups: [...plain.groups, ...plain.groups],
      copies: Uint8Array.from({ length: 120 }, (_, i) => Number(i >= 60)),
    };
    const [a, b] = [splitRows(plain, 0.2, 1), splitRows(copied, 0.2, 1)];
    expect(b.validation).toEqual(a.validation);
    expect([...b.train]).toEqual([...a.train, ...a.train.map((row) => row + 60)]);
  });
});
