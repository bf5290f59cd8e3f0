/** The nets of the bench as layers; `peer.py` has the same ones under the same names. */
import {
  batchNorm,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  globalAveragePool,
  type Layer,
  maxPool,
  residual,
} from '../../src/learn/index.js';
import { featuresSpec, imageSpec, type Spec, spectrogramSpec } from '../../src/spec.js';

interface Common {
  readonly name: string;
  readonly title: string;
  /** Largest ratio to the peer that passes; absent: no bar. */
  readonly bar?: number;
}

/** A list of layers with a dense layer over the classes behind it, or over the inputs to be rebuilt. */
export interface LayerNet extends Common {
  readonly layers: readonly Layer[];
  readonly input: Spec;
  readonly outputs: number;
  readonly loss: 'crossEntropy' | 'squaredError';
}

/** A recurrent layer over a sequence with a dense layer over the classes behind it, as a TensorFlow.js model. */
export interface RecurrentNet extends Common {
  readonly cell: 'lstm' | 'gru';
  readonly units: number;
  readonly time: number;
  readonly channels: number;
  readonly classes: number;
}

export type Net = LayerNet | RecurrentNet;

const BARE = { activation: 'none' } as const;

function separable(filters: number, stride: number): Layer[] {
  return [depthwiseConv2d(3, { stride }), batchNorm(), conv2d(filters, 1), batchNorm()];
}

/** Two convolutions and a way around them, with a convolution on it where the shape changes. */
function residualStack(filters: number, stride: number): Layer {
  const body = [conv2d(filters, 3, { stride }), batchNorm(), conv2d(filters, 3, BARE), batchNorm()];
  return residual(body, stride === 1 ? {} : { shortcut: [conv2d(filters, 1, { stride, ...BARE })] });
}

const normalised = (units: number): Layer[] => [dense(units), batchNorm()];

const MOBILENET = [
  [16, 1],
  [32, 2],
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [256, 2],
  [256, 1],
] as const;

const AUTOENCODER = [128, 128, 128, 128, 8, 128, 128, 128, 128];

const ENTROPY = { loss: 'crossEntropy' } as const;

export const NETS: readonly Net[] = [
  {
    name: 'keyword-conv1d',
    title: 'keyword conv1d net 50x13',
    bar: 1.2,
    layers: [conv1d(8, 3), maxPool(2, { padding: 'valid' }), conv1d(16, 3), maxPool(2, { padding: 'valid' })],
    input: spectrogramSpec(50, 13, 0.02),
    outputs: 4,
    ...ENTROPY,
  },
  {
    name: 'ds-cnn',
    title: 'DS-CNN of MLPerf Tiny',
    bar: 1.3,
    layers: [
      conv2d(64, [10, 4], { stride: 2 }),
      batchNorm(),
      ...Array.from({ length: 4 }, () => separable(64, 1)).flat(),
      globalAveragePool(),
    ],
    input: spectrogramSpec(49, 10, 0.02),
    outputs: 12,
    ...ENTROPY,
  },
  {
    name: 'conv2d-96',
    title: 'conv2d 96x96x1',
    bar: 0.8,
    layers: [conv2d(32, 3), maxPool(2), conv2d(16, 3), maxPool(2)],
    input: imageSpec({ width: 96, height: 96, channels: 1 }),
    outputs: 3,
    ...ENTROPY,
  },
  {
    name: 'mobilenet-96',
    title: 'MobileNet v1 0.25 96x96x3',
    bar: 1.3,
    layers: [
      conv2d(8, 3, { stride: 2 }),
      batchNorm(),
      ...MOBILENET.flatMap(([filters, stride]) => separable(filters, stride)),
      globalAveragePool(),
    ],
    input: imageSpec({ width: 96, height: 96, channels: 3 }),
    outputs: 2,
    ...ENTROPY,
  },
  {
    name: 'resnet-8',
    title: 'ResNet-8 32x32x3',
    bar: 1.3,
    layers: [
      conv2d(16, 3),
      batchNorm(),
      residualStack(16, 1),
      residualStack(32, 2),
      residualStack(64, 2),
      globalAveragePool(),
    ],
    input: imageSpec({ width: 32, height: 32, channels: 3 }),
    outputs: 10,
    ...ENTROPY,
  },
  {
    name: 'dense-39',
    title: 'dense 39-20-10-4',
    layers: [dense(20), dense(10)],
    input: featuresSpec(39),
    outputs: 4,
    ...ENTROPY,
  },
  {
    name: 'dense-650',
    title: 'dense 650-256-128-12',
    bar: 1.8,
    layers: [dense(256), dense(128)],
    input: featuresSpec(650),
    outputs: 12,
    ...ENTROPY,
  },
  {
    name: 'autoencoder-640',
    title: 'autoencoder 640',
    bar: 1.8,
    layers: AUTOENCODER.flatMap(normalised),
    input: featuresSpec(640),
    outputs: 640,
    loss: 'squaredError',
  },
  { name: 'lstm-32', title: 'LSTM 32, 49x13', bar: 2.5, cell: 'lstm', units: 32, time: 49, channels: 13, classes: 12 },
  { name: 'gru-32', title: 'GRU 32, 49x13', bar: 2.5, cell: 'gru', units: 32, time: 49, channels: 13, classes: 12 },
];
