/** Seeded networks for the tests of this folder. */
import { type Random, random } from '../../random.js';
import type { Attributes, Graph, Op, OpKind, Tensor } from '../graph.js';
import { elements } from '../op.js';
import { OPS } from '../ops/index.js';

/** Uniform values in [-size, size). */
export function noise(source: Random, length: number, size = 1): Float32Array {
  return Float32Array.from({ length }, () => (2 * source.uniform() - 1) * size);
}

/** Builds a float network operator by operator; shapes come from the operators. */
export class Builder {
  readonly tensors: Tensor[] = [];
  readonly ops: Op[] = [];

  constructor(shape: readonly number[]) {
    this.tensors.push({ name: 'features', shape, dtype: 'f32' });
  }

  constant(shape: readonly number[], data: Float32Array): number {
    return this.tensors.push({ name: `constant ${this.tensors.length}`, shape, dtype: 'f32', data }) - 1;
  }

  op(kind: OpKind, inputs: readonly number[], attributes: Attributes = {}, shape: readonly number[] = []): number {
    const name = `${kind} ${this.ops.length}`;
    const output: Tensor = { name: `${name} output`, shape, dtype: 'f32' };
    const node = { name, attributes, inputs: inputs.map((i) => this.tensors[i]!), output };
    const index = this.tensors.push({ ...output, shape: OPS[kind].shape(node) }) - 1;
    this.ops.push({ kind, name, inputs, output: index, attributes });
    return index;
  }

  graph(output: number): Graph {
    return { tensors: this.tensors, ops: this.ops, input: 0, output };
  }
}

/** A network of up to `depth` random operators with random geometry, ending in a dense layer and a softmax. */
export function randomGraph(seed: number, depth = 8): Graph {
  const source = random(seed);
  const { below, pick } = source;
  const height = pick([1, 1, 5, 8]);
  const shape = [height, 3 + below(9), 1 + below(5)];
  const flat = below(2) === 0;
  const b = new Builder(flat ? [elements(shape)] : shape);
  let x = flat ? b.op('reshape', [0], {}, shape) : 0;
  const seen = [x];
  for (let step = 1 + below(depth); step > 0; step--) {
    x = randomOp(b, source, x, seen);
    seen.push(x);
  }
  x = b.op('reshape', [x], {}, [elements(b.tensors[x]!.shape)]);
  if (below(3) === 0) x = batchNorm(b, source, x);
  x = randomDense(b, source, x, 1 + below(6));
  return b.graph(below(3) === 0 ? x : b.op('softmax', [x]));
}

function randomDense(b: Builder, source: Random, x: number, outputs: number): number {
  const inputs = b.tensors[x]!.shape[0]!;
  const weights = b.constant([outputs, inputs], noise(source, outputs * inputs, 2 / Math.sqrt(inputs)));
  const bias = b.constant([outputs], noise(source, outputs));
  return b.op('dense', [x, weights, bias]);
}

function batchNorm(b: Builder, source: Random, x: number): number {
  const channels = b.tensors[x]!.shape.at(-1)!;
  const constants = [1, 0.5, 0.5].map((size) => b.constant([channels], noise(source, channels, size)));
  const variance = b.constant(
    [channels],
    noise(source, channels, 0.4).map((v) => v + 0.6),
  );
  return b.op('batchNorm', [x, ...constants, variance], { epsilon: 1e-3 });
}

function randomWindow({ below, pick }: Random, shape: readonly number[]) {
  const padding = pick(['same', 'valid'] as const);
  const sides = [shape[0]!, shape[1]!].map((size) => {
    const dilation = 1 + (below(4) === 0 ? 1 : 0);
    const largest = padding === 'same' ? 4 : Math.max(1, Math.floor((size - 1) / dilation) + 1);
    return { dilation, stride: 1 + below(2), kernel: 1 + below(Math.min(4, largest)) };
  });
  const pair = (key: 'dilation' | 'stride' | 'kernel') => [sides[0]![key], sides[1]![key]] as [number, number];
  return { padding, kernel: pair('kernel'), strides: pair('stride'), dilations: pair('dilation') };
}

function randomOp(b: Builder, source: Random, x: number, seen: readonly number[]): number {
  const { below, pick } = source;
  const { shape } = b.tensors[x]!;
  const channels = shape[2]!;
  const activation = pick(['none', 'none', 'relu', 'relu6'] as const);
  const { kernel, padding, strides, dilations } = randomWindow(source, shape);
  const area = kernel[0] * kernel[1];
  const kinds = [
    'conv2d',
    'depthwiseConv2d',
    'maxPool2d',
    'averagePool2d',
    'relu',
    'relu6',
    'add',
    'batchNorm',
    'softmax',
  ];
  switch (pick(kinds)) {
    case 'conv2d': {
      const outputs = 1 + below(5);
      const fanIn = area * channels;
      const weights = b.constant([outputs, ...kernel, channels], noise(source, outputs * fanIn, 2 / Math.sqrt(fanIn)));
      const bias = b.constant([outputs], noise(source, outputs));
      return b.op('conv2d', [x, weights, bias], { padding, strides, dilations, activation });
    }
    case 'depthwiseConv2d': {
      const outputs = channels * (1 + below(2));
      const weights = b.constant([1, ...kernel, outputs], noise(source, area * outputs, 2 / Math.sqrt(area)));
      const bias = b.constant([outputs], noise(source, outputs));
      return b.op('depthwiseConv2d', [x, weights, bias], { padding, strides, dilations, activation });
    }
    case 'maxPool2d':
    case 'averagePool2d': {
      const pool = kernel.map((size, i) => Math.min(size, shape[i]!)) as [number, number];
      return b.op(pick(['maxPool2d', 'averagePool2d'] as const), [x], { padding, strides, pool, activation });
    }
    case 'add': {
      const partners = seen.filter((i) => b.tensors[i]!.shape.join() === shape.join());
      return b.op('add', [x, pick(partners)], { activation });
    }
    case 'batchNorm':
      return batchNorm(b, source, x);
    case 'softmax':
      return b.op('softmax', [x]);
    case 'relu':
      return b.op('relu', [x]);
    default:
      return b.op('relu6', [x]);
  }
}

/** Feature vectors for a network. */
export function randomRows(graph: Graph, count: number, seed = 1): Float32Array[] {
  const source = random(seed);
  return Array.from({ length: count }, () => noise(source, elements(graph.tensors[graph.input]!.shape), 2));
}
