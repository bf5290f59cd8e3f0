import { describe, expect, it } from 'vitest';
import { calibrate, interpret, optimize, quantize, readTflite, writeTflite } from '../compile/index.js';
import { randomGraph, randomRows } from '../compile/testing/random-graph.js';
import type { Sample } from '../data/index.js';
import { flatten, mfe, raw, spectral } from '../dsp/index.js';
import { classifier, conv1d, dense, kMeans, tflite } from '../learn/index.js';
import { cppLibrary, nano33ble } from '../targets/index.js';
import { graph, Impulse, impulse, PretrainedImpulse } from './impulse.js';
import { audio, fromFiles, motion, on, type TrainedImpulse } from './index.js';

const wrist = motion({ axes: ['x', 'y'], rateHz: 50, windowMs: 400, strideMs: 200 });

/** Two seconds of a square or a calm wave, phase by `take`. */
function recording(label: 'busy' | 'calm', take: number): Sample {
  const values = new Float32Array(200);
  for (let t = 0; t < 100; t++) {
    values[2 * t] = label === 'busy' ? ((t + take) % 4 < 2 ? 4 : -4) : 0.1 * Math.sin(t + take);
    values[2 * t + 1] = 1 + 0.01 * ((t * 7 + take) % 5);
  }
  return { id: `${label}.${take}`, label, signal: { rateHz: 50, axes: ['x', 'y'], values } };
}
const samples = Array.from({ length: 12 }, (_, i) => recording(i % 2 ? 'busy' : 'calm', i));
const labels = ['busy', 'calm'];

const ear = audio({ rateHz: 4000, windowMs: 250, strideMs: 250 });
/** Half a second of a low or a high tone. */
const tones = Array.from({ length: 12 }, (_, i): Sample => {
  const values = Float32Array.from({ length: 2000 }, (_, t) => 3000 * Math.sin(t * (i % 2 ? 1.1 : 0.2) + i));
  return { id: `${i}`, label: labels[i % 2]!, signal: { rateHz: 4000, axes: ['audio'], values } };
});

/** Flat features, which the classifier standardises, and a spectrogram, which it takes as it is. */
const settings = {
  features: {
    samples,
    windows: samples.flatMap((sample) => wrist.windows(sample).map(({ values }) => values)),
    design: impulse({ input: wrist, dsp: flatten(), learn: classifier({ layers: [dense(6)], epochs: 30 }) }),
    imported: (bytes: Uint8Array) => impulse({ input: wrist, dsp: flatten(), learn: tflite(bytes) }),
  },
  spectrogram: {
    samples: tones,
    windows: tones.flatMap((sample) => ear.windows(sample).map(({ values }) => values)),
    design: impulse({ input: ear, dsp: mfe(), learn: classifier({ layers: [conv1d(4, 3)], epochs: 8 }) }),
    imported: (bytes: Uint8Array) => impulse({ input: ear, dsp: mfe(), learn: tflite(bytes) }),
  },
};
const { windows, imported } = settings.features;
const trained = (): Promise<TrainedImpulse> => settings.features.design.fit(samples);

describe('a model of ours, exported as .tflite and imported again', () => {
  it.each(Object.entries(settings))(
    'gives identical int8 outputs: %s',
    async (_, { design, samples, windows, imported }) => {
      const model = await (await design.fit(samples)).quantize(samples);
      const bytes = model.toTflite();
      const again = imported(bytes);
      expect(again.labels).toEqual(labels);
      const network = readTflite(bytes);
      expect(network.tensors[network.output]!.dtype).toBe('int8');
      for (const window of windows) {
        expect(again.predict(window)).toEqual(model.predict(window));
        const row = again.features(window).dsp!.data;
        const stored = interpret(network, row) as Int8Array;
        const { scores } = model.predict(window);
        expect([...stored].map((q) => (q + 128) / 256)).toEqual(labels.map((label) => scores![label]));
      }
      expect(again.toTflite()).toEqual(readTfliteTwice(bytes));
    },
  );

  it.each(Object.entries(settings))(
    'gives the same float32 scores: %s',
    async (_, { design, samples, windows, imported }) => {
      const model = await design.fit(samples);
      const again = imported(model.toTflite());
      for (const window of windows) {
        const [a, b] = [model, again].map((one) => one.predict(window).scores!);
        for (const label of labels) expect(Math.abs(a![label]! - b![label]!)).toBeLessThan(1e-5);
      }
    },
  );

  it('far features are cut off as before', async () => {
    for (const model of [await trained(), await (await trained()).quantize(samples)]) {
      const again = imported(model.toTflite());
      for (const size of [1e2, 1e4, 1e6]) {
        const window = Float32Array.from({ length: 40 }, (_, i) => (i % 3 ? size : -size));
        const [a, b] = [model, again].map((one) => one.predict(window).scores!.busy!);
        expect(Math.abs(a! - b!)).toBeLessThan(1e-5);
      }
    }
  });
});

/** What an imported network is written as: labels and description included, nothing of the file it came from. */
function readTfliteTwice(bytes: Uint8Array): Uint8Array {
  return writeTflite(optimize(readTflite(bytes)), { labels });
}

