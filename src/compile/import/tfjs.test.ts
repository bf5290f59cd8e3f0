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
let modelOf: typeof tfl.model;
let inputOf: typeof tfl.input;

beforeAll(async () => {
  tf = await loadEngine();
  ({ layers, sequential, model: modelOf, input: inputOf } = await import('@tensorflow/tfjs-layers'));
});

type Layers = readonly ReturnType<typeof tfl.layers.dense>[];

/** A model with all weights random, running statistics of batch normalisation included. */
function model(inputShape: number[], list: Layers): tfl.Sequential {
  const built = sequential({ layers: [layers.inputLayer({ inputShape }) as never, ...list] });
  randomise(built);
  return built;
}

function randomise(built: tfl.LayersModel): void {
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
    for (const one of random) one.dispose();
  }
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
  [
    'lstm',
    [11, 5],
    () =>
      [
        layers.lstm({ units: 7, recurrentInitializer: 'zeros', returnSequences: true, dropout: 0.3 }),
        layers.lstm({ units: 4, recurrentInitializer: 'zeros', recurrentActivation: 'sigmoid', goBackwards: true }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ] as never,
  ],
  [
    'gru',
    [11, 5],
    () =>
      [
        layers.gru({ units: 7, recurrentInitializer: 'zeros', recurrentActivation: 'sigmoid', returnSequences: true }),
        layers.batchNormalization(),
        layers.gru({ units: 4, recurrentInitializer: 'zeros', useBias: false }),
        layers.dense({ units: 3 }),
      ] as never,
  ],
  [
    'bidirectional',
    [9, 4],
    () => {
      const lstm = layers.lstm({ units: 5, recurrentInitializer: 'zeros', returnSequences: true });
      const gru = layers.gru({ units: 3, recurrentInitializer: 'zeros' });
      return [
        layers.bidirectional({ layer: lstm as never, mergeMode: 'concat' }),
        layers.bidirectional({ layer: gru as never, mergeMode: 'sum' }),
      ] as never;
    },
  ],
];

type Symbol = tfl.SymbolicTensor;
/** Applies a layer to one value or several. */
const on = (layer: unknown, x: Symbol | Symbol[]): Symbol => (layer as tfl.layers.Layer).apply(x) as Symbol;

/** A functional model with all weights random. */
function functional(inputShape: number[], build: (x: Symbol) => Symbol): tfl.LayersModel {
  const input = inputOf({ shape: inputShape });
  const built = modelOf({ inputs: input, outputs: build(input) });
  randomise(built);
  return built;
}

const FUNCTIONAL: readonly (readonly [string, number[], (x: Symbol) => Symbol])[] = [
  [
    'residual with shortcut, concatenation and global pooling',
    [9, 7, 3],
    (x) => {
      const stem = on(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), x);
      const body = on(
        layers.batchNormalization(),
        on(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }), stem),
      );
      const sum = on(layers.add(), [body, stem, on(layers.conv2d({ filters: 4, kernelSize: 1 }), x)]);
      const joined = on(layers.concatenate(), [on(layers.reLU(), sum), stem]);
      const pooled = on(layers.globalAveragePooling2d({}), joined);
      return on(layers.dense({ units: 5, activation: 'softmax' }), pooled);
    },
  ],
  [
    'mobile network block',
    [8, 8, 2],
    (x) => {
      let y = on(layers.rescaling({ scale: 1 / 3, offset: -0.5 }), x);
      y = on(
        layers.zeroPadding2d({
          padding: [
            [0, 1],
            [0, 1],
          ],
        }),
        y,
      );
      y = on(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias: false }), y);
      y = on(layers.reLU({ maxValue: 6 }), on(layers.batchNormalization(), y));
      y = on(layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2, padding: 'same' }), y);
      y = on(layers.leakyReLU({ alpha: 0.2 }), y);
      y = on(layers.upSampling2d({ size: [2, 2] }), y);
      y = on(
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 2],
          ],
        }),
        y,
      );
      return on(layers.dense({ units: 3, activation: 'tanh' }), on(layers.globalMaxPooling2d({}), y));
    },
  ],
  [
    'sequence with gates, a shared layer and a model inside',
    [12, 4],
    (x) => {
      const shared = layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh' });
      const inner = sequential({ layers: [layers.dense({ units: 4, activation: 'sigmoid', inputShape: [12, 4] })] });
      let y = on(shared, on(shared, x));
      y = on(layers.multiply(), [y, on(inner, x)]);
      y = on(layers.concatenate({ axis: 1 }), [y, x]);
      y = on(layers.gaussianNoise({ stddev: 0.1 }), on(layers.dense({ units: 3, activation: 'swish' as never }), y));
      y = on(layers.permute({ dims: [2, 1] }), y);
      return on(layers.dense({ units: 2 }), on(layers.globalAveragePooling1d(), y));
    },
  ],
];

