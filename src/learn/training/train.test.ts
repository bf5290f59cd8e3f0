import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { spectrogramSpec } from '../../spec.js';
import { averagePool, batchNorm, conv2d, dense, depthwiseConv2d, dropout, type Layer, maxPool } from '../layers.js';
import { buildNetwork } from '../network/network.js';
import { seededRandom } from '../random.js';
import type { TrainingOptions, TrainingTask } from './task.js';
import { trainNetwork } from './train.js';

const input = spectrogramSpec(12, 10, 0.02);
const LAYERS = [
  conv2d(4, [4, 3], { stride: [2, 1] }),
  batchNorm(),
  depthwiseConv2d(3, { multiplier: 2, activation: 'none' }),
  maxPool(2),
  conv2d(5, 1, { activation: 'relu6' }),
  averagePool([1, 2]),
  dropout(0.25),
  dense(6),
];

/** Classes that differ in where the energy is, one row in five set aside. */
function task(count: number, layers: readonly Layer[] = LAYERS): TrainingTask {
  const { normal } = seededRandom(11, 'rows');
  const features = Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length: 120 }, (_, i) => normal() + (i % 3 === row % 3 ? 1 : 0)),
  );
  const all = [...features.keys()];
  return {
    learner: 'test',
    network: buildNetwork(layers, input, 3),
    loss: 'crossEntropy',
    input: (row, out) => out.set(features[row]!),
    target: (row, out) => {
      out.fill(0.1 / 3);
      out[row % 3]! += 0.9;
    },
    right: (row, output) => Number(output.indexOf(Math.max(...output)) === row % 3),
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
  seed: 3,
  ...changes,
});

async function losses(changes: Partial<TrainingOptions>): Promise<{ loss: number[]; weights: unknown }> {
  const loss: number[] = [];
  const onProgress: TrainingOptions['onProgress'] = (p) => loss.push(p.loss, p.valLoss);
  const { graph } = await trainNetwork(task(20), options({ ...changes, onProgress }));
  return { loss, weights: graph.tensors.map((t) => t.data) };
}

describe('trainNetwork', () => {
  it('gives the same weights for the same seed', async () => {
    const [a, b, c] = [await losses({ epochs: 3 }), await losses({ epochs: 3 }), await losses({ epochs: 3, seed: 4 })];
    expect(b).toEqual(a);
    expect(c.loss).not.toEqual(a.loss);
  });

  it('starts at the entropy of the labels', async () => {
    const bias = [0.95, 0.05].map(Math.log);
    let first = 0;
    await trainNetwork(
      {
        ...task(100),
        network: buildNetwork([dense(8)], input, 2),
        input: (_row, out) => out.fill(0),
        target: (row, out) => out.set(row < 95 ? [1, 0] : [0, 1]),
        outputBias: Float32Array.from(bias),
        train: Int32Array.from(Array(100).keys()),
        validation: new Int32Array(),
      },
      options({ batchSize: 100, onProgress: (p) => (first = p.loss) }),
    );
    const entropy = -(0.95 * bias[0]! + 0.05 * bias[1]!);
    expect(Math.abs(first / entropy - 1)).toBeLessThan(0.05);
  });

  it('learns, reports its progress and keeps the best epoch', async () => {
    const seen: number[] = [];
    const { report } = await trainNetwork(
      task(300, [conv2d(8, 3, { pool: 1, dropout: 0 })]),
      options({ epochs: 15, onProgress: (p) => seen.push(p.valLoss) }),
    );
    expect(report.valAccuracy).toBeGreaterThan(0.8);
    expect(report.valLoss).toBe(Math.min(...seen));
    expect(report.bestEpoch).toBe(seen.indexOf(report.valLoss!) + 1);
  });

  it('keeps the epoch with the highest accuracy when told to', async () => {
    const seen: { valLoss: number; valAccuracy: number }[] = [];
    const { report } = await trainNetwork(
      { ...task(60, [dense(8)]), keep: 'accuracy' },
      options({ epochs: 12, learningRate: 0.02, onProgress: (p) => seen.push(p) }),
    );
    const highest = Math.max(...seen.map(({ valAccuracy }) => valAccuracy));
    const those = seen.filter(({ valAccuracy }) => valAccuracy === highest);
    expect(report.valAccuracy).toBe(highest);
    expect(report.valLoss).toBe(Math.min(...those.map(({ valLoss }) => valLoss)));
  });

  it('tells of every step', async () => {
    const steps: string[] = [];
    const onBatch: TrainingOptions['onBatch'] = (p) => steps.push(`${p.epoch}: ${p.batch} of ${p.batches}`);
    await trainNetwork(task(50), options({ epochs: 2, onBatch }));
    expect(steps).toEqual(['1: 1 of 3', '1: 2 of 3', '1: 3 of 3', '2: 1 of 3', '2: 2 of 3', '2: 3 of 3']);
  });

  it('stops when it gets no better', async () => {
    const { report } = await trainNetwork(
      task(60, [dense(32)]),
      options({ epochs: 200, patience: 5, learningRate: 0.02 }),
    );
    expect(report.epochs).toBe(report.bestEpoch! + 5);
  });

  it('gives the best so far when it is stopped, or an error', async () => {
    const stop = (onAbort: 'throw' | 'best') => {
      const controller = new AbortController();
      const onProgress: TrainingOptions['onProgress'] = (p) => p.epoch === 3 && controller.abort();
      return trainNetwork(task(20), options({ epochs: 50, signal: controller.signal, onAbort, onProgress }));
    };
    await expect(stop('throw')).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await stop('best')).report.epochs).toBe(3);
  });

  it('goes on from a checkpoint to the same weights', async () => {
    const files = new Map<string, Uint8Array>();
    const write = async (name: string, bytes: Uint8Array): Promise<void> => void files.set(name, bytes);
    const checkpoint = { read: async (name: string) => files.get(name), write };
    const whole = await trainNetwork(task(40), options({ epochs: 6 }));
    const crash = (p: { epoch: number }) => {
      if (p.epoch === 4) throw new Error('crash');
    };
    await expect(trainNetwork(task(40), options({ epochs: 6, checkpoint, onProgress: crash }))).rejects.toThrow(
      'crash',
    );
    const epochs: number[] = [];
    const resumed = await trainNetwork(
      task(40),
      options({ epochs: 6, checkpoint, onProgress: (p) => epochs.push(p.epoch) }),
    );
    expect(epochs).toEqual([5, 6]);
    expect(resumed).toEqual(whole);
    await expect(trainNetwork(task(45), options({ epochs: 6, checkpoint }))).rejects.toMatchObject({
      code: 'BAD_FILE',
    });
  });

  it('lets timers in while it trains', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 20);
    const started = performance.now();
    await losses({ epochs: 600 });
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
