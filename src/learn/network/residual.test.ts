import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { sizeOf, spectrogramSpec } from '../../spec.js';
import { classifier } from '../classifier/classifier.js';
import { batchNorm, conv2d, globalAveragePool, type Layer, residual } from '../layers.js';
import { seededRandom } from '../random.js';

const input = spectrogramSpec(12, 8, 0.02);
const bare = { activation: 'none' } as const;
const LAYERS: readonly Layer[] = [
  conv2d(8, 3),
  batchNorm(),
  residual([conv2d(8, 3), batchNorm(), conv2d(8, 3, bare), batchNorm()]),
  residual([conv2d(12, 3, { stride: 2, ...bare }), batchNorm()], { shortcut: [conv2d(12, 1, { stride: 2, ...bare })] }),
  globalAveragePool(),
];

/** A tone that rises, falls or is not there. */
function tones(rows: number, purpose: string): TrainingSet {
  const { normal, below } = seededRandom(7, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  const features = Array.from(labels, (label) => {
    const row = Float32Array.from({ length: 96 }, () => 2 + 0.1 * normal());
    const start = below(4);
    for (let t = 0; t < 8 && label > 0; t++) row[(start + t) * 8 + (label === 1 ? t : 7 - t)]! += 0.7;
    return row;
  });
  return { classes: ['none', 'up', 'down'], labels, features, groups: features.map((_, i) => `file ${i}`) };
}

function scores(block: TrainedBlock, data: TrainingSet): Float32Array[] {
  return data.features.map((row) => {
    const out = new Float32Array(sizeOf(block.output));
    block.run(row, out);
    return out;
  });
}

describe('a classifier with residual layers', () => {
  const test = tones(60, 'test');
  const learner = classifier({ layers: LAYERS, epochs: 12, augment: 'none' });
  let trained: TrainedBlock;
  let int8: TrainedBlock;
  beforeAll(async () => {
    const data = tones(150, 'train');
    trained = await learner.fit(data, input, {});
    int8 = trained.quantize!(data.features);
  });

  const accuracy = (block: TrainedBlock) =>
    block.score(
      scores(block, test),
      Array.from(test.labels, (label) => test.classes[label]!),
    ).accuracy!;

  it('learns, and keeps what it learnt as int8', () => {
    expect(accuracy(trained)).toBeGreaterThan(0.9);
    expect(accuracy(int8)).toBeGreaterThan(accuracy(trained) - 0.05);
  });

  it('folds the batch normalisation in front of the sum', () => {
    const { network } = trained.state.json as { network: { ops: { kind: string }[] } };
    const kinds = network.ops.map((op) => op.kind);
    expect(kinds).not.toContain('batchNorm');
    expect(kinds.filter((kind) => kind === 'add')).toHaveLength(2);
    expect(kinds).toContain('mean');
  });

  it('comes back from its saved form, and so do its layers', () => {
    for (const block of [trained, int8]) {
      const json = JSON.parse(JSON.stringify(block.state.json));
      expect(scores(learner.revive({ ...block.state, json }, input), test)).toEqual(scores(block, test));
    }
    const again = classifier(JSON.parse(JSON.stringify(learner.params)));
    expect(again.params).toEqual(learner.params);
  });
});
