import { describe, expect, it } from 'vitest';
import type { Sample } from '../data/index.js';
import { flatten, raw, spectral } from '../dsp/index.js';
import { classifier, dense, kMeans } from '../learn/index.js';
import { nano33ble } from '../targets/index.js';
import { graph, impulse } from './impulse.js';
import { image, motion, on } from './index.js';

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

const machine = graph({
  input: wrist,
  dsp: { stats: flatten(), spectrum: spectral() },
  learn: {
    state: on('spectrum', 'stats').use(classifier({ layers: [dense(6)], epochs: 30 })),
    strange: on('stats').use(kMeans({ clusters: 2 })),
  },
});

describe('inputs', () => {
  it('count time steps from milliseconds', () => {
    expect(wrist.spec.axes.map((axis) => axis.size)).toEqual([20, 2]);
    expect(wrist.strideSamples).toBe(10);
    expect(motion({ axes: ['x'], rateHz: 62.5, windowMs: 2000 }).strideSamples).toBe(125);
  });

  it('cut recordings', () => {
    const windows = wrist.windows(samples[0]!);
    expect(windows.map((window) => window.start)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
    expect(windows[1]!.values).toEqual(samples[0]!.signal.values.slice(20, 60));
  });

  it('refuse windows without a time step and repeated axes', () => {
    expect(() => motion({ rateHz: 1, windowMs: 100 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => motion({ axes: ['x', 'x'] })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it('take images of their own size only', () => {
    const picture = image({ width: 2, height: 2, channels: 1 });
    const of = (n: number): Sample => ({
      id: 'p',
      label: 'dot',
      signal: { rateHz: 0, axes: ['p'], values: new Float32Array(n) },
    });
    expect(picture.windows(of(4))).toHaveLength(1);
    expect(() => picture.windows(of(5))).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(impulse({ input: picture, dsp: raw(), learn: classifier() }).specs.dsp.dsp!.axes[0]!.size).toBe(4);
  });
});

describe('design', () => {
  it('refuses names that no block has and names that no C++ member could have', () => {
    const learn = classifier();
    const bad = (design: object) => () => graph(design as never);
    expect(bad({ input: wrist, dsp: { a: flatten() }, learn: { b: on('c').use(learn) } })).toThrow(
      'impulse: got learner b on "c", expected one of a. Correct the name in on(). [BAD_OPTION]',
    );
    expect(bad({ input: wrist, dsp: { 'a b': flatten() }, learn: { b: on('a b').use(learn) } })).toThrow(/block name/);
    expect(bad({ input: wrist, dsp: {}, learn: {} })).toThrow(/no blocks/);
  });

  it('changes parameters without touching the original', () => {
    const other = machine.with({ dsp: { spectrum: { fftLength: 32 } }, learn: { strange: { clusters: 1 } } });
    expect(other.design.dsp.spectrum!.params.fftLength).toBe(32);
    expect(other.design.learn.strange!.learner.params.clusters).toBe(1);
    expect(machine.design.dsp.spectrum!.params.fftLength).toBe(16);
  });
});

describe('a trained graph', () => {
  it('answers by learner, overlaps memory, and counts it before training', async () => {
    const model = await machine.fit(samples, { seed: 1 });
    const prediction = model.predict(wrist.windows(recording('busy', 40))[0]!.values);
    expect(prediction.label).toBe('busy');
    expect(prediction.scores).toEqual(prediction.learners.state!.scores);
    expect(prediction.anomaly).toBe(prediction.learners.strange!.anomaly);
    expect(model.predict(new Float32Array(40).map((_, i) => i * 9)).anomaly).toBeGreaterThan(prediction.anomaly!);

    const { program } = model;
    const separate = program.dsp.reduce(
      (sum, { stage }) => sum + stage.cpp.scratchBytes + 4 * stage.output.axes[0]!.size,
      0,
    );
    expect(program.arenaBytes).toBeGreaterThan(0);
    expect(program.arenaBytes).toBeLessThan(
      separate + program.learn.reduce((sum, { block }) => sum + block.cpp.scratchBytes + 4 * 100, 0),
    );
    expect(machine.estimate(nano33ble, { dtype: 'f32' }).ramBytes).toBe(model.estimate(nano33ble).ramBytes);
  });

  it('shows features with their shape', async () => {
    const model = await machine.fit(samples, { seed: 1 });
    const { stats } = model.features(wrist.windows(samples[0]!)[0]!.values);
    expect(stats!.shape).toEqual([14]);
    expect(stats!.get(7)).toBeCloseTo(1.02, 2);
  });

  it('refuses a window of another size', async () => {
    const model = await machine.fit(samples, { seed: 1 });
    expect(() => model.predict(new Float32Array(39))).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });

  it('counts labels never seen in training as anomalies', async () => {
    const model = await machine.fit(samples.filter((sample) => sample.label === 'calm').concat(samples.slice(1, 2)));
    const watch = graph({
      input: wrist,
      dsp: { stats: flatten() },
      learn: { strange: on('stats').use(kMeans({ clusters: 2 })) },
    });
    const calm = await watch.fit(samples.filter((sample) => sample.label === 'calm'));
    const { auc, accuracy } = await calm.evaluate(samples);
    expect(auc).toBe(1);
    expect(accuracy).toBeNaN();
    expect((await model.evaluate(samples)).auc).toBeNaN();
  });
});
