/** Impulses whose instructions are counted: every kernel in several sizes, so that costs per unit can be told apart. */
import type { ProcessingBlock, ProcessingStage, Stage, TrainedBlock } from '../../src/block.js';
import { type Graph, type Op, planBuffers, sketchQuantize, type Tensor } from '../../src/compile/index.js';
import * as dsp from '../../src/dsp/index.js';
import { classNetwork } from '../../src/learn/network/classes.js';
import { networkBlock } from '../../src/learn/network/trained.js';
import type { Program } from '../../src/program.js';
import { featuresSpec, imageSpec, type Spec, signalSpec, sizeOf } from '../../src/spec.js';

export interface Workload {
  readonly name: string;
  readonly program: Program;
  /** The step it is about. */
  readonly step: 0 | 1;
}

/** Values in -1..1 that look random and are the same everywhere. */
const noise = (i: number): number => {
  const x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(i + 7, 0x85ebca6b);
  return ((x ^ (x >>> 15)) % 1000) / 1000;
};

type Input = Spec<'signal'> | Spec<'image'>;

/** Two tones in noise, or bytes of made-up pixels. */
const samplesOf = (input: Input): Float32Array =>
  Float32Array.from({ length: sizeOf(input) }, (_, i) =>
    input.kind === 'image'
      ? Math.round(127 + 127 * noise(i))
      : Math.round(6000 * Math.sin(i / 9) + 3000 * Math.sin(i / 2.3) + 900 * noise(i)),
  );

export type Layer =
  | { readonly kind: 'conv2d'; readonly filters: number; readonly kernel: readonly [number, number] }
  | { readonly kind: 'depthwiseConv2d'; readonly kernel: readonly [number, number] }
  | { readonly kind: 'maxPool2d' | 'averagePool2d'; readonly pool: readonly [number, number] }
  | { readonly kind: 'dense'; readonly units: number }
  | Recurrent
  | { readonly kind: 'softmax' };

interface Recurrent {
  readonly kind: 'lstm' | 'gru';
  readonly units: number;
  readonly everyStep?: boolean;
}

/** Blocks of rows of their weights. */
const GATES = { lstm: 4, gru: 3 } as const;

const isRecurrent = (layer: Layer): layer is Recurrent => layer.kind === 'lstm' || layer.kind === 'gru';

/** A float network with made-up weights. */
export function network(shape: readonly [number, number, number], layers: readonly Layer[]): Graph {
  const tensors: Tensor[] = [];
  const ops: Op[] = [];
  const tensor = (of: readonly number[], data?: Float32Array): number =>
    tensors.push({ name: `t${tensors.length}`, shape: of, dtype: 'f32', ...(data && { data }) }) - 1;
  const weights = (of: readonly number[]): number => {
    const size = of.reduce((a, b) => a * b, 1);
    return tensor(
      of,
      Float32Array.from({ length: size }, (_, i) => noise(i + tensors.length * 977) * 0.3),
    );
  };
  const push = (
    kind: Op['kind'],
    inputs: readonly number[],
    of: readonly number[],
    attributes: Op['attributes'] = {},
  ) => {
    const output = tensor(of);
    ops.push({ kind, name: `${kind}${ops.length}`, inputs, output, attributes });
    return output;
  };
  let at = tensor([shape.reduce((a, b) => a * b, 1)]);
  const input = at;
  at = push('reshape', [at], shape);
  for (const layer of layers) {
    const from = tensors[at]!.shape;
    const [h, w, c] = from as [number, number, number];
    if (layer.kind === 'conv2d') {
      const inputs = [at, weights([layer.filters, ...layer.kernel, c]), weights([layer.filters])];
      at = push('conv2d', inputs, [h, w, layer.filters], { padding: 'same', strides: [1, 1], activation: 'relu' });
    } else if (layer.kind === 'depthwiseConv2d') {
      const inputs = [at, weights([1, ...layer.kernel, c]), weights([c])];
      at = push('depthwiseConv2d', inputs, from, { padding: 'same', strides: [1, 1], activation: 'relu' });
    } else if (layer.kind === 'dense') {
      const size = from.reduce((a, b) => a * b, 1);
      if (from.length > 1) at = push('reshape', [at], [size]);
      at = push('dense', [at, weights([layer.units, size]), weights([layer.units])], [layer.units]);
    } else if (isRecurrent(layer)) {
      const { kind, units, everyStep = false } = layer;
      const rows = GATES[kind] * units;
      const inputs = [at, weights([rows, c]), weights([rows]), weights([rows, units])];
      at = push(kind, inputs, everyStep ? [1, w, units] : [units], { everyStep });
    } else if (layer.kind === 'softmax') {
      at = push('softmax', [at], from);
    } else {
      const [ph, pw] = layer.pool;
      const of = [Math.floor(h / ph), Math.floor(w / pw), c];
      at = push(layer.kind, [at], of, { padding: 'valid', strides: layer.pool, pool: layer.pool });
    }
  }
  return { tensors, ops, input, output: at };
}

