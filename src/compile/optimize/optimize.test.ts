import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { checkGraph } from '../check.js';
import type { Graph, Padding, Tensor } from '../graph.js';
import { interpret, interpreter } from '../interpret/interpreter.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { readTflite } from '../tflite/read.js';
import { optimize } from './optimize.js';

const source = random(3);

function convolution(b: Builder, x: number, channels: number): number {
  const inputs = b.tensors[x]!.shape[2]!;
  const weights = b.constant([channels, 1, 3, inputs], noise(source, channels * 3 * inputs));
  return b.op('conv2d', [x, weights, b.constant([channels], noise(source, channels))], { padding: 'same' });
}

/** Batch normalisation with constants, and the formula itself for one value. */
function normalisation(b: Builder, x: number) {
  const channels = b.tensors[x]!.shape.at(-1)!;
  const [gamma, beta, mean] = [1, 1, 1].map(() => noise(source, channels)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const variance = noise(source, channels).map((v) => v * v + 0.1);
  const constants = [gamma, beta, mean, variance].map((data) => b.constant([channels], data));
  const output = b.op('batchNorm', [x, ...constants], { epsilon: 0.01 });
  const formula = (value: number, c: number): number =>
    (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + 0.01) + beta[c]!;
  return { output, formula };
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i]!)));
  });
}

