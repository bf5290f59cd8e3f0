// Trained impulses made smaller, looked into and built upon.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../data/index.js';
import { spectral, spectrogram } from '../dsp/index.js';
import { classifier, conv1d, dense, expert, kMeans, transfer } from '../learn/index.js';
import { cppLibrary, nano33ble } from '../targets/index.js';
import { embeddings, fromFiles, graph, impulse, motion, on, pretrain, prune, type TrainedImpulse } from './index.js';

const wrist = motion({ axes: ['x', 'y'], rateHz: 50, windowMs: 1000, strideMs: 500 });

function recording(label: string, speed: number, take: number): Sample {
  const values = Float32Array.from({ length: 400 }, (_, i) => {
    const t = i >> 1;
    return 9.81 + 3 * Math.sin(t * speed + take + (i % 2)) + Math.sin(i * i * (take + 1));
  });
  return { id: `${label}.${take}`, label, signal: { rateHz: 50, axes: ['x', 'y'], values } };
}
const many = Array.from({ length: 24 }, (_, i) => recording(`speed ${i % 4}`, 0.2 * (1 + (i % 4)), i));
const few = Array.from({ length: 8 }, (_, i) => recording(i % 2 ? 'fast' : 'slow', i % 2 ? 0.7 : 0.3, 40 + i));

const reload = (model: TrainedImpulse): TrainedImpulse => {
  const { files } = model.toBundle();
  return fromFiles({ json: files['impulse.json'] as string, weights: files['weights.bin'] as Uint8Array });
};

describe('a trained impulse', () => {
  let model: TrainedImpulse;
  beforeAll(async () => {
    model = await impulse({
      input: wrist,
      dsp: spectral(),
      learn: classifier({ layers: [dense(12), dense(8)], epochs: 20 }),
    }).fit(many);
  });

  it('is pruned, quantised, saved and deployed', async () => {
    const { model: small, report } = await prune(model, many, { epochs: 5, steps: 2 });
    expect(report.channels.map(({ after }) => after)).toEqual([6, 4, 4]);
    expect(small.estimate(nano33ble).flashBytes).toBeLessThan(model.estimate(nano33ble).flashBytes);
    expect((await small.evaluate(many)).accuracy).toBeGreaterThan(0.9 * (await model.evaluate(many)).accuracy);
    const int8 = await small.quantize(many);
    const window = wrist.windows(few[0]!)[0]!.values;
    expect(reload(int8).predict(window)).toEqual(int8.predict(window));
    await expect(prune(int8, many)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(prune(model, many, { learner: 'nobody' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('shows what it sees in windows', async () => {
    const { shape, rows, labels, samples } = await embeddings(model, few);
    expect(shape).toEqual([8]);
    expect(rows.length).toBe(labels.length);
    expect(new Set(samples).size).toBe(few.length);
    const clusters = await graph({
      input: wrist,
      dsp: { spectrum: spectral() },
      learn: { strange: on('spectrum').use(kMeans({ clusters: 2 })) },
    }).fit(many);
    await expect(embeddings(clusters, few)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('is the base of another, which comes back from its files', async () => {
    const chain = impulse({
      input: wrist,
      dsp: spectral(),
      learn: transfer({ from: model, freeze: 1, fineTuneEpochs: 5 }),
    });
    expect(chain.estimate(nano33ble).flashBytes).toBeGreaterThan(0);
    const own = await chain.fit(few);
    expect(own.labels).toEqual(['fast', 'slow']);
    const window = wrist.windows(few[0]!)[0]!.values;
    expect(reload(own).predict(window)).toEqual(own.predict(window));
    expect(Object.keys(own.deploy(cppLibrary({ name: 'own' })).files).length).toBeGreaterThan(3);
  });
});

describe('pretrain', () => {
  it('makes a base of recordings without labels', async () => {
    const input = motion({ axes: ['x'], rateHz: 50, windowMs: 1000, strideMs: 500 });
    const design = { input, dsp: spectrogram({ frameLengthMs: 320, frameStrideMs: 80, fftLength: 16 }) };
    const unlabelled = many.map((sample) => ({ ...sample, label: undefined }));
    const base = await pretrain(design, unlabelled, { layers: [conv1d(6, 3), dense(10)], epochs: 3 });
    const learn = transfer({ from: base.tflite(), freeze: 'none', epochs: 5, fineTuneEpochs: 3 });
    const model = await impulse({ ...design, learn }).fit(few);
    expect(model.labels).toEqual(['fast', 'slow']);
  });
});

describe('expert', () => {
  it('goes the way of every learner', async () => {
    const learn = expert({
      epochs: 3,
      build: ({ tf, inputShape, classes }) =>
        tf.sequential({
          layers: [
            tf.layers.dense({ units: 6, activation: 'sigmoid', inputShape: [...inputShape] }),
            tf.layers.dense({ units: classes.length, activation: 'softmax' }),
          ],
        }),
    });
    const model = await impulse({ input: wrist, dsp: spectral(), learn }).fit(few);
    const window = wrist.windows(few[0]!)[0]!.values;
    expect(reload(model).predict(window)).toEqual(model.predict(window));
    expect((await model.quantize(few)).estimate(nano33ble).flashBytes).toBeGreaterThan(0);
  });
});
