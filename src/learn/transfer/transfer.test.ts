import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { interpreter, writeTflite } from '../../compile/index.js';
import { featuresSpec, type Spec, sizeOf, spectrogramSpec } from '../../spec.js';
import { classifier } from '../classifier/classifier.js';
import { loadExpert } from '../expert/load.js';
import { kMeans } from '../k-means/k-means.js';
import { conv1d, conv2d, dense, globalAveragePool, residual } from '../layers.js';
import { graphFromState } from '../network/graph-state.js';
import { seededRandom } from '../random.js';
import { embedder } from './embedder.js';
import { pretrainRows } from './pretrain.js';
import { transfer } from './transfer.js';

const input = spectrogramSpec(12, 6, 0.02);

/** Rows whose class says which of the places modulo `classes` are higher. */
function data(rows: number, purpose: string, classes = 3, size = 72): TrainingSet {
  const { normal } = seededRandom(3, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % classes);
  return {
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    labels,
    groups: Array.from(labels, (_, i) => `file ${i}`),
    features: Array.from(labels, (label) =>
      Float32Array.from({ length: size }, (_, i) => 50 + 4 * normal() + (i % 6 === label ? 8 : 0)),
    ),
  };
}

function scores(block: TrainedBlock, row: Float32Array): Float32Array {
  const out = new Float32Array(sizeOf(block.output));
  block.run(row, out);
  return out;
}

function accuracy(block: TrainedBlock, set: TrainingSet): number {
  const right = set.features.filter((row, i) => {
    const own = scores(block, row);
    return own.indexOf(Math.max(...own)) === set.labels[i];
  });
  return right.length / set.features.length;
}

const graphOf = ({ state }: TrainedBlock) => graphFromState((state.json as { network: unknown }).network, state.arrays);

/** Weights of the convolutions and dense layers, in order. */
const weightsOf = (block: TrainedBlock) => {
  const graph = graphOf(block);
  return graph.ops.filter((op) => op.inputs.length > 2).map((op) => graph.tensors[op.inputs[1]!]!.data!);
};

