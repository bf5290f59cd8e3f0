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

/** A network of up to `depth` random operators with random geometry and branches, ending in a dense layer or softmax. */
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
    // Now and then a branch starts at an earlier value.
    x = randomOp(b, source, below(5) === 0 ? pick(seen) : x, seen);
    seen.push(x);
  }
  x = below(4) === 0 ? b.op('mean', [x]) : b.op('reshape', [x], {}, [elements(b.tensors[x]!.shape)]);
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

type Shape = readonly [number, number, number];
type Make = (b: Builder, source: Random, x: number, seen: readonly number[]) => number;

const shapeOf = (b: Builder, x: number): Shape => b.tensors[x]!.shape as Shape;
const randomActivation = ({ pick }: Random) => pick(['none', 'none', 'relu', 'relu6'] as const);

function randomWindow({ below, pick }: Random, shape: Shape) {
  const padding = pick(['same', 'valid'] as const);
  const sides = [shape[0], shape[1]].map((size) => {
    const dilation = 1 + (below(4) === 0 ? 1 : 0);
    const largest = padding === 'same' ? 4 : Math.max(1, Math.floor((size - 1) / dilation) + 1);
    return { dilation, stride: 1 + below(2), kernel: 1 + below(Math.min(4, largest)) };
  });
  const pair = (key: 'dilation' | 'stride' | 'kernel') => [sides[0]![key], sides[1]![key]] as [number, number];
  return { padding, kernel: pair('kernel'), strides: pair('stride'), dilations: pair('dilation') };
}

function randomConv(b: Builder, source: Random, x: number): number {
  const shape = shapeOf(b, x);
  const { kernel, ...geometry } = randomWindow(source, shape);
  const outputs = 1 + source.below(5);
  const fanIn = kernel[0] * kernel[1] * shape[2];
  const weights = b.constant([outputs, ...kernel, shape[2]], noise(source, outputs * fanIn, 2 / Math.sqrt(fanIn)));
  const bias = b.constant([outputs], noise(source, outputs));
  return b.op('conv2d', [x, weights, bias], { ...geometry, activation: randomActivation(source) });
}

function randomDepthwise(b: Builder, source: Random, x: number): number {
  const shape = shapeOf(b, x);
  const { kernel, ...geometry } = randomWindow(source, shape);
  const area = kernel[0] * kernel[1];
  const outputs = shape[2] * (1 + source.below(2));
  const weights = b.constant([1, ...kernel, outputs], noise(source, area * outputs, 2 / Math.sqrt(area)));
  const bias = b.constant([outputs], noise(source, outputs));
  return b.op('depthwiseConv2d', [x, weights, bias], { ...geometry, activation: randomActivation(source) });
}

function randomPool(b: Builder, source: Random, x: number): number {
  const shape = shapeOf(b, x);
  const { kernel, padding, strides } = randomWindow(source, shape);
  const pool = kernel.map((size, i) => Math.min(size, shape[i]!)) as [number, number];
  const kind = source.pick(['maxPool2d', 'averagePool2d'] as const);
  return b.op(kind, [x], { padding, strides, pool, activation: randomActivation(source) });
}

/** x with a value of the same shape, a mean of its channels, or a constant that repeats itself, in any order. */
function randomElementwise(b: Builder, source: Random, x: number, seen: readonly number[]): number {
  const { pick, below } = source;
  const [height, width, channels] = shapeOf(b, x);
  const partner = (): number => {
    const same = seen.filter((i) => b.tensors[i]!.shape.join() === b.tensors[x]!.shape.join());
    if (below(2) === 0) return pick([...same, x]);
    if (below(3) === 0) return b.op('logistic', [b.op('mean', [x], { keepDims: true })]);
    const shape = pick([
      [],
      [channels],
      [1, 1, channels],
      [height, width, 1],
      [1, width, 1],
      [height, width, channels],
    ]);
    return b.constant(shape, noise(source, elements(shape)));
  };
  const operands = [x, partner()];
  const kind = pick(['add', 'add', 'sub', 'mul'] as const);
  return b.op(kind, below(2) === 0 ? operands : operands.reverse(), { activation: randomActivation(source) });
}

function randomUnary(b: Builder, { pick, uniform }: Random, x: number): number {
  const kind = pick(['relu', 'relu6', 'leakyRelu', 'hardSwish', 'logistic', 'tanh', 'softmax'] as const);
  return b.op(kind, [x], kind === 'leakyRelu' ? { alpha: uniform() / 2 } : {});
}

function randomConcat(b: Builder, { pick, below }: Random, x: number, seen: readonly number[]): number {
  const axis = below(3);
  const rest = (i: number): string => shapeOf(b, i).with(axis, 0).join();
  const partners = [x, ...seen.filter((i) => rest(i) === rest(x))];
  return b.op('concat', [x, ...Array.from({ length: 1 + below(3) }, () => pick(partners))], { axis });
}

function randomSlice(b: Builder, { pick, below }: Random, x: number): number {
  const parts = shapeOf(b, x).map((size) => {
    const [low, length] = [below(Math.ceil(size / 2)), 1 + below(Math.ceil(size / 2))];
    const [first, last] = [low, Math.min(size, low + length)];
    const step = pick([1, 1, 2, 3]);
    const backwards = below(4) === 0;
    return backwards ? { begin: last - 1, end: first - 1, step: -step } : { begin: first, end: last, step };
  });
  const slice = {
    begin: parts.map((p) => p.begin),
    end: parts.map((p) => p.end),
    strides: parts.map((p) => p.step),
  };
  return b.op('stridedSlice', [x], { slice });
}

const MAKERS: readonly Make[] = [
  randomConv,
  randomConv,
  randomDepthwise,
  randomPool,
  randomPool,
  randomElementwise,
  randomElementwise,
  randomUnary,
  randomUnary,
  randomConcat,
  randomSlice,
  batchNorm,
  (b, { below }, x) => b.op('pad', [x], { pads: [below(3), below(3), below(3), below(3)] }),
  (b, { pick }, x) =>
    b.op('transpose', [x], {
      perm: pick([
        [1, 0, 2],
        [0, 2, 1],
        [2, 0, 1],
        [2, 1, 0],
      ]),
    }),
  (b, { pick, below }, x) => {
    const size = [1 + below(9), 1 + below(9)] as const;
    return b.op('resizeNearest', [x], { size, ...pick([{}, { alignCorners: true }, { halfPixelCenters: true }]) });
  },
  (b, _source, x) => b.op('mean', [x], { keepDims: true }),
];

/** Keeps concatenation from growing without end. */
const MAX_ELEMENTS = 1500;

function randomOp(b: Builder, source: Random, x: number, seen: readonly number[]): number {
  const small = elements(shapeOf(b, x)) <= MAX_ELEMENTS;
  return source.pick(small ? MAKERS : [randomConv, randomSlice])(b, source, x, seen);
}

/** Feature vectors for a network. */
export function randomRows(graph: Graph, count: number, seed = 1): Float32Array[] {
  const source = random(seed);
  return Array.from({ length: count }, () => noise(source, elements(graph.tensors[graph.input]!.shape), 2));
}
