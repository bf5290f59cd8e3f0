import { describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { signalSpec, sizeOf, spectrogramSpec } from '../../spec.js';
import { classifier } from '../classifier/classifier.js';
import { batchNorm, conv1d, globalAveragePool } from '../layers.js';
import { seededRandom } from '../random.js';

const input = spectrogramSpec(20, 8, 0.02);

/** A tone that rises, falls or is not there; `loud` rows are as much louder. */
function tones(rows: number, purpose: string, loud: number): TrainingSet {
  const { normal, below } = seededRandom(6, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  const features = Array.from(labels, (label, i) => {
    const row = Float32Array.from({ length: 160 }, () => 0.3 + 0.1 * normal());
    const start = below(8);
    for (let t = 0; t < 8 && label > 0; t++) row[(start + t) * 8 + (label === 1 ? t : 7 - t)] = 0.5;
    return row.map((v) => v * (i % 20 === 0 ? loud : 1));
  });
  return { classes: ['none', 'up', 'down'], labels, groups: Array.from(labels, (_, i) => `file ${i}`), features };
}

function accuracy(block: TrainedBlock, { features, labels, classes }: TrainingSet): number {
  const scores = features.map((row) => {
    const out = new Float32Array(sizeOf(block.output));
    block.run(row, out);
    return out;
  });
  return block.score(
    scores,
    Array.from(labels, (label) => classes[label]!),
  ).accuracy!;
}

describe('quantisation-aware training', () => {
  const [train, test] = [tones(240, 'train', 8), tones(300, 'test', 1)];
  const options = {
    layers: [conv1d(8, 3), conv1d(16, 3)],
    epochs: 20,
    calibration: 'minmax',
    augment: 'none',
  } as const;

  it('gives a network as good as int8 as it is as float', async () => {
    const after = await classifier(options).fit(train, input, { seed: 1 });
    const aware = await classifier({ ...options, quantizationAware: 15 }).fit(train, input, { seed: 1 });
    const int8 = accuracy(aware.quantize!(train.features), test);
    expect(Math.abs(int8 - accuracy(aware, test))).toBeLessThan(0.03);
    expect(int8).toBeGreaterThanOrEqual(accuracy(after.quantize!(train.features), test) - 0.01);
  });

  it('is stored with the ranges it was trained with, whatever rows it is quantised on, and after loading', async () => {
    const block = classifier({ ...options, epochs: 3, quantizationAware: 2 });
    const aware = await block.fit(train, input, { seed: 1 });
    const stored = (trained: TrainedBlock): unknown => trained.quantize!(test.features.slice(0, 2)).state;
    const again = block.revive(structuredClone(aware.state), input);
    expect(stored(aware)).toEqual(aware.quantize!(train.features).state);
    expect(stored(again)).toEqual(stored(aware));
  });
});

/**
 * A wrist that turns slowly or fast, in one of two postures: acceleration in g beside turns in degrees per second, some
 * 200 times as large. The posture shows clearly in the acceleration, and less so in the turns.
 */
function turns(rows: number, purpose: string): TrainingSet {
  const { normal, uniform } = seededRandom(7, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 4);
  const features = Array.from(labels, (label) => {
    const posture = label % 2 ? 1 : -1;
    const start = 6 * uniform();
    const lean = 0.7 * posture + 0.2 * normal();
    const turn = (t: number): number => 150 * Math.sin(start + (label < 2 ? 0.6 : 1) * t) + 15 * posture;
    return Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? turn(i / 2) + 60 * normal() : lean + 0.1 * normal()));
  });
  return { classes: ['a', 'b', 'c', 'd'], labels, groups: Array.from(labels, (_, i) => `file ${i}`), features };
}

describe('quantisation-aware training on axes in units of very different size', () => {
  const [train, test] = [turns(400, 'train'), turns(600, 'test')];
  const wrist = signalSpec(32, ['accX', 'gyrX'], 50);
  const options = {
    layers: [conv1d(8, 5, { pool: 2 }), batchNorm(), conv1d(8, 3), batchNorm(), globalAveragePool()],
    epochs: 25,
    batchSize: 16,
    augment: 'none',
  } as const;

  it('wins back accuracy that calibration alone loses, in the mean over three seeds', async () => {
    const points = { float: 0, calibrated: 0, aware: 0 };
    for (const seed of [1, 2, 3]) {
      const float = await classifier(options).fit(train, wrist, { seed });
      const aware = await classifier({ ...options, quantizationAware: 10 }).fit(train, wrist, { seed });
      points.float += (100 * accuracy(float, test)) / 3;
      points.calibrated += (100 * accuracy(float.quantize!(train.features), test)) / 3;
      points.aware += (100 * accuracy(aware.quantize!(train.features), test)) / 3;
    }
    expect(points.float - points.calibrated).toBeGreaterThan(2);
    expect(points.aware - points.calibrated).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
