import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import { checkGraph } from './check.js';
import { interpreter } from './interpreter.js';
import { optimize } from './optimize.js';
import { Builder, noise, randomGraph, randomRows } from './testing/random-graph.js';

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
});
