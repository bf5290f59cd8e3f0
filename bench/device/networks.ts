/**
 * The architectures of the MLPerf Tiny reference models with made-up weights, for machines without the models: sizes
 * and instructions are the same, the answers mean nothing. Everything is seeded.
 */
import type { Activation, Attributes, Graph } from '../../src/compile/graph.js';
import { elements } from '../../src/compile/op.js';
import { calibrate, quantize } from '../../src/compile/quantize/quantize.js';
import { Builder, noise } from '../../src/compile/testing/random-graph.js';
import { random } from '../../src/random.js';

type Pair = readonly [number, number];

interface Convolution {
  readonly kernel: Pair;
  /** Default 1. */
  readonly stride?: number;
  /** Default relu. */
  readonly activation?: Activation;
}

/** Layers one after another; weights keep the size of activations about the same. */
class Layers {
  private readonly source;
  private readonly b;
  private at = 0;

  constructor(shape: readonly number[], seed: number) {
    this.source = random(seed);
    this.b = new Builder(shape);
  }

  get output(): number {
    return this.at;
  }

  private get shape(): readonly number[] {
    return this.b.tensors[this.at]!.shape;
  }

  private weights(shape: readonly number[], fanIn: number, channels: number): [number, number] {
    const values = noise(this.source, elements(shape), Math.sqrt(6 / fanIn));
    return [this.b.constant(shape, values), this.b.constant([channels], noise(this.source, channels, 0.1))];
  }

  /** Continues from an earlier output. */
  from(output: number): this {
    this.at = output;
    return this;
  }

  conv(filters: number, { kernel, stride = 1, activation = 'relu' }: Convolution): this {
    const channels = this.shape[2]!;
    const weights = this.weights([filters, ...kernel, channels], kernel[0] * kernel[1] * channels, filters);
    const attributes = { padding: 'same', strides: [stride, stride], activation } as const;
    this.at = this.b.op('conv2d', [this.at, ...weights], attributes);
    return this;
  }

  depthwise({ kernel, stride = 1, activation = 'relu' }: Convolution): this {
    const channels = this.shape[2]!;
    const weights = this.weights([1, ...kernel, channels], kernel[0] * kernel[1], channels);
    const attributes = { padding: 'same', strides: [stride, stride], activation } as const;
    this.at = this.b.op('depthwiseConv2d', [this.at, ...weights], attributes);
    return this;
  }

  dense(units: number, activation: Activation = 'none'): this {
    const inputs = this.shape[0]!;
    const weights = this.weights([units, inputs], inputs, units);
    this.at = this.b.op('dense', [this.at, ...weights], { activation });
    return this;
  }

  add(other: number): this {
    this.at = this.b.op('add', [this.at, other], { activation: 'relu' });
    return this;
  }

  /** Averages over all positions, then classifies. */
  classify(classes: number): Graph {
    const [height, width, channels] = this.shape as [number, number, number];
    const attributes: Attributes = { padding: 'valid', strides: [height, width], pool: [height, width] };
    this.at = this.b.op('averagePool2d', [this.at], attributes);
    this.at = this.b.op('reshape', [this.at], {}, [channels]);
    this.dense(classes);
    return this.b.graph(this.b.op('softmax', [this.at]));
  }

  graph(): Graph {
    return this.b.graph(this.at);
  }
}

/** DS-CNN over 49 frames of 10 MFCC. */
function kws(): Graph {
  const net = new Layers([49, 10, 1], 1).conv(64, { kernel: [10, 4], stride: 2 });
  for (let i = 0; i < 4; i++) net.depthwise({ kernel: [3, 3] }).conv(64, { kernel: [1, 1] });
  return net.classify(12);
}

/** ResNet-8 over 32 x 32 pixels. */
function ic(): Graph {
  const net = new Layers([32, 32, 3], 2).conv(16, { kernel: [3, 3] });
  for (const filters of [16, 32, 64]) {
    const from = net.output;
    const stride = filters === 16 ? 1 : 2;
    const last = { kernel: [3, 3], activation: 'none' } as const;
    const main = net.conv(filters, { kernel: [3, 3], stride }).conv(filters, last).output;
    if (stride === 1) net.from(main).add(from);
    else
      net
        .from(from)
        .conv(filters, { kernel: [1, 1], stride, activation: 'none' })
        .add(main);
  }
  return net.classify(10);
}

/** MobileNet v1, a quarter as wide, over 96 x 96 pixels. */
function vww(): Graph {
  const net = new Layers([96, 96, 3], 3).conv(8, { kernel: [3, 3], stride: 2 });
  const blocks: readonly Pair[] = [
    [1, 16],
    [2, 32],
    [1, 32],
    [2, 64],
    [1, 64],
    [2, 128],
    [1, 128],
    [1, 128],
    [1, 128],
    [1, 128],
    [1, 128],
    [2, 256],
    [1, 256],
  ];
  for (const [stride, filters] of blocks) net.depthwise({ kernel: [3, 3], stride }).conv(filters, { kernel: [1, 1] });
  return net.classify(2);
}

/** Autoencoder over 5 frames of 128 log-mel bins. */
function ad(): Graph {
  const net = new Layers([640], 4);
  for (const units of [128, 128, 128, 128, 8, 128, 128, 128, 128]) net.dense(units, 'relu');
  return net.dense(640).graph();
}

export const NETWORKS: Readonly<Record<string, () => Graph>> = { kws, ic, vww, ad };

/** Inputs for a float network: uniform in [-1, 1). */
export function madeUpRows(graph: Graph, count: number): Float32Array[] {
  const source = random(5);
  return Array.from({ length: count }, () => noise(source, elements(graph.tensors[graph.input]!.shape)));
}

export function madeUpInt8(graph: Graph): Graph {
  return quantize(graph, calibrate(graph, madeUpRows(graph, 4)));
}
