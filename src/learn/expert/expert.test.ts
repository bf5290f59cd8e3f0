import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import type { TfLayer, TfModel } from '../../compile/import/tf-model.js';
import { featuresSpec, type Spec, sizeOf, spectrogramSpec } from '../../spec.js';
import { seededRandom } from '../random.js';
import { type BuildTask, type ExpertOptions, expert } from './expert.js';
import { type ExpertTf, loadExpert } from './load.js';

const flat = featuresSpec(4);
const spectrogram = spectrogramSpec(10, 6, 0.02);

/** Three classes that differ in which third of the values is higher. */
function data(rows: number, size: number): TrainingSet {
  const { normal } = seededRandom(3, 'rows');
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  return {
    classes: ['a', 'b', 'c'],
    labels,
    groups: Array.from(labels, (_, i) => `file ${i}`),
    features: Array.from(labels, (label) =>
      Float32Array.from({ length: size }, (_, i) => 50 + 4 * normal() + (i % 3 === label ? 12 : 0)),
    ),
  };
}

const mlp = ({ tf, inputShape, classes }: BuildTask): TfModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, activation: 'relu', inputShape: [...inputShape] }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: classes.length, activation: 'softmax' }),
    ],
  });

/** A residual block with an activation between, and padding in the first layer. */
const branches = ({ tf, inputShape, classes }: BuildTask): TfModel => {
  const { layers: l } = tf;
  const input = tf.input({ shape: [...inputShape] });
  const stem = l.conv1d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'tanh' }).apply(input);
  const body = l.conv1d({ filters: 6, kernelSize: 3, padding: 'same' }).apply(stem);
  const sum = l.add().apply([stem, body] as never);
  const pooled = l.globalAveragePooling1d({}).apply(l.leakyReLU().apply(sum));
  return tf.model({ inputs: input, outputs: l.dense({ units: classes.length }).apply(pooled) as never });
};

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

