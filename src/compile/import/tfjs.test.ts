import type { Tensor } from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../learn/engine/engine.js';
import type { Engine } from '../../learn/engine/tf.js';
import { seededRandom } from '../../learn/random.js';
import { interpreter, optimize } from '../index.js';
import { importLayersModel } from './tfjs.js';

let tf: Engine;
let layers: typeof tfl.layers;
let sequential: typeof tfl.sequential;

beforeAll(async () => {
  tf = await loadEngine();
  ({ layers, sequential } = await import('@tensorflow/tfjs-layers'));
});

type Layers = readonly ReturnType<typeof tfl.layers.dense>[];

/** A model with all weights random, running statistics of batch normalisation included. */
function model(inputShape: number[], list: Layers): tfl.Sequential {
  const built = sequential({ layers: [layers.inputLayer({ inputShape }) as never, ...list] });
  const { uniform } = seededRandom(5, 'weights');
  for (const layer of built.layers) {
    const random = layer.getWeights().map((w, i, all) => {
      const positive = layer.getClassName() === 'BatchNormalization' && i === all.length - 1;
      return tf.tensor(
        Float32Array.from({ length: w.size }, () => (positive ? 0.5 : -0.4) + uniform()),
        w.shape,
      );
    });
    layer.setWeights(random);
  }
  return built;
}

const MODELS: readonly (readonly [string, number[], () => Layers])[] = [
  [
    'dense',
    [7],
    () => [
      layers.dense({ units: 9, activation: 'relu' }),
      layers.dense({ units: 5, useBias: false }),
      layers.reLU({ maxValue: 6 }) as never,
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  ],
  [
    'conv1d',
    [23, 4],
    () =>
      [
        layers.conv1d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' }),
        layers.maxPooling1d({ poolSize: 2, strides: 2, padding: 'same' }),
        layers.dropout({ rate: 0.5 }),
        layers.conv1d({ filters: 5, kernelSize: 3, dilationRate: 2 }),
        layers.batchNormalization(),
        layers.activation({ activation: 'relu' }),
        layers.averagePooling1d({ poolSize: 3, strides: 2 }),
        layers.flatten(),
        layers.dense({ units: 4 }),
        layers.softmax(),
      ] as never,
  ],
  [
    'conv2d',
    [13, 9, 2],
    () =>
      [
        layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: [1, 2], padding: 'same', useBias: false }),
        layers.batchNormalization({ scale: false }),
        layers.reLU(),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'relu' }),
        layers.maxPooling2d({ poolSize: [2, 2] }),
        layers.conv2d({ filters: 5, kernelSize: 1, activation: 'relu6' as never }),
        layers.averagePooling2d({ poolSize: [2, 2], padding: 'same' }),
        layers.reshape({ targetShape: [15] }),
        layers.dense({ units: 4, activation: 'softmax' }),
      ] as never,
  ],
];

describe('importLayersModel', () => {
  it.each(MODELS)('computes what a %s model predicts', (_name, inputShape, list) => {
    const built = model(inputShape, list());
    const infer = interpreter(optimize(importLayersModel(built)));
    const { normal } = seededRandom(1, 'input');
    for (let i = 0; i < 5; i++) {
      const x = Float32Array.from({ length: inputShape.reduce((a, b) => a * b, 1) }, normal);
      const expected = tf.tidy(() => (built.predict(tf.tensor(x, [1, ...inputShape])) as Tensor).dataSync());
      const actual = infer(x);
      expect(actual.length).toBe(expected.length);
      actual.forEach((v, j) => {
        expect(Math.abs(v - expected[j]!)).toBeLessThan(1e-5);
      });
    }
    built.dispose();
  });

  it('refuses what it cannot express', () => {
    const sigmoid = model([3], [layers.dense({ units: 2, activation: 'sigmoid' })]);
    expect(() => importLayersModel(sigmoid)).toThrow(/UNSUPPORTED/);
    const padded = model([5, 3, 2], [layers.zeroPadding2d() as never]);
    expect(() => importLayersModel(padded)).toThrow(/ZeroPadding2D.*UNSUPPORTED/);
  });
});