/** Processing blocks and learners as a program over one window. */
export function programOf(
  input: Input,
  blocks: readonly ProcessingStage[],
  learners: readonly TrainedBlock[],
): Program {
  const window = samplesOf(input);
  const steps = [...blocks, ...learners];
  const sizes = steps.flatMap((stage, i) => [
    { bytes: i < blocks.length ? 4 * sizeOf(stage.output) : 0, first: i, last: steps.length },
    { bytes: stage.cpp.scratchBytes, first: i, last: i },
  ]);
  const { offsets, totalBytes } = planBuffers(sizes);
  const run = (stage: Stage, x: Float32Array): Float32Array => {
    const out = new Float32Array(sizeOf(stage.output));
    stage.run(x, out);
    return out;
  };
  const features = blocks.map((stage) => run(stage, window));
  const scores = learners.map((block) => run(block, features[0]!));
  return {
    input,
    sensor: 'unknown',
    strideSamples: 0,
    dsp: blocks.map((stage, i) => ({
      name: `dsp${i}`,
      type: `dsp${i}`,
      stage,
      dtype: 'f32' as const,
      outputOffset: offsets[2 * i]!,
      scratchOffset: offsets[2 * i + 1]!,
    })),
    learn: learners.map((block, i) => ({
      name: `learn${i}`,
      inputs: [0],
      block,
      inputOffset: offsets[0]!,
      scratchOffset: offsets[2 * (blocks.length + i) + 1]!,
    })),
    arenaBytes: totalBytes,
    golden: [{ label: 'made up', window, features, scores }],
    design: '{}',
  };
}

export function learner(graph: Graph, input: Spec): TrainedBlock {
  const size = graph.tensors[graph.output]!.shape.reduce((a, b) => a * b, 1);
  const labels = Array.from({ length: size }, (_, i) => `class${i}`);
  return networkBlock(classNetwork('classifier'), { graph, labels, report: {} }, input);
}

const conv = (filters: number, height: number, width: number): Layer => ({
  kind: 'conv2d',
  filters,
  kernel: [height, width],
});
const depthwise = (height: number, width: number): Layer => ({ kind: 'depthwiseConv2d', kernel: [height, width] });
const dense = (units: number): Layer => ({ kind: 'dense', units });
const softmax: Layer = { kind: 'softmax' };

/** Shapes of real use: one- and two-dimensional keyword networks, motion networks, and single operators. */
const NETWORKS: Readonly<Record<string, readonly [readonly [number, number, number], readonly Layer[]]>> = {
  'keyword 1d': [
    [1, 99, 40],
    [
      conv(8, 1, 3),
      { kind: 'maxPool2d', pool: [1, 2] },
      conv(16, 1, 3),
      { kind: 'maxPool2d', pool: [1, 2] },
      dense(5),
      softmax,
    ],
  ],
  'keyword 2d': [
    [49, 10, 1],
    [conv(16, 3, 3), { kind: 'maxPool2d', pool: [2, 2] }, conv(16, 3, 3), dense(5), softmax],
  ],
  separable: [
    [25, 5, 1],
    [
      conv(16, 3, 3),
      depthwise(3, 3),
      conv(16, 1, 1),
      depthwise(3, 3),
      conv(32, 1, 1),
      { kind: 'averagePool2d', pool: [25, 5] },
      dense(12),
      softmax,
    ],
  ],
  motion: [
    [1, 1, 39],
    [dense(20), dense(10), dense(6), softmax],
  ],
  'wide dense': [
    [1, 1, 640],
    [dense(128), dense(8)],
  ],
  'long dense': [[1, 1, 4096], [dense(8)]],
  'narrow convolution': [[1, 200, 3], [conv(4, 1, 5)]],
  'wide convolution': [[16, 16, 8], [conv(16, 3, 3)]],
  'deep convolution': [[8, 8, 32], [conv(64, 3, 3)]],
  'convolution of colours': [[16, 16, 3], [conv(64, 3, 3)]],
  pointwise: [[10, 10, 32], [conv(32, 1, 1)]],
  'deep pointwise': [[8, 8, 128], [conv(128, 1, 1)]],
  depthwise: [[16, 16, 16], [depthwise(3, 3)]],
  'wide depthwise': [[12, 12, 64], [depthwise(3, 3)]],
  'long depthwise': [[1, 200, 8], [depthwise(1, 7)]],
  'max pool': [[32, 32, 4], [{ kind: 'maxPool2d', pool: [2, 2] }]],
  'average pool': [[32, 32, 4], [{ kind: 'averagePool2d', pool: [4, 4] }]],
  lstm: [
    [1, 49, 13],
    [{ kind: 'lstm', units: 32 }, dense(6), softmax],
  ],
  gru: [
    [1, 49, 13],
    [{ kind: 'gru', units: 32 }, dense(6), softmax],
  ],
  'small states': [
    [1, 50, 3],
    [{ kind: 'lstm', units: 10, everyStep: true }, { kind: 'gru', units: 7 }, dense(4)],
  ],
  'large softmax': [
    [1, 1, 8],
    [dense(200), softmax],
  ],
};