describe('importLayersModel', () => {
  const agrees = (built: tfl.LayersModel, inputShape: readonly number[]): void => {
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
  };

  it.each(MODELS)('computes what a %s model predicts', (_name, inputShape, list) => {
    agrees(model(inputShape, list()), inputShape);
  });

  it.each(FUNCTIONAL)('computes what a %s predicts', (_name, inputShape, build) => {
    agrees(functional(inputShape, build), inputShape);
  });

  it('keeps the weights of a layer that is used twice once', () => {
    const built = functional([6, 4], (x) => {
      const shared = layers.conv1d({ filters: 4, kernelSize: 1 });
      return on(shared, on(shared, x));
    });
    expect(importLayersModel(built).tensors.filter(({ data }) => data).length).toBe(2);
    built.dispose();
  });

  it.each([
    [
      'a recurrent layer without gates',
      () =>
        functional([5, 3], (x) => on(layers.simpleRNN({ units: 2, recurrentInitializer: 'zeros', name: 'memory' }), x)),
      /memory.*layer of type SimpleRNN.*UNSUPPORTED/,
    ],
    [
      'another curve for a state',
      () =>
        functional([5, 3], (x) => on(layers.gru({ units: 2, recurrentInitializer: 'zeros', activation: 'relu' }), x)),
      /activation "relu".*tanh.*UNSUPPORTED/,
    ],
    [
      'a state that stays',
      () =>
        functional([5, 3], (x) => on(layers.lstm({ units: 2, recurrentInitializer: 'zeros', returnState: true }), x)),
      /UNSUPPORTED/,
    ],
    [
      'ELU',
      () => functional([3], (x) => on(layers.dense({ units: 2, activation: 'elu' }), x)),
      /activation "elu".*UNSUPPORTED/,
    ],
    [
      'channels first',
      () => functional([2, 5, 5], (x) => on(layers.maxPooling2d({ dataFormat: 'channelsFirst' }), x)),
      /channels first.*UNSUPPORTED/,
    ],
    [
      'normalisation of rows',
      () => functional([5, 5, 2], (x) => on(layers.batchNormalization({ axis: 1 }), x)),
      /axis 1.*UNSUPPORTED/,
    ],
    [
      'any length',
      () => functional([null as never, 3], (x) => on(layers.conv1d({ filters: 2, kernelSize: 1 }), x)),
      /UNSUPPORTED/,
    ],
    [
      'causal padding',
      () => functional([6, 3], (x) => on(layers.conv1d({ filters: 2, kernelSize: 2, padding: 'causal' }), x)),
      /padding "causal".*UNSUPPORTED/,
    ],
    [
      'two inputs',
      () => {
        const inputs = [inputOf({ shape: [3] }), inputOf({ shape: [3] })];
        return modelOf({ inputs, outputs: on(layers.add(), inputs) });
      },
      /2 inputs.*UNSUPPORTED/,
    ],
  ])('refuses %s', (_name, build, message) => {
    const built = build();
    expect(() => importLayersModel(built)).toThrow(message);
    built.dispose();
  });
});
