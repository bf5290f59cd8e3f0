import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { checkGraph, definitionOf, nodeOf } from '../check.js';
import type { Attributes, Graph, OpKind, Tensor } from '../graph.js';
import { interpret } from '../interpret/interpreter.js';
import { channelOf, elements } from '../op.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { quantizationReport } from '../quantize/report.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { readTflite } from '../tflite/read.js';
import { dropChannels } from './channels.js';
import { optimize } from './optimize.js';

const SCALE = 0.05;
const ZERO = -10;

/** An int8 network, operator by operator, with weights of its own making. */
class Stored {
  readonly graph = { tensors: [] as Tensor[], ops: [] as Graph['ops'][number][] };
  private readonly source = random(5);

  constructor(shape: readonly number[]) {
    this.tensor(shape);
  }

  private tensor(shape: readonly number[], quantization = { scales: Float32Array.of(SCALE), zeroPoint: ZERO }): number {
    return this.graph.tensors.push({ name: 'values', shape, dtype: 'int8', quantization }) - 1;
  }

  /** Weights whose rows in `zeros` and columns in `dead` are 0; the bias of row `c` is `bias(c)`. */
  private constants(shape: readonly number[], axis: number, w: Weights): number[] {
    const { zeros = [], dead = [], bias = () => 0 } = w;
    const row = channelOf(shape, axis);
    const channels = shape[axis]!;
    const scales = Float32Array.from({ length: channels }, (_, c) => 0.01 + 0.001 * c);
    const none = (i: number) => zeros.includes(row(i)) || (axis === 0 && dead.includes(i % shape.at(-1)!));
    const data = Int8Array.from({ length: elements(shape) }, (_, i) =>
      none(i) ? 0 : this.source.below(101) - 50 || 7,
    );
    const at = this.graph.tensors.push({
      name: 'weights',
      shape,
      dtype: 'int8',
      data,
      quantization: { scales, zeroPoint: 0, axis },
    });
    const offset = Int32Array.from({ length: channels }, (_, c) => bias(c));
    this.graph.tensors.push({ name: 'bias', shape: [channels], dtype: 'int32', data: offset });
    return [at - 1, at];
  }

  op(kind: OpKind, inputs: readonly number[], attributes: Attributes = {}, shape: readonly number[] = []): number {
    const output = this.tensor(shape);
    const op = { kind, name: `${kind} ${output}`, inputs, output, attributes };
    const actual = definitionOf(op).shape(nodeOf({ ...this.graph, input: 0, output }, op));
    this.graph.tensors[output] = { ...this.graph.tensors[output]!, shape: actual };
    this.graph.ops.push(op);
    return output;
  }

  conv(x: number, channels: number, w: Weights, attributes: Attributes = {}, kernel = [1, 1]): number {
    const shape = [channels, ...kernel, this.graph.tensors[x]!.shape[2]!];
    return this.op('conv2d', [x, ...this.constants(shape, 0, w)], attributes);
  }

  depthwise(x: number, multiplier: number, w: Weights, attributes: Attributes = {}): number {
    const shape = [1, 3, 3, this.graph.tensors[x]!.shape[2]! * multiplier];
    return this.op('depthwiseConv2d', [x, ...this.constants(shape, 3, w)], attributes);
  }

  dense(x: number, outputs: number, w: Weights = {}): number {
    const shape = [outputs, this.graph.tensors[x]!.shape[0]!];
    return this.op('dense', [x, ...this.constants(shape, 0, w)]);
  }

  finish(output: number): Graph {
    return { ...this.graph, input: 0, output };
  }
}

interface Weights {
  readonly zeros?: readonly number[];
  readonly dead?: readonly number[];
  readonly bias?: (channel: number) => number;
}

/** Checks that the bits stay and returns the shapes that the operators' outputs then have. */
function shapesAfter(graph: Graph): string[] {
  const after = dropChannels(graph);
  checkGraph(after);
  expect(dropChannels(after)).toEqual(after);
  for (const row of randomRows(graph, 4)) expect([...interpret(after, row)]).toEqual([...interpret(graph, row)]);
  return after.ops.map((op) => after.tensors[op.output]!.shape.join('x'));
}

