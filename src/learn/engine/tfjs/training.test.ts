import { type Tensor, train } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import type { Engine } from '../tf.js';
import { bothBackends, expectClose, noise, on } from './testing/backends.js';

let tf: Engine;

beforeAll(async () => {
  tf = await bothBackends();
});

const { layers } = tfl;

/** One of everything that has a kernel of its own. */
function mixed(): tfl.Sequential {
  const network = tfl.sequential({
    layers: [
      layers.conv2d({ inputShape: [12, 10, 2], filters: 6, kernelSize: 3, padding: 'same', strides: 2 }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'tanh', depthMultiplier: 2 }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.reshape({ targetShape: [20, 12] }),
      layers.conv1d({ filters: 7, kernelSize: 3, activation: 'sigmoid' }),
      layers.averagePooling1d({ poolSize: 2 }),
      layers.lstm({ units: 6, returnSequences: true, recurrentInitializer: 'zeros' }),
      layers.gru({ units: 5, recurrentInitializer: 'zeros', recurrentActivation: 'sigmoid' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  tf.tidy(() => {
    const values = network.getWeights().map((w, i) => {
      const noisy = tf.tensor(noise(w.shape, `weight ${i}`), w.shape);
      // Variances have to stay positive.
      return network.weights[i]!.name.includes('moving') ? w : tf.mul(noisy, 0.3);
    });
    network.setWeights(values);
  });
  return network;
}

function batch(): [Tensor, Tensor] {
  const labels = Int32Array.of(0, 1, 2, 0, 1, 2, 1, 0);
  return [tf.tensor(noise([8, 12, 10, 2], 'x'), [8, 12, 10, 2]), tf.tidy(() => tf.oneHot(labels, 3))];
}

it('takes the same steps as the JavaScript backend, and keeps no tensors', async () => {
  const losses: number[][] = [];
  const run = async (): Promise<Float32Array[]> => {
    const network = mixed();
    const optimizer = train.adam(0.003);
    network.compile({ optimizer, loss: 'categoricalCrossentropy' });
    const [x, y] = batch();
    const seen: number[] = [];
    const counts: number[] = [];
    for (let step = 0; step < 5; step++) {
      seen.push((await network.trainOnBatch(x, y)) as number);
      counts.push(tf.memory().numTensors);
    }
    losses.push(seen);
    expect(new Set(counts.slice(1)).size, 'tensors after the first step').toBe(1);
    const weights = network.getWeights().map((w) => w.dataSync() as Float32Array);
    // The values of weights are read through tensors that belong to the network.
    network.dispose();
    optimizer.dispose();
    x.dispose();
    y.dispose();
    return weights;
  };
  const actual = await on(tf, 'wasm', run);
  const expected = await on(tf, 'cpu', run);
  losses[0]!.forEach((loss, i) => {
    expect(Math.abs(loss - losses[1]![i]!)).toBeLessThan(1e-5 * loss);
  });
  expect(losses[0]![4]).toBeLessThan(losses[0]![0]!);
  // A bias in front of a normalisation has no gradient but noise, which Adam turns into steps of full size.
  expectClose(actual.toSpliced(1, 1), expected.toSpliced(1, 1), 1e-3);
}, 60_000);

it('has the gradients that differences of the loss have', async () => {
  await on(tf, 'wasm', () =>
    tf.tidy(() => {
      const network = mixed();
      const [x, y] = batch();
      const variables = network.trainableWeights.map((w) => w.read() as never as { name: string } & Tensor);
      const before = network.trainableWeights.map((w) => tf.clone(w.read()));
      const loss = () => {
        const output = network.apply(x, { training: true }) as Tensor;
        return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.log(output)), -1))) as never;
      };
      const { grads } = tf.variableGrads(loss);
      for (const direction of ['one', 'two', 'three']) {
        const along = before.map((w, i) => tf.tensor(noise(w.shape, `${direction} ${i}`), w.shape));
        const at = (distance: number): number => {
          network.trainableWeights.forEach((w, i) => {
            w.write(tf.add(before[i]!, tf.mul(along[i]!, distance)));
          });
          return (loss() as Tensor).dataSync()[0]!;
        };
        const numeric = (at(2e-3) - at(-2e-3)) / 4e-3;
        const products = variables.map(({ name }, i) => tf.sum(tf.mul(grads[name]!, along[i]!)).dataSync()[0]!);
        const exact = products.reduce((a, b) => a + b, 0);
        expect(Math.abs(numeric - exact), `${numeric}, ${exact}`).toBeLessThan(0.02 * Math.abs(exact) + 2e-3);
      }
      network.dispose();
    }),
  );
});

it('trains embeddings', async () => {
  const run = async (): Promise<Float32Array[]> => {
    const network = tfl.sequential({
      layers: [
        layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    tf.tidy(() => {
      network.setWeights(network.getWeights().map((w, i) => tf.tensor(noise(w.shape, `${i}`), w.shape)));
    });
    const optimizer = train.adam(0.01);
    network.compile({ optimizer, loss: 'meanSquaredError' });
    const [x, y] = [tf.tensor2d([[1, 2, 3, 1, 1, 8], [0, 0, 4, 5, 6, 7]]), tf.ones([2, 2])]; // biome-ignore format: rows
    for (let step = 0; step < 3; step++) await network.trainOnBatch(x, y);
    const weights = network.getWeights().map((w) => w.dataSync() as Float32Array);
    network.dispose();
    optimizer.dispose();
    x.dispose();
    y.dispose();
    return weights;
  };
  expectClose(await on(tf, 'wasm', run), await on(tf, 'cpu', run), 1e-5);
});

it('leaves values of others alone when the optimiser goes on from a saved state', async () => {
  await on(tf, 'wasm', async () => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const loss = () => tf.sum(tf.square(w)) as never;
    const optimizer = train.adam(0.1);
    optimizer.minimize(loss, false, [w]);
    const saved = await optimizer.getWeights();
    const held = saved.map(({ tensor }) => tf.clone(tensor));
    const values = held.map((tensor) => [...tensor.dataSync()]);
    optimizer.minimize(loss, false, [w]);
    expect(held.map((tensor) => [...tensor.dataSync()])).toEqual(values);
    saved[0]!.tensor.dispose();
    optimizer.dispose();
    tf.dispose([w, ...held]);
  });
});
