// Data that is too little, one-sided or broken: a clear error or a sane result.
import { describe, expect, it } from 'vitest';
import type { FitProgress, TrainedBlock, TrainingSet } from '../../block.js';
import { featuresSpec, sizeOf, spectrogramSpec } from '../../spec.js';
import { seededRandom } from '../random.js';
import { classifier } from './classifier.js';

const input = featuresSpec(3);

/** So many rows of each class, whose middle is the number of the class; every row is a recording of its own. */
function data(counts: readonly number[], { groups = (i: number) => `${i}`, size = 3, spread = 0.3 } = {}): TrainingSet {
  const { normal } = seededRandom(8, 'rows');
  const labels = Int32Array.from(counts.flatMap((count, label) => Array(count).fill(label)));
  return {
    classes: counts.map((_, label) => `class ${label}`),
    labels,
    groups: Array.from(labels, (_, i) => groups(i)),
    features: Array.from(labels, (label) => Float32Array.from({ length: size }, () => label + spread * normal())),
  };
}

function scores(block: TrainedBlock, row: Float32Array): Float32Array {
  const out = new Float32Array(sizeOf(block.output));
  block.run(row, out);
  return out;
}

const right = (block: TrainedBlock, set: TrainingSet): number[] =>
  set.classes.map((_, label) => {
    const rows = set.features.filter((_row, i) => set.labels[i] === label);
    const hits = rows.filter((row) => scores(block, row).indexOf(Math.max(...scores(block, row))) === label);
    return hits.length / rows.length;
  });

describe('classifier with bad data', () => {
  it('names what is missing: no rows, one row, one class', async () => {
    const learn = (set: TrainingSet) => classifier({ epochs: 2 }).fit(set, input, {});
    await expect(learn(data([0, 0]))).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(learn(data([1, 0]))).rejects.toMatchObject({ code: 'ONE_CLASS' });
    await expect(learn(data([9]))).rejects.toMatchObject({ code: 'ONE_CLASS' });
  });

  it('names the feature and the recording that are not finite', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const set = data([5, 5]);
      set.features[7]![2] = value;
      const learn = classifier({ epochs: 2 }).fit(set, input, {});
      await expect(learn).rejects.toMatchObject({ code: 'BAD_DATA', got: expect.stringMatching(/feature 2 .*"7"/) });
    }
  });

  it('learns two windows, one of each class, with nothing to validate on', async () => {
    const seen: FitProgress[] = [];
    const set = data([1, 1]);
    const block = await classifier({ epochs: 60 }).fit(set, input, { onProgress: (p) => seen.push(p) });
    expect(right(block, set)).toEqual([1, 1]);
    expect(seen.every((p) => Number.isFinite(p.loss) && Number.isFinite(p.valLoss))).toBe(true);
  });

  it('learns a class that validation has no windows of', async () => {
    // All windows of class 1 come from one recording, which stays in training.
    const set = data([30, 30, 30], { groups: (i) => (i >= 30 && i < 60 ? 'one' : `${i}`), spread: 0.2 });
    const block = await classifier({ epochs: 80 }).fit(set, input, {});
    expect(Math.min(...right(block, set))).toBeGreaterThan(0.9);
    expect(block.report.valAccuracy).toBeGreaterThan(0.9);
  });

  it('gives even scores to rows that are all the same', async () => {
    const same = data([20, 20], { spread: 0 });
    const set = { ...same, features: same.features.map(() => Float32Array.of(7, 7, 7)) };
    for (const spec of [input, spectrogramSpec(3, 1, 0.1)]) {
      const block = await classifier({ epochs: 5, augment: 'none' }).fit(set, spec as typeof input, {});
      const given = scores(block, set.features[0]!);
      expect(Math.max(...given)).toBeLessThan(0.75);
      expect([...given].every(Number.isFinite)).toBe(true);
      expect([...scores(block.quantize!(set.features), set.features[0]!)].every(Number.isFinite)).toBe(true);
    }
  });

  it('ignores a constant feature among others, even when it moves later', async () => {
    const set = data([30, 30]);
    for (const row of set.features) row[1] = 5;
    const block = await classifier({ epochs: 40 }).fit(set, input, {});
    expect(Math.min(...right(block, set))).toBeGreaterThan(0.9);
    expect([...scores(block, Float32Array.of(1, 5e6, 1))].every(Number.isFinite)).toBe(true);
  });

  it('learns a class that has one window in a hundred', async () => {
    const set = data([300, 3]);
    const block = await classifier({ epochs: 60, classWeights: 'balanced' }).fit(set, input, {});
    const [common, rare] = right(block, set) as [number, number];
    expect(common).toBeGreaterThan(0.95);
    expect(rare).toBe(1);
    const plain = await classifier({ epochs: 60 }).fit(set, input, {});
    expect(right(plain, set)[0]).toBeGreaterThan(0.95);
  });

  it('counts labels it has never seen apart', async () => {
    const set = data([20, 20]);
    const block = await classifier({ epochs: 40 }).fit(set, input, {});
    const rows = set.features.slice(0, 4).map((row) => scores(block, row));
    const known = block.score(rows.slice(0, 2), ['class 0', 'class 0']);
    const score = block.score(rows, ['class 0', 'class 0', 'rain', 'toString']);
    expect(score.accuracy).toBe(known.accuracy);
    expect(score.windows).toBe(4);
    expect(block.score(rows, ['rain', 'rain', 'rain', 'rain']).windows).toBe(4);
  });

  it('keeps copies out of validation and leaves those of validation rows out of training', async () => {
    const set = data([20, 20]);
    const withCopies: TrainingSet = {
      classes: set.classes,
      features: [...set.features, ...set.features.map((row) => row.map((v) => v + 0.1))],
      labels: Int32Array.from([...set.labels, ...set.labels]),
      groups: [...set.groups, ...set.groups],
      copies: Uint8Array.from({ length: 80 }, (_, i) => Number(i >= 40)),
    };
    const batches = new Set<number>();
    const learn = classifier({ epochs: 2, batchSize: 8 });
    await learn.fit(withCopies, input, { onBatch: (p) => batches.add(p.batches) });
    // A fifth of 40 rows is set aside; the rest and its copies are 64.
    expect([...batches]).toEqual([8]);
  });
});
