import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spectrogramSpec } from '../../spec.js';
import { loadEngine } from '../engine/engine.js';
import type { Engine } from '../engine/tf.js';
import { averagePool, batchNorm, conv2d, dense, depthwiseConv2d, dropout, maxPool } from '../layers.js';
import { seededRandom } from '../random.js';
import { buildNetwork } from './network.js';
import { type TrainingOptions, train } from './train.js';

let tf: Engine;
beforeAll(async () => {
  tf = await loadEngine();
  await import('@tensorflow/tfjs-backend-cpu');
});
afterAll(() => tf.setBackend('wasm'));

const input = spectrogramSpec(12, 10, 0.02);
const layers = [
  conv2d(4, [4, 3], { stride: [2, 1] }),
  batchNorm(),
  depthwiseConv2d(3, { multiplier: 2, activation: 'none' }),
  maxPool(2),
  conv2d(5, 1, { activation: 'relu6' }),
  averagePool([1, 2]),
  dropout(0.25),
  dense(6),
];

/** Classes that differ in where the energy is. */
function rows(count: number) {
  const { normal } = seededRandom(11, 'rows');
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const features = Array.from(labels, (label) =>
    Float32Array.from({ length: 120 }, (_, i) => normal() + (i % 3 === label ? 1 : 0)),
  );
  const all = [...labels.keys()];
  return {
    features,
    labels,
    classes: 3,
    origin: -0.5,
    train: Int32Array.from(all.filter((i) => i % 5 > 0)),
    validation: Int32Array.from(all.filter((i) => i % 5 === 0)),
  };
}

const options = (changes: Partial<TrainingOptions>): TrainingOptions => ({
  epochs: 1,
  batchSize: 16,
  learningRate: 0.01,
  weightDecay: 0.01,
  labelSmoothing: 0.1,
  patience: 0,
  classWeights: Float32Array.of(1, 2, 1),
  seed: 3,
  onEpoch: () => {},
  ...changes,
});

async function losses(changes: Partial<TrainingOptions>): Promise<{ loss: number[]; weights: unknown }> {
  const loss: number[] = [];
  const onEpoch: TrainingOptions['onEpoch'] = (p) => loss.push(p.loss, p.valLoss);
  const { graph } = await train(tf, buildNetwork(layers, input, 3), rows(20), options({ ...changes, onEpoch }));
  return { loss, weights: graph.tensors.map((t) => t.data) };
}

describe('train', () => {
  it('takes the same steps as the plain JavaScript backend', async () => {
    const fast = await losses({ epochs: 5 });
    tf.env().set('PROD', true);
    await tf.setBackend('cpu');
    const reference = await losses({ epochs: 5 });
    await tf.setBackend('wasm');
    tf.env().set('PROD', false);
    expect(fast.loss.length).toBe(10);
    fast.loss.forEach((loss, i) => {
      expect(Math.abs(loss - reference.loss[i]!)).toBeLessThan(1e-5);
    });
  });

  it('gives the same weights for the same seed', async () => {
    const [a, b, c] = [await losses({ epochs: 3 }), await losses({ epochs: 3 }), await losses({ epochs: 3, seed: 4 })];
    expect(b).toEqual(a);
    expect(c.loss).not.toEqual(a.loss);
  });

  it('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    await losses({ epochs: 2 });
    expect(tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    const aborted = train(
      tf,
      buildNetwork(layers, input, 3),
      rows(20),
      options({ epochs: 50, signal: controller.signal, onEpoch: () => controller.abort() }),
    );
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('starts at the entropy of the labels', async () => {
    const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 95 ? 0 : 1));
    const features = Array.from(labels, () => new Float32Array(120));
    const train95 = {
      features,
      labels,
      classes: 2,
      origin: 0,
      train: Int32Array.from(labels.keys()),
      validation: new Int32Array(),
    };
    let first = 0;
    await train(
      tf,
      buildNetwork([dense(8)], input, 2),
      train95,
      options({
        batchSize: 100,
        labelSmoothing: 0,
        classWeights: Float32Array.of(1, 1),
        onEpoch: (p) => (first = p.loss),
      }),
    );
    const entropy = -(0.95 * Math.log(0.95) + 0.05 * Math.log(0.05));
    expect(Math.abs(first / entropy - 1)).toBeLessThan(0.05);
  });

  it('learns, reports its progress and keeps the best epoch', async () => {
    const seen: number[] = [];
    const { report } = await train(
      tf,
      buildNetwork([conv2d(8, 3, { pool: 1, dropout: 0 })], input, 3),
      rows(300),
      options({ epochs: 15, labelSmoothing: 0, onEpoch: (p) => seen.push(p.valLoss) }),
    );
    expect(report.valAccuracy).toBeGreaterThan(0.8);
    expect(report.valLoss).toBe(Math.min(...seen));
    expect(report.bestEpoch).toBe(seen.indexOf(report.valLoss!) + 1);
  });

  it('stops when it gets no better', async () => {
    const { report } = await train(
      tf,
      buildNetwork([dense(32)], input, 3),
      rows(60),
      options({ epochs: 200, patience: 5, learningRate: 0.02 }),
    );
    expect(report.epochs).toBe(report.bestEpoch! + 5);
  });

  it('lets timers in while it trains', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 20);
    const started = performance.now();
    await losses({ epochs: 20 });
    clearInterval(timer);
    const elapsed = performance.now() - started;
    expect(ticks).toBeGreaterThan(elapsed / 400);
  });
});

describe('the engine', () => {
  it('loads quietly, leaves no process-wide handlers and trains to the same bits in another process', async () => {
    const script = `
      const { loadEngine } = await import(${JSON.stringify(new URL('../engine/engine.ts', import.meta.url).href)});
      const tf = await loadEngine();
      const w = tf.tidy(() => tf.grad((x) => tf.sum(tf.maxPool(tf.conv2d(x, tf.ones([3, 3, 1, 2]), 1, 'same'), 2, 2, 'same')))(tf.linspace(0, 1, 64).reshape ? tf.ones([1, 8, 8, 1]) : tf.reshape(tf.linspace(0, 1, 64), [1, 8, 8, 1])).dataSync());
      console.log(JSON.stringify({ backend: tf.getBackend(), listeners: process.listenerCount('uncaughtException'), sum: [...w].join() }));
    `;
    const run = () =>
      execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' });
    const [first, second] = [run(), run()];
    expect(second).toBe(first);
    expect(JSON.parse(first)).toMatchObject({ backend: 'wasm', listeners: 0 });
  });
});