const audio = (rateHz: number, samples: number): Spec<'signal'> => signalSpec(samples, ['audio'], rateHz);
const motion = (samples: number): Spec<'signal'> => signalSpec(samples, ['x', 'y', 'z'], 62.5);

const pulse = (rateHz: number, seconds: number): Spec<'signal'> => signalSpec(rateHz * seconds, ['pulse'], rateHz);
const image = (channels: number, packed = false): Spec<'image'> =>
  imageSpec({ width: 48, height: 48, channels, packed });

/** Blocks of every kind and their variants, in one or two sizes each. */
function processing(): Workload[] {
  const second = audio(16_000, 16_000);
  const { mfe, mfcc, spectrogram, spectral, flatten, raw, filter, spectrum, pcen, hr, pixels, pipe, scaler } = dsp;
  const bands = (value: number): number[] => Array.from({ length: 40 }, () => value);
  const cases: [string, Input, ProcessingBlock<never>][] = [
    ['mfe', second, mfe()],
    ['mfe of 512 points', second, mfe({ fftLength: 512, frameLengthMs: 32, frameStrideMs: 20, filters: 32 })],
    ['mfe of 20 filters', audio(8_000, 8_000), mfe({ filters: 20, frameStrideMs: 20 })],
    ['mfe, version 2', second, mfe({ version: 2, filters: 24 })],
    ['mfe in integers', second, mfe({ arithmetic: 'fixed' })],
    ['mfcc', second, mfcc()],
    ['mfcc of 512 points', second, mfcc({ fftLength: 512, frameLengthMs: 32, frameStrideMs: 16 })],
    ['mfcc, version 2', second, mfcc({ version: 2, filters: 24 })],
    ['mfcc in integers', second, mfcc({ arithmetic: 'fixed' })],
    ['spectrogram', second, spectrogram()],
    ['spectrogram of 512 points', second, spectrogram({ fftLength: 512, frameLengthMs: 32 })],
    ['spectrogram, version 2', second, spectrogram({ version: 2 })],
    ['spectrogram in integers', second, spectrogram({ arithmetic: 'fixed' })],
    ['pcen', second, pcen()],
    ['pcen as logarithm', audio(8_000, 8_000), pcen({ normalize: 'log' })],
    ['mfe, then scaler', second, pipe(mfe(), scaler({ mean: bands(0.4), deviation: bands(0.2) }))],
    ['spectral', motion(125), spectral()],
    ['spectral of 64 points', motion(250), spectral({ fftLength: 64 })],
    ['spectral, filtered', motion(125), spectral({ filter: 'low', cutoffHz: 5 })],
    ['spectral, decimated', motion(250), spectral({ decimation: 3 })],
    ['spectral of wavelets', motion(250), spectral({ analysis: 'wavelet', waveletLevel: 2 })],
    ['spectral, version 1', motion(250), spectral({ version: 1, filter: 'low', fftLength: 128 })],
    ['spectrum', motion(256), spectrum({ fftLength: 64 })],
    [
      'spectrum of the envelope',
      audio(4_000, 2_048),
      spectrum({ envelope: true, fftLength: 512, output: 'density', db: true }),
    ],
    ['filter', motion(125), filter()],
    ['filter of order 2', motion(250), filter({ filter: 'band', order: 2 })],
    ['flatten', motion(125), flatten()],
    ['flatten in logarithms', motion(250), flatten({ log: true, skewness: false, kurtosis: false })],
    ['hr of a pulse wave', pulse(50, 10), hr()],
    ['hr of an ECG', pulse(125, 8), hr({ source: 'ecg' })],
    ['pixels', image(3), pixels()],
    ['pixels, grey', image(3), pixels({ channels: 'Grayscale' })],
    ['pixels, packed', image(1, true), pixels()],
    ['raw', motion(125), raw({ scale: 1 / 8192 })],
  ];
  return cases.map(([name, input, block]) => {
    const stage = block.bind(input as never);
    const size = sizeOf(stage.output);
    const least = learner(network([1, 1, size], [dense(2)]), featuresSpec(size));
    return { name, step: 0, program: programOf(input, [stage], [least]) };
  });
}

function networks(): Workload[] {
  return Object.entries(NETWORKS).flatMap(([name, [shape, layers]]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const input = signalSpec(size, ['value'], 100);
    const raw = dsp.raw({ scale: 1 / 8192 }).bind(input);
    const graph = network(shape, layers);
    const features = featuresSpec(size);
    return [
      { name: `${name}, float`, step: 1, program: programOf(input, [raw], [learner(graph, features)]) },
      { name: `${name}, int8`, step: 1, program: programOf(input, [raw], [learner(sketchQuantize(graph), features)]) },
    ];
  });
}

export function workloads(): Workload[] {
  return [...processing(), ...networks()];
}