describe('transfer', () => {
  let base: TrainedBlock;
  beforeAll(async () => {
    const layers = [conv1d(8, 3), conv1d(12, 3), dense(10)];
    base = await classifier({ layers, epochs: 30, augment: 'none' }).fit(data(300, 'many', 6), input, {});
  });
  const few = data(24, 'few', 3);
  const test = data(90, 'test', 3);

  it('learns new classes from few rows on a frozen base, whose weights stay to the bit', async () => {
    const block = await transfer({ from: base }).fit(few, input, {});
    expect(accuracy(block, test)).toBeGreaterThan(0.8);
    expect(block.labels).toEqual(few.classes);
    expect(weightsOf(block).slice(0, 3)).toEqual(weightsOf(base).slice(0, 3));
    expect(weightsOf(block).length).toBe(4);
    expect(scores(block, test.features[0]!).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const small = block.quantize!(few.features);
    expect(accuracy(small, test)).toBeGreaterThan(accuracy(block, test) - 0.1);
  });

  it.each([
    [1, [true, false, false]],
    [0.67, [true, true, false]],
    ['none', [false, false, false]],
  ] as const)('fine-tunes what is not frozen: %s', async (freeze, stay) => {
    const block = await transfer({ from: base, freeze, epochs: 50, fineTuneEpochs: 8, validationSplit: 0 }).fit(
      few,
      input,
      {},
    );
    const [now, before] = [weightsOf(block), weightsOf(base)];
    expect(stay.map((_, i) => now[i]!.every((v, k) => v === before[i]![k]))).toEqual(stay);
    expect(accuracy(block, test)).toBeGreaterThan(0.75);
  });

  it('gives the same network whether the frozen part is computed once or in every step', async () => {
    // An augmentation that changes nothing keeps the whole network in training.
    const { timeShift } = await import('../augment/index.js');
    const options = { from: base, freeze: 2, epochs: 10, fineTuneEpochs: 5, validationSplit: 0 } as const;
    const once = await transfer(options).fit(few, input, {});
    const always = await transfer({ ...options, augment: [timeShift({ share: 0 })] }).fit(few, input, {});
    for (const row of test.features.slice(0, 10)) {
      const [a, b] = [scores(once, row), scores(always, row)];
      a.forEach((v, i) => {
        expect(Math.abs(v - b[i]!)).toBeLessThan(0.02);
      });
    }
  });

  it('takes graphs, files, models and branches as a base, with a head of layers', async () => {
    const layers = [conv2d(6, 3), residual([conv2d(6, 3, { activation: 'none' })]), globalAveragePool(), dense(8)];
    const branched = await classifier({ layers, epochs: 3, augment: 'none' }).fit(data(60, 'many', 6), input, {});
    const tf = await loadExpert();
    const model = tf.sequential({
      layers: [
        tf.layers.conv1d({ filters: 4, kernelSize: 3, activation: 'tanh', inputShape: [12, 6] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5 }),
      ],
    });
    const sources = [graphOf(base), writeTflite(graphOf(base)), branched, model, { learners: [{ block: base }] }];
    for (const from of sources) {
      const learner = transfer({ from, layers: [dense(6)], epochs: 5 });
      const block = await learner.fit(few, input, {});
      expect(block.labels).toEqual(few.classes);
      const sketch = learner.sketch(input, few.classes);
      expect([sketch.cpp.constBytes, sketch.work]).toEqual([block.cpp.constBytes, block.work]);
    }
    const fine = await transfer({ from: branched, freeze: 1, epochs: 2, fineTuneEpochs: 2 }).fit(few, input, {});
    expect(fine.report.epochs).toBeGreaterThanOrEqual(2);
    const tanh = transfer({ from: model, freeze: 'none', epochs: 1 }).fit(few, input, {});
    await expect(tanh).rejects.toMatchObject({ code: 'UNSUPPORTED', where: expect.stringContaining('transfer.') });
    model.dispose();
  });

  it('keeps the standardisation of a base of flat features', async () => {
    const flat = featuresSpec(6);
    const own = await classifier({ epochs: 30 }).fit(data(240, 'many', 6, 6), flat, {});
    for (const freeze of ['all', 'none'] as const) {
      const block = await transfer({ from: own, freeze, fineTuneEpochs: 5 }).fit(data(60, 'few', 3, 6), flat, {});
      expect(block.state.arrays.mean).toEqual(own.state.arrays.mean);
      expect(accuracy(block, data(90, 'test', 3, 6))).toBeGreaterThan(0.6);
    }
  });

  it('is the same for the same seed, and after a crash in either phase', async () => {
    const learner = transfer({ from: base, freeze: 1, epochs: 4, fineTuneEpochs: 4 });
    const whole = await learner.fit(few, input, { seed: 5 });
    expect((await learner.fit(few, input, { seed: 5 })).state).toEqual(whole.state);
    for (const crashAt of [3, 6]) {
      const files = new Map<string, Uint8Array>();
      const checkpoint = {
        read: async (name: string) => files.get(name),
        write: async (name: string, bytes: Uint8Array): Promise<void> => void files.set(name, bytes),
      };
      const onProgress = ({ epoch }: { epoch: number }): void => {
        if (epoch === crashAt) throw new Error('crash');
      };
      await expect(learner.fit(few, input, { seed: 5, checkpoint, onProgress })).rejects.toThrow('crash');
      expect((await learner.fit(few, input, { seed: 5, checkpoint })).state).toEqual(whole.state);
    }
  });

  it('comes back from its saved form and learns on', async () => {
    const learner = transfer({ from: base, epochs: 5 });
    const block = await learner.fit(few, input, {});
    const state = { json: JSON.parse(JSON.stringify(block.state.json)), arrays: block.state.arrays };
    const restored = transfer.restore(JSON.parse(JSON.stringify(learner.params)), state);
    expect(restored.revive(state, input).cpp.emit('X')).toEqual(block.cpp.emit('X'));
    expect((await restored.fit(few, input, {})).labels).toEqual(few.classes);
  });

  it('refuses what it cannot build on', async () => {
    const refused = (options: object) => {
      try {
        transfer({ from: base, ...options } as never);
        return 'nothing';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const int8 = base.quantize!(few.features);
    const clusters = await kMeans({ clusters: 4 }).fit(few, input as Spec as never, {});
    expect(refused({ from: int8 })).toBe('UNSUPPORTED');
    expect(refused({ from: clusters })).toBe('UNSUPPORTED');
    expect(refused({ from: 5 })).toBe('BAD_OPTION');
    expect(refused({ from: undefined })).toBe('BAD_OPTION');
    expect(refused({ freeze: 1.5 })).toBe('BAD_OPTION');
    expect(refused({ layer: 'nowhere' })).toBe('BAD_OPTION');
    expect(refused({ layer: 9 })).toBe('BAD_OPTION');
    const other = spectrogramSpec(10, 6, 0.02);
    const shorter = { ...few, features: few.features.map((row) => row.slice(0, 60)) };
    await expect(transfer({ from: base }).fit(shorter, other, {})).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    const one = { ...few, labels: new Int32Array(few.labels.length) };
    await expect(transfer({ from: base }).fit(one, input, {})).rejects.toMatchObject({ code: 'ONE_CLASS' });
  });
});

describe('embedder', () => {
  it('gives what the network computes at a layer', async () => {
    const learner = classifier({ layers: [conv1d(4, 3), dense(7)], epochs: 1, augment: 'none' });
    const block = await learner.fit(data(30, 'many', 3), input, {});
    const { shape, embed } = embedder(block);
    expect(shape).toEqual([7]);
    const point = embed(block.input.axes.length ? data(1, 'x').features[0]! : new Float32Array());
    // The last dense layer and the softmax on the features are the scores.
    const graph = graphOf(block);
    const [, weights, bias] = graph.ops
      .findLast((op) => op.kind === 'dense')!
      .inputs.map((t) => graph.tensors[t]!.data!);
    const logits = Array.from({ length: 3 }, (_, o) =>
      point.reduce((sum, v, i) => sum + v * weights![o * 7 + i]!, bias![o]!),
    );
    const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
    scores(block, data(1, 'x').features[0]!).forEach((v, i) => {
      expect(v).toBeCloseTo(Math.exp(logits[i]!) / total, 5);
    });
    expect(embedder(block, { layer: 1 }).shape).toEqual([24]);
    expect(() => embed(new Float32Array(3))).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});

describe('pretrainRows', () => {
  it('learns to give rows whose parts are hidden, and makes a base', async () => {
    const rows = data(240, 'many', 6);
    const seen: number[] = [];
    const base = await pretrainRows(rows.features, rows.groups, input, {
      layers: [conv1d(8, 3), dense(12)],
      epochs: 40,
      onProgress: (p) => seen.push(p.valLoss),
    });
    // Of standardised values: 1 is what the mean would give.
    expect(Math.min(...seen)).toBeLessThan(0.97);
    const row = data(1, 'x').features[0]!;
    expect(interpreter(base.graph)(row).length).toBe(72);
    const fromFile = embedder(base.tflite());
    expect(fromFile.shape).toEqual([12]);
    expect([...fromFile.embed(row)]).toEqual([...embedder(base.graph).embed(row)]);
    const again = await pretrainRows(rows.features, rows.groups, input, {
      layers: [conv1d(8, 3), dense(12)],
      epochs: 40,
    });
    expect(again.tflite()).toEqual(base.tflite());
    const block = await transfer({ from: base.graph, freeze: 'none', epochs: 10, fineTuneEpochs: 10 }).fit(
      data(30, 'few', 3),
      input,
      {},
    );
    expect(block.labels.length).toBe(3);
  });

  it('refuses flat features', async () => {
    const rows = data(9, 'few', 3, 6);
    const attempt = pretrainRows(rows.features, rows.groups, featuresSpec(6));
    await expect(attempt).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
