import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { sizeOf, spectrogramSpec } from '../../spec.js';
import { classifier } from '../classifier/classifier.js';
import { kMeans } from '../k-means/k-means.js';
import { conv1d, dense } from '../layers.js';
import { seededRandom } from '../random.js';
import { pruneBlock } from './prune.js';

const input = spectrogramSpec(12, 6, 0.02);

function data(rows: number, purpose: string): TrainingSet {
  const { normal } = seededRandom(3, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  return {
    classes: ['a', 'b', 'c'],
    labels,
    groups: Array.from(labels, (_, i) => `file ${i}`),
    features: Array.from(labels, (label) =>
      Float32Array.from({ length: 72 }, (_, i) => 50 + 4 * normal() + (i % 3 === label ? 4 : 0)),
    ),
  };
}

function accuracy(block: TrainedBlock, set: TrainingSet): number {
  const out = new Float32Array(sizeOf(block.output));
  const right = set.features.filter((row, i) => {
    block.run(row, out);
    return out.indexOf(Math.max(...out)) === set.labels[i];
  });
  return right.length / set.features.length;
}

describe('pruneBlock', () => {
  const learner = classifier({ layers: [conv1d(12, 3), conv1d(16, 3), dense(12)], epochs: 15, augment: 'none' });
  const revive = learner.revive as never;
  let block: TrainedBlock;
  beforeAll(async () => {
    block = await learner.fit(data(150, 'train'), input, {});
  });

  it('halves the channels, keeps the accuracy and says what became smaller', async () => {
    const { block: small, report } = await pruneBlock(block, data(150, 'train'), revive, {
      epochs: 20,
      augment: 'none',
    });
    const before = accuracy(block, data(150, 'test'));
    expect(before).toBeGreaterThan(0.9);
    expect(accuracy(small, data(150, 'test'))).toBeGreaterThan(before - 0.03);
    expect(report.channels.map(({ before, after }) => [before, after])).toEqual([
      [12, 6],
      [16, 8],
      [12, 6],
      [3, 3],
    ]);
    // 12 steps of 3 taps, 6 of 3, then dense layers on 3 steps and on the units.
    expect(report.macs).toEqual({
      before: 12 * 3 * 6 * 12 + 6 * 3 * 12 * 16 + 48 * 12 + 36,
      after: 12 * 3 * 6 * 6 + 6 * 3 * 6 * 8 + 24 * 6 + 18,
    });
    expect(report.constBytes.after).toBeLessThan(report.constBytes.before / 2);
    expect(small.cpp.constBytes).toBeLessThan(block.cpp.constBytes / 2);
    for (const { before, after } of Object.values(report.flashBytes)) expect(after).toBeLessThan(before);
    expect(report.flashBytes.int8.before).toBeLessThan(report.flashBytes.float32.before);
    expect(report.text).toContain('multiply-accumulates');
    expect(report.text.split('\n').map((line) => line.trimEnd())).toEqual(report.text.split('\n'));
    expect(small.labels).toEqual(block.labels);
    const int8 = small.quantize!(data(150, 'train').features);
    expect(accuracy(int8, data(150, 'test'))).toBeGreaterThan(before - 0.05);
  });

  it('gives the same bytes for the same seed', async () => {
    const options = { epochs: 1, steps: 2, seed: 4 };
    const [a, b] = [
      await pruneBlock(block, data(60, 'train'), revive, options),
      await pruneBlock(block, data(60, 'train'), revive, options),
    ];
    expect(b.block.state).toEqual(a.block.state);
  });

  it('refuses what is no float network, and stops when it is told to', async () => {
    const set = data(60, 'train');
    const int8 = block.quantize!(set.features);
    await expect(pruneBlock(int8, set, revive)).rejects.toMatchObject({ code: 'UNSUPPORTED', where: 'prune' });
    const clusters = await kMeans().fit(set, input as never, {});
    await expect(pruneBlock(clusters, set, revive)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(pruneBlock(block, set, revive, { share: 2 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    const signal = AbortSignal.abort();
    await expect(pruneBlock(block, set, revive, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