describe('dropChannels', () => {
  /** Biases that leave a constant channel away from the zero point, and those that leave it there. */
  const away = (c: number): number => 900 + 100 * c;
  const atZero = (): number => 0;
  const zeros = [1, 4];
  const same: Attributes = { padding: 'same' };

  it('moves constant channels into the bias of a pointwise convolution', () => {
    const net = new Stored([4, 5, 3]);
    const x = net.conv(0, 6, { zeros, bias: away });
    expect(shapesAfter(net.finish(net.conv(x, 5, { bias: away })))).toEqual(['4x5x4', '4x5x5']);
  });

  it.each([
    ['away from the zero point, padded', away, same, 6],
    ['away from the zero point, not padded', away, {}, 4],
    ['at the zero point, padded', atZero, same, 4],
  ])('larger windows over a constant %s', (_, bias, attributes, channels) => {
    const net = new Stored([4, 5, 3]);
    const x = net.conv(0, 6, { zeros, bias });
    const graph = net.finish(net.conv(x, 5, {}, attributes, [3, 3]));
    expect(shapesAfter(graph)[0]).toBe(`4x5x${channels}`);
  });

  it.each([
    ['away from the zero point, padded', away, same, 6, 1],
    ['away from the zero point, not padded', away, {}, 4, 1],
    ['at the zero point, padded', atZero, same, 4, 2],
  ])('follows a constant %s through a depthwise convolution', (_, bias, attributes, channels, multiplier) => {
    const net = new Stored([4, 5, 3]);
    const x = net.conv(0, 6, { zeros, bias });
    const between = net.depthwise(x, multiplier, { bias: away }, attributes);
    const shapes = shapesAfter(net.finish(net.conv(between, 5, {})));
    expect(shapes[0]).toBe(`4x5x${channels}`);
    expect(shapes[1]!.split('x')[2]).toBe(`${channels * multiplier}`);
  });

  it('keeps all filters of a channel of which one reads something', () => {
    const net = new Stored([4, 5, 3]);
    const x = net.depthwise(net.conv(0, 4, {}), 2, { zeros: [2, 3, 5] });
    expect(shapesAfter(net.finish(net.conv(x, 5, {})))).toEqual(['4x5x3', '2x3x6', '2x3x5']);
  });

  it('follows constants through pools, tables, means, resized and flattened planes', () => {
    const net = new Stored([6, 6, 3]);
    let x = net.conv(0, 6, { zeros, bias: away });
    x = net.op('averagePool2d', [x], { pool: [2, 3], strides: [1, 1], padding: 'same' });
    x = net.op('maxPool2d', [net.op('hardSwish', [x])], { pool: [2, 2], strides: [2, 2] });
    x = net.op('resizeNearest', [net.op('add', [x, x])], { size: [4, 2] });
    const flat = net.op('reshape', [x], {}, [48]);
    const shapes = shapesAfter(net.finish(net.dense(flat, 3)));
    expect(shapes.slice(-2)).toEqual(['32', '3']);
    const mean = new Stored([6, 6, 3]);
    x = mean.op('mean', [mean.conv(0, 6, { zeros, bias: away })]);
    expect(shapesAfter(mean.finish(mean.dense(x, 3)))).toEqual(['6x6x4', '4', '3']);
  });

  it('drops what all readers weight by 0, and what only that needs', () => {
    const net = new Stored([4, 5, 3]);
    const first = net.conv(0, 7, {});
    const second = net.conv(first, 6, {});
    const third = net.conv(second, 5, { dead: [0, 3] });
    expect(shapesAfter(net.finish(net.conv(third, 2, { dead: [0, 1, 2] })))).toEqual([
      '4x5x7',
      '4x5x4',
      '4x5x2',
      '4x5x2',
    ]);
    const wide = new Stored([4, 5, 3]);
    const both = wide.conv(0, 7, {});
    const sum = wide.op('add', [wide.conv(both, 4, { dead: [0] }), wide.conv(both, 4, { dead: [0, 1] })]);
    expect(shapesAfter(wide.finish(wide.conv(sum, 2, { dead: [2] })))).toEqual([
      '4x5x6',
      '4x5x3',
      '4x5x3',
      '4x5x3',
      '4x5x2',
    ]);
  });

  it('makes constant what has constant inputs only', () => {
    const net = new Stored([4, 5, 3]);
    const x = net.conv(0, 6, { zeros: [0, 1, 2, 3], bias: away });
    const next = net.conv(x, 5, { dead: [4, 5] });
    // All five are constant; two stay.
    expect(shapesAfter(net.finish(net.conv(next, 3, {})))).toEqual(['4x5x2', '4x5x2', '4x5x3']);
  });

  it('drops from both sides of a sum, or from none', () => {
    const sum = (left: readonly number[], right: readonly number[]) => {
      const net = new Stored([4, 5, 3]);
      const [a, b] = [left, right].map((rows) => net.conv(0, 6, { zeros: rows, bias: away }));
      return shapesAfter(net.finish(net.conv(net.op('add', [a!, b!]), 2, {})));
    };
    expect(sum([1, 4], [4, 5])).toEqual(['4x5x5', '4x5x5', '4x5x5', '4x5x2']);
    expect(sum([1], [4])).toEqual(['4x5x6', '4x5x6', '4x5x6', '4x5x2']);
  });

  it('leaves the channels around operators that it knows nothing of', () => {
    const net = new Stored([4, 5, 3]);
    const x = net.conv(0, 6, { zeros, bias: away });
    const joined = net.op('concat', [x, net.conv(0, 2, {})], { axis: 2 });
    expect(shapesAfter(net.finish(net.conv(joined, 2, {})))).toEqual(['4x5x6', '4x5x2', '4x5x8', '4x5x2']);
    const split = new Stored([4, 5, 3]);
    const halves = split.op('reshape', [split.conv(0, 6, { zeros, bias: away })], {}, [4, 10, 3]);
    expect(shapesAfter(split.finish(split.conv(halves, 2, {})))).toEqual(['4x5x6', '4x10x3', '4x10x2']);
  });

  it('refuses to move more into a bias than it holds', () => {
    const net = new Stored([1, 1, 3]);
    const x = net.conv(0, 6, { zeros, bias: away });
    expect(shapesAfter(net.finish(net.conv(x, 2, { bias: () => 2 ** 31 - 100 })))).toEqual(['1x1x6', '1x1x2']);
  });

  it('keeps the output, and two channels of everything else', () => {
    const net = new Stored([4]);
    const x = net.dense(0, 5, { zeros: [0, 1, 2, 3, 4], bias: away });
    expect(shapesAfter(net.finish(net.dense(x, 3, { zeros: [0, 1] })))).toEqual(['2', '3']);
  });

  it('leaves float networks alone, whose weights are 0 before training', () => {
    const graph = randomGraph(4);
    const tensors = graph.tensors.map((t) => (t.data ? { ...t, data: t.data.map(() => 0) } : t));
    const untrained = { ...graph, tensors };
    expect(dropChannels(untrained)).toBe(untrained);
  });

  it('keeps the bits of random chains of convolutions', () => {
    let narrower = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const graph = randomChain(seed);
      const shapes = graph.ops.map((op) => graph.tensors[op.output]!.shape.join('x'));
      if (shapesAfter(graph).join() !== shapes.join()) narrower++;
    }
    expect(narrower).toBeGreaterThan(90);
  });

  it('keeps the bits of random networks with rows and columns of zeros', () => {
    let narrower = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const float = optimize(randomGraph(seed, 6));
      const int8 = quantize(float, calibrate(float, randomRows(float, 2, seed)));
      const graph = optimize(withZeros(int8, seed));
      const reference = withZeros(int8, seed);
      if (sizeOf(graph) < sizeOf(optimize(int8))) narrower++;
      for (const row of randomRows(float, 3, seed)) {
        expect([...interpret(graph, row)], `seed ${seed}`).toEqual([...interpret(reference, row)]);
      }
    }
    expect(narrower).toBeGreaterThan(12);
  });
});