describe('an impulse of learners that come trained', () => {
  const network = (outputs: number) => {
    for (let seed = 0; ; seed++) {
      const candidate = optimize(randomGraph(seed));
      if (candidate.tensors[candidate.output]!.shape.join() === String(outputs)) return candidate;
    }
  };
  const float = network(2);
  const inputs = float.tensors[float.input]!.shape.reduce((a, b) => a * b, 1);
  const signal = motion({ axes: ['x'], rateHz: 50, windowMs: 20 * inputs });
  const int8 = quantize(float, calibrate(float, randomRows(float, 4)));

  it.each([
    ['float32', float],
    ['int8', int8],
  ])('predicts, estimates and deploys at once: %s', (_, graph) => {
    const model = impulse({ input: signal, dsp: raw(), learn: tflite(writeTflite(graph), { labels: ['a', 'b'] }) });
    expect(model).toBeInstanceOf(PretrainedImpulse);
    expect(Object.keys(model.predict(new Float32Array(inputs)).scores!)).toEqual(['a', 'b']);
    const { ramBytes, flashBytes } = model.estimate(nano33ble);
    expect(Math.min(ramBytes, flashBytes)).toBeGreaterThan(0);
    expect(Object.keys(model.deploy(cppLibrary({ name: 'imported' })).files).length).toBeGreaterThan(3);
    expect(model.learners[0]!.block.dtype).toBe(graph === int8 ? 'int8' : 'f32');
  });

  it('keeps the network when it is fitted, and takes note of the data', async () => {
    const before = imported((await trained()).toTflite());
    const after = await before.fit(samples);
    expect(after.learners[0]!.block.state).toEqual(before.learners[0]!.block.state);
    expect([before.origin.windows, after.origin.windows]).toEqual([0, windows.length]);
    const golden = [before, after].map(({ program }) => program.golden.map(({ label }) => label).slice(0, 2));
    expect(golden).toEqual([['noise', 'noise'], labels]);
    expect((await after.evaluate(samples)).accuracy).toBeGreaterThan(0.9);
    expect((await before.quantize(samples)).learners[0]!.block).toMatchObject({ dtype: 'int8', type: 'tflite' });
  });

  it('is saved and loaded', async () => {
    const model = await imported((await trained()).toTflite()).quantize(samples);
    const { files } = model.toBundle();
    const json = files['impulse.json'] as string;
    const loaded = fromFiles({ json, weights: files['weights.bin'] as Uint8Array });
    for (const window of windows.slice(0, 10)) expect(loaded.predict(window)).toEqual(model.predict(window));
    expect(loaded.toBundle()).toEqual(model.toBundle());
    const fitted = await new Impulse(loaded.design).fit(samples);
    expect(fitted.predict(windows[0]!)).toEqual(loaded.predict(windows[0]!));
    expect(() => fromFiles({ json: json.replace('"network"', '"other"'), weights: new Uint8Array() })).toThrow(
      /BAD_FILE/,
    );
  });

  it('may stand beside a learner that is still to be trained', async () => {
    const bytes = (await trained()).toTflite();
    const machine = graph({
      input: wrist,
      dsp: { stats: flatten(), spectrum: spectral() },
      learn: { state: on('stats').use(tflite(bytes)), strange: on('spectrum').use(kMeans({ clusters: 2 })) },
    });
    expect(machine).toBeInstanceOf(Impulse);
    const { label, anomaly } = (await machine.fit(samples)).predict(windows[0]!);
    expect(labels).toContain(label);
    expect(anomaly).toBeDefined();
    const ready = graph({ input: wrist, dsp: { stats: flatten() }, learn: { state: on('stats').use(tflite(bytes)) } });
    expect(ready.predict(windows[0]!).label).toBe(label);
  });

  it('refuses features and labels that are not as many as the model says', () => {
    const bytes = writeTflite(float);
    const three = tflite(bytes, { labels: ['a', 'b'] });
    expect(() => impulse({ input: wrist, dsp: raw(), learn: three })).toThrow(
      new RegExp(`got 40 features .* expected ${inputs} for input .*SHAPE_MISMATCH`),
    );
    expect(() => tflite(bytes, { labels: ['a', 'b', 'c'] })).toThrow(/3 labels .* expected 2 labels.*SHAPE_MISMATCH/);
    expect(() => tflite(bytes)).toThrow(/0 labels.*SHAPE_MISMATCH/);
    expect(() => tflite(bytes, { labels: ['a', 'a'] })).toThrow(/BAD_OPTION/);
    expect(() => tflite(bytes.subarray(0, 100), { labels: ['a', 'b'] })).toThrow(/BAD_FILE/);
  });

  it('has no file for learners that are no network', async () => {
    const model = await impulse({ input: wrist, dsp: flatten(), learn: kMeans({ clusters: 2 }) }).fit(samples);
    expect(() => model.toTflite()).toThrow(/UNSUPPORTED/);
    const other = await trained();
    expect(() => other.toTflite('strange')).toThrow(/expected one of learn.*UNSUPPORTED/);
  });
});
