import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featuresSpec, type Spec, spectrogramSpec } from '../../../spec.js';
import {
  averagePool,
  batchNorm,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  globalAveragePool,
  type Layer,
  maxPool,
  residual,
} from '../../layers.js';
import { buildNetwork, type Network } from '../../network/network.js';
import { seededRandom } from '../../random.js';
import type { Stepper } from '../../training/stepper.js';
import type { TrainingOptions, TrainingTask } from '../../training/task.js';
import { loadEngine } from '../engine.js';
import type { Engine } from '../tf.js';
import { compiledStepper } from './step.js';
import { tfStepper } from './testing/tf-stepper.js';

const bare = { activation: 'none' } as const;

const NETWORKS: Readonly<Record<string, readonly [Spec, readonly Layer[]]>> = {
  'dense layers': [featuresSpec(39), [dense(20), dense(10)]],
  'convolutions along time': [spectrogramSpec(50, 13, 0.02), [conv1d(8, 3), conv1d(16, 5, { stride: 2 })]],
  'a mixture': [
    spectrogramSpec(12, 10, 0.02),
    [
      conv2d(4, [4, 3], { stride: [2, 1] }),
      batchNorm(),
      depthwiseConv2d(3, { multiplier: 2, ...bare }),
      maxPool(2),
      conv2d(5, 1, { activation: 'relu6' }),
      // The plain backend divides by whole windows at the border, where 'same' averages what there is.
      averagePool([1, 2], { padding: 'valid' }),
      dense(6),
    ],
  ],
  'residual layers': [
    spectrogramSpec(16, 12, 0.02),
    [
      conv2d(8, 3),
      batchNorm(),
      residual([conv2d(8, 3), batchNorm(), conv2d(8, 3, bare), batchNorm()]),
      residual([conv2d(12, 3, { stride: 2 }), batchNorm(), conv2d(12, 3, bare), batchNorm()], {
        shortcut: [conv2d(12, 1, { stride: 2, ...bare })],
      }),
      depthwiseConv2d(3, { stride: 2 }),
      batchNorm(),
      globalAveragePool(),
    ],
  ],
  'dilation and strides': [
    spectrogramSpec(13, 11, 0.02),
    [
      conv2d(6, 3, { dilation: 2 }),
      conv2d(7, [2, 3], { stride: 3, padding: 'valid' }),
      depthwiseConv2d(2, { padding: 'valid' }),
      dense(5),
    ],
  ],
};

const CLASSES = 3;
const options: TrainingOptions = {
  epochs: 1,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.01,
  l1: 0.001,
  l2: 0.001,
  seed: 1,
};

const taskOf = (network: Network): TrainingTask => ({
  learner: 'test',
  network,
  loss: 'crossEntropy',
  origin: -0.5,
  input: () => {},
  target: () => {},
  train: new Int32Array(),
  validation: new Int32Array(),
});

function fill({ input, target }: Stepper, seed: number): void {
  const { normal } = seededRandom(seed, 'rows');
  for (let i = 0; i < input.length; i++) input[i] = normal();
  target.forEach((_, i) => {
    target[i] = i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 0.9 : 0.1 / CLASSES;
  });
}

/** Largest difference between constants of the same network. */
function distance(a: Stepper, b: Stepper): number {
  const other = b.weights();
  return Math.max(
    ...[...a.weights()].flatMap(([index, weights]) => [...weights].map((w, i) => Math.abs(w - other.get(index)![i]!))),
  );
}

let tf: Engine;
beforeAll(async () => {
  tf = await loadEngine();
  await import('@tensorflow/tfjs-backend-cpu');
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});
afterAll(() => tf.setBackend('wasm'));