/** Convolutions with few weights that are not 0, and what stands between them; some values have two readers. */
function randomChain(seed: number): Graph {
  const { below, pick } = random(seed);
  const net = new Stored([5, 6, 3]);
  const some = (): number[] => Array.from({ length: 12 }, (_, c) => c).filter(() => below(3) === 0);
  const weights = (): Weights => {
    const factor = pick([0, 300, 3000]);
    return { zeros: some(), dead: some(), bias: (c) => (c % 2) * factor * (below(5) - 2) };
  };
  const window = (): Attributes => ({ padding: 'same', strides: [1, 1 + below(2)] });
  const conv = (x: number): number => net.conv(x, 4 + below(6), weights(), {}, [1, 1]);
  const makers: readonly ((x: number) => number)[] = [
    conv,
    conv,
    (x) => net.conv(x, 4 + below(6), weights(), { ...window(), activation: 'relu' }, [3, 2]),
    (x) => net.depthwise(x, 1 + below(2), weights(), window()),
    (x) => net.op('averagePool2d', [x], { ...window(), pool: [2, 2] }),
    (x) => net.op('hardSwish', [x]),
    (x) => net.op('add', [x, net.conv(x, net.graph.tensors[x]!.shape[2]!, weights())]),
    (x) => net.op('pad', [x], { pads: [0, 1, 1, 0] }),
  ];
  let x = conv(0);
  for (let step = 2 + below(6); step > 0; step--) x = pick(makers)(x);
  const flat = net.op('reshape', [x], {}, [elements(net.graph.tensors[x]!.shape)]);
  return net.finish(net.dense(net.dense(flat, 6, weights()), 4));
}