describe('expert', () => {
  let tf: ExpertTf;
  beforeAll(async () => {
    tf = await loadExpert();
  });
  const trained = (options: ExpertOptions, input: Spec = flat, seed = 1) =>
    expert(options).fit(data(90, sizeOf(input)), input as never, { seed });

  it('trains a model of features, and one with branches that ends in logits', async () => {
    const before = tf.memory().numTensors;
    const [features, frames] = [
      await trained({ build: mlp, epochs: 30 }),
      await trained({ build: branches, epochs: 8 }, spectrogram),
    ];
    expect(tf.memory().numTensors).toBe(before);
    expect(accuracy(features, data(90, 4))).toBeGreaterThan(0.9);
    expect(accuracy(frames, data(90, 60))).toBeGreaterThan(0.9);
    expect(scores(frames, data(1, 60).features[0]!).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const small = frames.quantize!(data(90, 60).features);
    expect(accuracy(small, data(90, 60))).toBeGreaterThan(accuracy(frames, data(90, 60)) - 0.05);
    const { json, arrays } = frames.state;
    const restored = expert.restore(expert({ build: branches }).params);
    const revived = restored.revive({ json: JSON.parse(JSON.stringify(json)), arrays }, spectrogram as never);
    expect(revived.cpp.emit('X')).toEqual(frames.cpp.emit('X'));
    await expect(restored.fit(data(9, 60), spectrogram as never, {})).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('trains layers with a state, which run on the device', async () => {
    const build = ({ tf, inputShape, classes }: BuildTask): TfModel =>
      tf.sequential({
        layers: [
          tf.layers.lstm({ units: 8, inputShape: [...inputShape] as never, returnSequences: true }),
          tf.layers.gru({ units: 8, recurrentActivation: 'sigmoid' }),
          tf.layers.dense({ units: classes.length, activation: 'softmax' }),
        ],
      });
    const block = await trained({ build, epochs: 20 }, spectrogram);
    const set = data(90, 60);
    expect(accuracy(block, set)).toBeGreaterThan(0.9);
    expect(accuracy(block.quantize!(set.features), set)).toBeGreaterThan(0.9);
    expect(block.cpp.emit('X').definition).toMatch(/lstmF32.*gruF32/s);
    expect(block.quantize!(set.features).cpp.emit('X').definition).toMatch(/lstmInt8.*gruInt8/s);
    expect(block.interpreted).toBeUndefined();
    expect(() => block.tflite!()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('gives on raw inputs what the model gives on standardised ones', async () => {
    const conv =
      (padding: 'same' | 'valid') =>
      (inputShape: readonly number[]): TfLayer =>
        tf.layers.conv1d({
          filters: 4,
          kernelSize: 3,
          padding,
          activation: 'relu',
          inputShape: [...inputShape] as never,
        });
    const lstm = (inputShape: readonly number[]): TfLayer =>
      tf.layers.lstm({ units: 4, returnSequences: true, inputShape: [...inputShape] as never });
    for (const first of [conv('same'), conv('valid'), lstm]) {
      const rows = data(30, 60);
      let expected: number[] = [];
      const block = await expert({
        validationSplit: 0,
        build: ({ tf, inputShape, classes }) =>
          tf.sequential({
            layers: [
              first(inputShape),
              tf.layers.flatten(),
              tf.layers.dense({ units: classes.length, activation: 'softmax' }),
            ],
          }),
        train: async ({ model, data }) => {
          expected = [...(model.predict(data.train.xs) as Tensor).dataSync()];
        },
      }).fit(rows, spectrogram, {});
      rows.features
        .flatMap((row) => [...scores(block, row)])
        .forEach((v, i) => {
          expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-4);
        });
    }
    tf.disposeVariables();
  });

  it('gives the same weights for the same seed, with dropout, and keeps those a model comes with', async () => {
    const bits = async (seed: number) => (await trained({ build: mlp, epochs: 3 }, flat, seed)).state.arrays;
    const [a, b, c] = [await bits(1), await bits(1), await bits(2)];
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    let started: number[] = [];
    const build = (task: BuildTask): TfModel => {
      const model = mlp(task);
      model.layers[0]!.setWeights([task.tf.fill([4, 8], 0.25), task.tf.fill([8], 0.5)]);
      return model;
    };
    await trained({
      build,
      train: async ({ model }) => {
        started = [...model.getWeights()[0]!.dataSync()];
      },
    });
    expect(started).toEqual(Array(32).fill(0.25));
  });

  it('keeps the loss and the optimiser a model was compiled with', async () => {
    const build = (task: BuildTask): TfModel => {
      const model = mlp(task);
      model.compile({
        optimizer: task.tf.train.sgd(0.1),
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      });
      return model;
    };
    const seen: number[] = [];
    const block = await expert({ build, epochs: 30 }).fit(data(90, 4), flat, {
      onProgress: (p) => seen.push(p.valLoss),
    });
    expect(accuracy(block, data(90, 4))).toBeGreaterThan(0.85);
    expect(block.report.valLoss).toBe(Math.min(...seen));
  });

  it('stops when it is told to, with the best so far or an error', async () => {
    const stop = (onAbort: 'throw' | 'best') => {
      const controller = new AbortController();
      const onProgress = (p: { epoch: number }): void => void (p.epoch === 2 && controller.abort());
      return expert({ build: mlp, epochs: 50 }).fit(data(30, 4), flat, {
        signal: controller.signal,
        onAbort,
        onProgress,
      });
    };
    await expect(stop('throw')).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await stop('best')).report.epochs).toBe(2);
  });

  it('refuses what it cannot use', async () => {
    const before = tf.memory().numTensors;
    const relu = ({ tf: t, inputShape, classes }: BuildTask): TfModel =>
      t.sequential({
        layers: [
          t.layers.lstm({
            units: 4,
            activation: 'relu',
            recurrentInitializer: 'zeros',
            inputShape: [...inputShape] as never,
            name: 'memory',
          }),
          t.layers.dense({ units: classes.length }),
        ],
      });
    await expect(trained({ build: relu }, spectrogram)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      where: expect.stringContaining('memory'),
    });
    const two = (task: BuildTask): TfModel => mlp({ ...task, classes: ['a', 'b'] });
    await expect(trained({ build: two })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', where: 'expert.build' });
    const wide = (task: BuildTask): TfModel => mlp({ ...task, inputShape: [5] });
    await expect(trained({ build: wide })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    expect(() => expert({} as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', where: 'expert.build' }));
    expect(() => expert({ build: mlp }).sketch(flat, ['a', 'b'])).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    const one = { ...data(9, 4), labels: new Int32Array(9) };
    await expect(expert({ build: mlp }).fit(one, flat, {})).rejects.toMatchObject({ code: 'ONE_CLASS' });
    expect(tf.memory().numTensors).toBe(before);
  });
});