describe('compiledStepper', () => {
  it.each(Object.entries(NETWORKS))('takes the steps of the plain JavaScript backend: %s', (_, [input, layers]) => {
    const task = taskOf(buildNetwork(layers, input, CLASSES));
    // Whole batches, and row by row.
    const ours = [compiledStepper(task, options), compiledStepper(task, options, { bytes: 1, worth: 0 })];
    const plain = tfStepper(tf, task, options);
    for (let step = 0; step < 5; step++) {
      for (const stepper of [...ours, plain]) fill(stepper, step);
      // A last batch may be smaller.
      const rows = step === 3 ? 5 : 8;
      const [loss, later] = [plain.train(rows, 0.01), plain.evaluate(8)];
      for (const stepper of ours) {
        expect(Math.abs(stepper.train(rows, 0.01) - loss)).toBeLessThan(1e-5);
        expect(distance(stepper, plain)).toBeLessThan(1e-5);
        expect(Math.abs(stepper.evaluate(8) - later)).toBeLessThan(1e-5);
      }
    }
  });

  it('takes them for squared errors, too', () => {
    const network = buildNetwork([dense(8)], featuresSpec(12), 4, false);
    const task: TrainingTask = { ...taskOf(network), loss: 'squaredError' };
    const [fast, plain] = [compiledStepper(task, options), tfStepper(tf, task, options)];
    for (const stepper of [fast, plain]) fill(stepper, 1);
    for (let step = 0; step < 5; step++)
      expect(Math.abs(fast.train(8, 0.01) - plain.train(8, 0.01))).toBeLessThan(1e-5);
    expect(distance(fast, plain)).toBeLessThan(1e-5);
  });

  it('leaves frozen constants alone, and statistics with them', () => {
    const [input, layers] = NETWORKS['residual layers']!;
    const { graph, dropout: none } = buildNetwork(layers, input, CLASSES);
    const kept = graph.ops.slice(0, 8).flatMap((op) => op.inputs.filter((i) => graph.tensors[i]!.data));
    const task = taskOf({ graph, dropout: none, frozen: new Set(kept) });
    const stepper = compiledStepper(task, options);
    const before = stepper.weights();
    fill(stepper, 1);
    for (let step = 0; step < 3; step++) stepper.train(8, 0.01);
    for (const [index, weights] of stepper.weights()) {
      if (kept.includes(index)) expect(weights).toEqual(before.get(index));
    }
    expect(stepper.weights()).not.toEqual(before);
  });

  it('goes where the loss falls fastest, by the loss itself', () => {
    // Without activations that bend, differences of the loss are its gradient.
    const layers = [conv2d(4, 3, bare), depthwiseConv2d(3, bare), averagePool(2), dense(5, bare)];
    const task = taskOf(buildNetwork(layers, spectrogramSpec(8, 6, 0.02), CLASSES));
    const plain: TrainingOptions = { ...options, weightDecay: 0, l1: 0, l2: 0 };
    const stepper = compiledStepper(task, plain);
    fill(stepper, 2);
    const start = stepper.state();
    stepper.train(8, 1e-3);
    // After one step Adam's average of a gradient is a tenth of it.
    const { length } = [...stepper.weights().values()].flatMap((w) => [...w]);
    const means = stepper.state().slice(1 + length);
    const lossAt = (index: number, change: number): number => {
      const state = start.slice();
      state[1 + index]! += change;
      stepper.restore(state);
      return stepper.evaluate(8);
    };
    const measured = Array.from({ length: 4 * 9 }, (_, i) => (lossAt(i, 0.01) - lossAt(i, -0.01)) / 0.02);
    const largest = Math.max(...measured.map(Math.abs));
    measured.forEach((slope, i) => {
      expect(Math.abs(slope - 10 * means[i]!)).toBeLessThan(0.02 * largest);
    });
  });

  it('drops the share of values that was asked for, others each step, and none afterwards', () => {
    const task = taskOf(buildNetwork([dense(400, bare), dropout(0.25)], featuresSpec(4), CLASSES));
    const stepper = compiledStepper(task, options);
    fill(stepper, 1);
    const losses = [stepper.train(8, 0), stepper.train(8, 0), stepper.evaluate(8), stepper.evaluate(8)];
    expect(losses[0]).not.toBe(losses[1]);
    expect(losses[2]).toBe(losses[3]);
    expect(Math.abs(losses[0]! - losses[2]!)).toBeLessThan(0.3);
  });

  it('goes on from a state, byte for byte', () => {
    const [input, layers] = NETWORKS['a mixture']!;
    const task = taskOf(buildNetwork([...layers, dropout(0.2)], input, CLASSES));
    const [first, second] = [compiledStepper(task, options), compiledStepper(task, options)];
    for (const stepper of [first, second]) fill(stepper, 1);
    first.train(8, 0.01);
    second.restore(first.state());
    expect(second.train(8, 0.01)).toBe(first.train(8, 0.01));
    expect(second.weights()).toEqual(first.weights());
  });

  it('refuses operators that do not train, and steps that do not fit into memory', () => {
    const { graph } = buildNetwork([dense(4)], featuresSpec(6), CLASSES);
    const ops = graph.ops.map((op, i) => (i === 0 ? { ...op, kind: 'hardSwish' as const } : op));
    const odd = taskOf({ graph: { ...graph, ops }, dropout: new Map() });
    expect(() => compiledStepper(odd, options)).toThrowError(expect.objectContaining({ code: 'UNSUPPORTED' }));
    const large = taskOf(buildNetwork([conv2d(64, 3)], spectrogramSpec(512, 512, 0.02), CLASSES));
    const many = { ...options, batchSize: 4096 };
    expect(() => compiledStepper(large, many)).toThrowError(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