/** Bytes of all constants. */
function sizeOf(graph: Graph): number {
  return graph.tensors.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
}

/** Zeros in some of the rows and columns of all weights, and in some of the biases. */
function withZeros(graph: Graph, seed: number): Graph {
  const source = random(seed);
  const tensors = [...graph.tensors];
  for (const op of graph.ops) {
    const { channelAxis } = definitionOf(op);
    if (channelAxis === undefined) continue;
    const [weights, bias] = op.inputs.slice(1).map((i) => tensors[i]!) as [Tensor, Tensor];
    const row = channelOf(weights.shape, channelAxis);
    const some = () => Array.from({ length: Math.max(...weights.shape) }, () => source.below(3) === 0);
    const [rows, columns, biases] = [some(), some(), some()] as const;
    const dead = (i: number): boolean => channelAxis === 0 && columns[i % weights.shape.at(-1)!]!;
    tensors[op.inputs[1]!] = { ...weights, data: weights.data!.map((w, i) => (rows[row(i)] || dead(i) ? 0 : w)) };
    tensors[op.inputs[2]!] = { ...bias, data: bias.data!.map((b, c) => (biases[c] ? 0 : b)) };
  }
  return { ...graph, tensors };
}

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

describe('quantizationReport', () => {
  it('leaves out operators that lost channels', () => {
    const b = new Builder([5, 6, 3]);
    const pointwise = (x: number, rows: number, factor: (row: number) => number): number => {
      const columns = b.tensors[x]!.shape[2]!;
      const weights = noise(random(x), rows * columns).map((w, i) => w * factor(Math.floor(i / columns)));
      return b.op('conv2d', [
        x,
        b.constant([rows, 1, 1, columns], weights),
        b.constant([rows], noise(random(x), rows)),
      ]);
    };
    const float = b.graph(
      pointwise(
        pointwise(0, 4, (row) => row % 2),
        2,
        () => 1,
      ),
    );
    const rows = randomRows(float, 2);
    const int8 = optimize(quantize(float, calibrate(float, rows)));
    expect(int8.tensors[int8.ops[0]!.output]!.shape).toEqual([5, 6, 2]);
    const { layers } = quantizationReport(float, int8, rows);
    expect(layers.map(({ name }) => name)).toEqual([float.ops[1]!.name]);
    expect(layers[0]!.snrDb).toBeGreaterThan(20);
  });
});

describe.skipIf(!existsSync(models))('dropChannels on the models of MLPerf Tiny', () => {
  // The weights of the person detector are mostly those of constant channels.
  const narrowed = { vww_int8: 0.25, iclarge_int8: 0.92, kws_int8: 1, ic_int8: 1, ad_int8: 1, strww_int8: 1 };
  it.each(Object.entries(narrowed))('%s keeps its bits', (model, share) => {
    const graph = readTflite(readFileSync(`${models}${model}.tflite`));
    const narrow = optimize(graph);
    expect(sizeOf(narrow) / sizeOf(graph)).toBeLessThanOrEqual(share);
    const [inputs, outputs] = ['inputs', 'outputs'].map(
      (end) => new Int8Array(readFileSync(`${models}${model}/${end}.bin`)),
    ) as [Int8Array, Int8Array];
    const size = elements(graph.tensors[graph.input]!.shape);
    for (let i = 0; i < Math.min(4, inputs.length / size); i++) {
      const output = interpret(narrow, inputs.subarray(i * size, (i + 1) * size));
      expect([...output]).toEqual([...outputs.subarray(i * output.length, (i + 1) * output.length)]);
    }
  });
});