describe('optimize', () => {
  for (const kind of ['conv2d', 'depthwiseConv2d', 'dense'] as const) {
    it(`folds a batch normalisation and a relu6 into ${kind}`, () => {
      const make = (b: Builder): number => {
        if (kind === 'conv2d') return convolution(b, 0, 5);
        const bias = b.constant([6], noise(random(1), 6));
        if (kind === 'dense') return b.op('dense', [0, b.constant([6, 9], noise(random(2), 54)), bias]);
        return b.op(kind, [0, b.constant([1, 1, 2, 6], noise(random(2), 12)), bias]);
      };
      const b = new Builder(kind === 'dense' ? [9] : [1, 7, 3]);
      const x = make(b);
      const plain = b.graph(x);
      const { output, formula } = normalisation(b, x);
      const graph = optimize(b.graph(b.op('relu6', [output])));
      expect(graph.ops.map((op) => [op.kind, op.attributes.activation])).toEqual([[kind, 'relu6']]);
      const channels = graph.tensors[graph.output]!.shape.at(-1)!;
      for (const row of randomRows(graph, 5)) {
        const before = interpreter({ ...plain, ops: plain.ops.slice(0, 1) })(row);
        const expected = [...before].map((value, i) => Math.min(6, Math.max(0, formula(value, i % channels))));
        expectClose(interpreter(graph)(row), expected);
      }
    });
  }

  it.each([[[1, 5, 4]], [[3, 2, 4]], [[4]]])('keeps a batch normalisation that has no producer, over %j', (shape) => {
    const b = new Builder(shape);
    const { output, formula } = normalisation(b, 0);
    const graph = optimize(b.graph(b.op('relu', [output])));
    const [row] = randomRows(graph, 1);
    const expected = [...row!].map((value, i) => Math.max(0, formula(value, i % 4)));
    expectClose(interpreter(graph)(row!), expected);
    expect(graph.ops.map((op) => op.kind)).toContain('depthwiseConv2d');
  });

  it('does not fold past an activation, nor into a producer with other readers', () => {
    const b = new Builder([1, 6, 3]);
    const x = convolution(b, 0, 3);
    const r = b.op('relu', [x]);
    const { output } = normalisation(b, r);
    const graph = optimize(b.graph(b.op('add', [output, r])));
    expect(graph.ops.map((op) => op.kind)).toEqual(['conv2d', 'depthwiseConv2d', 'add']);
    expect(graph.ops[0]!.attributes.activation).toBe('relu');
  });

  it('drops reshapes that change nothing, chains of them, and what nobody reads', () => {
    const b = new Builder([12]);
    const unused = b.op('reshape', [0], {}, [2, 6]);
    b.op('relu', [unused]);
    const chain = b.op('reshape', [b.op('reshape', [0], {}, [1, 12])], {}, [12]);
    const dense = b.op('dense', [chain, b.constant([2, 12], noise(source, 24)), b.constant([2], noise(source, 2))]);
    const graph = optimize(b.graph(dense));
    expect(graph.ops.map((op) => op.kind)).toEqual(['dense']);
    expect(graph.tensors.length).toBe(4);
  });

  it('leaves what random networks compute unchanged, and optimised networks as they are', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const graph = randomGraph(seed);
      const optimised = optimize(graph);
      checkGraph(optimised);
      expect(optimize(optimised)).toEqual(optimised);
      // Without batch normalisation the original runs as it is.
      if (graph.ops.some((op) => op.kind === 'batchNorm')) continue;
      for (const row of randomRows(graph, 2, seed)) {
        expectClose(interpreter(optimised)(row), [...interpreter(graph)(row)]);
      }
    }
  });

  /** A network whose middle `make` builds behind a convolution of `channels` channels; float and quantised. */
  function around(make: (b: Builder, x: number) => number, shape = [6, 5, 3]) {
    const b = new Builder(shape);
    const float = b.graph(make(b, 0));
    return { float, int8: quantize(float, calibrate(float, randomRows(float, 4))) };
  }

  function kinds(graph: Graph) {
    return optimize(graph).ops.map((op) => op.kind);
  }

  function expectSame(graph: Graph): void {
    const optimised = optimize(graph);
    for (const row of randomRows(graph, 3)) {
      const [actual, expected] = [interpret(optimised, row), interpret(graph, row)];
      if (actual instanceof Int8Array) expect([...actual]).toEqual([...expected]);
      else expectClose(actual as Float32Array, [...expected]);
    }
  }

  it('lets convolutions take over the zeros before them', () => {
    const pads = [2, 1, 0, 2] as const;
    const make = (padding: Padding) => (b: Builder, x: number) => {
      const inputs = [
        b.op('pad', [x], { pads }),
        b.constant([4, 3, 3, 3], noise(source, 108)),
        b.constant([4], noise(source, 4)),
      ];
      return b.op('conv2d', inputs, { padding, strides: [2, 1] });
    };
    const { float, int8 } = around(make('valid'));
    for (const graph of [float, int8]) {
      const [conv] = optimize(graph).ops;
      expect(conv!.attributes.padding).toEqual({ top: 2, bottom: 1, left: 0, right: 2 });
      expect(kinds(graph)).toEqual(['conv2d']);
      expectSame(graph);
    }
    // 3 rows that a padding of 3 would leave: more than the window spans.
    expect(kinds(around(make('same')).float)).toEqual(['pad', 'conv2d']);
  });

  it('calls a padding by its name where it has one', () => {
    const { float } = around((b, x) => {
      const padded = b.op('pad', [x], { pads: [0, 1, 1, 1] });
      const inputs = [padded, b.constant([1, 3, 3, 3], noise(source, 27)), b.constant([3], noise(source, 3))];
      return b.op('depthwiseConv2d', inputs, { strides: [2, 1] });
    });
    expect(optimize(float).ops.map((op) => op.attributes.padding)).toEqual(['same']);
    expectSame(float);
  });

  it('lets max-pooling take over zeros only behind a relu, and average-pooling never', () => {
    const pool = (kind: 'maxPool2d' | 'averagePool2d', relu: boolean) =>
      around((b, x) => {
        const padded = b.op('pad', [relu ? b.op('relu', [x]) : x], { pads: [1, 0, 1, 1] });
        return b.op(kind, [padded], { pool: [2, 3], strides: [2, 2] });
      });
    expect(kinds(pool('maxPool2d', true).float)).toEqual(['relu', 'maxPool2d']);
    expect(kinds(pool('maxPool2d', false).float)).toEqual(['pad', 'maxPool2d']);
    expect(kinds(pool('averagePool2d', true).float)).toEqual(['relu', 'pad', 'averagePool2d']);
    const { float, int8 } = pool('maxPool2d', true);
    expectSame(float);
    expectSame(int8);
  });

  it('fuses activations of int8 networks where producer and activation are stored alike', () => {
    const { float, int8 } = around((b, x) => b.op('relu6', [b.op('add', [x, b.op('maxPool2d', [x])])]));
    const sum = int8.ops.find((op) => op.kind === 'add')!;
    const relu = int8.ops.find((op) => op.kind === 'relu6')!;
    expect(kinds(float)).toEqual(['add']);
    expect(kinds(int8)).toEqual(['add', 'relu6']);
    const { quantization } = int8.tensors[relu.output]!;
    const alike = {
      ...int8,
      tensors: int8.tensors.with(sum.output, { ...int8.tensors[sum.output]!, quantization: quantization! }),
    };
    expect(kinds(alike)).toEqual(['add']);
    expect(optimize(alike).ops[0]!.attributes.activation).toBe('relu6');
    expectSame(alike);
  });

  it('folds sums and products with constants per channel into the weights before them', () => {
    const { float } = around((b, x) => {
      const scaled = b.op('mul', [convolution(b, x, 4), b.constant([4], noise(source, 4))]);
      const shifted = b.op('sub', [b.constant([1], noise(source, 1)), scaled]);
      return b.op('add', [shifted, b.constant([1, 1, 4], noise(source, 4))], { activation: 'relu' });
    });
    expect(optimize(float).ops.map((op) => [op.kind, op.attributes.activation])).toEqual([['conv2d', 'relu']]);
    expectSame(float);
    const spread = around((b, x) => b.op('mul', [convolution(b, x, 4), b.constant([6, 5, 1], noise(source, 30))]));
    expect(kinds(spread.float)).toEqual(['conv2d', 'mul']);
  });

  it('sees through the wrappers of one-dimensional convolutions', () => {
    const { float, int8 } = around(
      (b, x) => {
        const conv = convolution(b, b.op('reshape', [x], {}, [1, 10, 3]), 4);
        const squeezed = b.op('reshape', [conv], {}, [10, 4]);
        const relu = b.op('relu', [b.op('mul', [squeezed, b.constant([4], noise(source, 4))])]);
        return convolution(b, b.op('reshape', [relu], {}, [1, 10, 4]), 2);
      },
      [10, 3],
    );
    expect(kinds(float)).toEqual(['reshape', 'conv2d', 'conv2d']);
    expectSame(float);
    expectSame(int8);
  });

  it('drops operators that change nothing', () => {
    const { float, int8 } = around((b, x) => {
      const moved = b.op('transpose', [b.op('reshape', [x], {}, [1, 30, 3])], { perm: [1, 0, 2] });
      const same = b.op('pad', [b.op('maxPool2d', [moved])], { pads: [0, 0, 0, 0] });
      const whole = b.op('stridedSlice', [same], { slice: { begin: [0, 0, 0], end: [30, 1, 3], strides: [1, 1, 1] } });
      return b.op('softmax', [b.op('reshape', [b.op('concat', [whole], { axis: 0 })], {}, [6, 5, 3])]);
    });
    expect(kinds(float)).toEqual(['softmax']);
    expect(kinds(int8)).toEqual(['softmax']);
    expectSame(int8);
  });

  it('drops conversions that cancel out, and makes others one if the bits stay', () => {
    const stored = (scale: number, zeroPoint: number): Tensor => ({
      name: 'stored',
      shape: [4],
      dtype: 'int8',
      quantization: { scales: Float32Array.of(scale), zeroPoint },
    });
    const make = (to: Tensor): Graph => ({
      tensors: [
        stored(0.1, 3),
        { name: 'real', shape: [4], dtype: 'f32' },
        to,
        { ...to, quantization: { scales: Float32Array.of(1 / 256), zeroPoint: -128 } },
      ],
      ops: [
        { kind: 'dequantize', name: 'a', inputs: [0], output: 1, attributes: {} },
        { kind: 'quantize', name: 'b', inputs: [1], output: 2, attributes: {} },
        { kind: 'softmax', name: 'c', inputs: [2], output: 3, attributes: {} },
      ],
      input: 0,
      output: 3,
    });
    expect(kinds(make(stored(0.1, 3)))).toEqual(['softmax']);
    expect(kinds(make(stored(0.05, -7)))).toEqual(['quantize', 'softmax']);
    for (const scale of [0.1, 0.2347, 0.2, 0.05]) expectSame(make(stored(scale, 3)));
  });

  it('computes what depends on constants alone', () => {
    const b = new Builder([4]);
    const doubled = b.op('mul', [b.constant([4], noise(source, 4)), b.constant([1], Float32Array.of(2))]);
    const graph = b.graph(b.op('add', [0, b.op('relu', [doubled])]));
    const optimised = optimize(graph);
    expect(optimised.ops.map((op) => op.kind)).toEqual(['add']);
    const [row] = randomRows(graph, 1);
    const constant = graph.tensors[1]!.data!;
    expectClose(
      interpreter(optimised)(row!),
      [...row!].map((x, i) => x + Math.max(0, 2 * constant[i]!)),
    );
  });

  it('keeps the bits of random int8 networks', () => {
    let shorter = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const graph = randomGraph(seed);
      if (graph.ops.some((op) => op.kind === 'batchNorm')) continue;
      const int8 = quantize(graph, calibrate(graph, randomRows(graph, 2, seed)));
      const optimised = optimize(int8);
      if (optimised.ops.length < int8.ops.length) shorter++;
      for (const row of randomRows(graph, 2, seed)) {
        expect([...interpret(optimised, row)]).toEqual([...interpret(int8, row)]);
      }
    }
    expect(shorter).toBeGreaterThan(4);
  });
});

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

describe.skipIf(!existsSync(models))('optimize on the models of MLPerf Tiny', () => {
  it.each(['kws_int8', 'ic_int8', 'vww_int8', 'ad_int8', 'strww_int8'])('%s keeps its bits', (model) => {
    const graph = readTflite(readFileSync(`${models}${model}.tflite`));
    const inputs = new Int8Array(readFileSync(`${models}${model}/inputs.bin`));
    const outputs = new Int8Array(readFileSync(`${models}${model}/outputs.bin`));
    const optimised = optimize(graph);
    const size = graph.tensors[graph.input]!.shape.reduce((n, d) => n * d, 1);
    for (let i = 0; i < 2; i++) {
      const output = interpret(optimised, inputs.subarray(i * size, (i + 1) * size));
      expect([...output]).toEqual([...outputs.subarray(i * output.length, (i + 1) * output.length)]);
    }
  });
});
