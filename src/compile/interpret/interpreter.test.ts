import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { requantize } from '../arithmetic/fixed-point.js';
import type { Graph } from '../graph.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { bindNaive } from '../testing/naive.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { bindGraph, interpret, interpreter, loadInput } from './interpreter.js';
import { lower, packed, upper } from './lanes.js';
import { requantizer, storeInt8 } from './requantizer.js';

/** Compares every tensor with what the plain kernels compute, in units of the larger of 1 and the value. */
function expectLikeNaive(graph: Graph, tolerance: number): void {
  const [tiled, plain] = [bindGraph(graph), bindNaive(graph)];
  for (const row of randomRows(graph, 2)) {
    for (const { values, steps } of [tiled, plain]) {
      loadInput(graph, values[graph.input]!, row);
      for (const step of steps) step();
    }
    for (const { output } of graph.ops) {
      const [actual, expected] = [tiled.values[output]!, plain.values[output]!];
      const worst = Array.from(actual).reduce(
        (w, a, i) => Math.max(w, Math.abs(a - expected[i]!) / Math.max(1, Math.abs(a))),
        0,
      );
      expect(worst).toBeLessThanOrEqual(tolerance);
    }
  }
}

describe('tiled kernels', () => {
  it('give the bits of the plain ones in int8, and the same float32 values', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const graph = optimize(randomGraph(seed));
      expectLikeNaive(graph, 1e-6);
      expectLikeNaive(quantize(graph, calibrate(graph, randomRows(graph, 2, seed))), 0);
    }
  });

  it('keep their sums apart whatever the weights: one to a double where two could meet', () => {
    for (const inputs of [1, 1020, 1030, 1040, 5000]) {
      const b = new Builder([inputs]);
      for (const sign of [1, -1]) {
        const weights = new Float32Array(3 * inputs).map((_, i) => (i < inputs ? sign : -sign) * 2);
        const dense = b.op('dense', [0, b.constant([3, inputs], weights), b.constant([3], Float32Array.of(1, 2, 3))]);
        const graph = b.graph(dense);
        const int8 = quantize(
          graph,
          graph.tensors.map(() => ({ min: 0, max: 3 })),
        );
        for (const value of [0, 3]) {
          const [tiled, plain] = [bindGraph(int8), bindNaive(int8)].map(({ values, steps }) => {
            loadInput(int8, values[int8.input]!, new Float32Array(inputs).fill(value));
            for (const step of steps) step();
            return [...values[int8.output]!];
          });
          expect(tiled).toEqual(plain);
        }
      }
    }
  });

  it('requantise like the fixed point, at rounding edges too', () => {
    const source = random(5);
    for (let i = 0; i < 4000; i++) {
      const shift = source.below(14) - 11;
      const multiplier = 2 ** 30 + source.below(2 ** 30);
      const offset = source.below(256) - 128;
      const rescale = {
        bias: Int32Array.of(source.below(2 ** 20) - 2 ** 19),
        multipliers: Int32Array.of(multiplier),
        shifts: Int8Array.of(shift),
        inputOffset: 0,
        outputOffset: offset,
        low: -128,
        high: 127,
        shared: false,
      };
      const r = requantizer(rescale, new Int8Array(100).fill(127), () => 0);
      const y = new Int8Array(1);
      // Sums around the middle between two stored values.
      const middle = Math.round((source.below(300) - 150 + 0.5) / (multiplier * 2 ** (shift - 31)));
      for (let d = -2; d <= 2; d++) {
        const sum = middle + d;
        storeInt8(r, Float64Array.of(sum - rescale.bias[0]!), 0, y, 0);
        const expected = Math.max(-128, Math.min(127, offset + requantize(sum, multiplier, shift)));
        expect(y[0]).toBe(expected);
      }
    }
  });

  it('pack two integers into one double', () => {
    const source = random(6);
    const edge = 2 ** 25 - 1;
    for (let i = 0; i < 5000; i++) {
      const [low, high] = [0, 1].map(() => (i < 4 ? (i % 2 ? edge : -edge) : source.below(2 * edge) - edge)) as [
        number,
        number,
      ];
      const pair = packed(low, high);
      expect([lower(pair, upper(pair)) + 0, upper(pair) + 0]).toEqual([low + 0, high + 0]);
    }
  });
});

describe('interpret', () => {
  it('takes one input or a list, and gives outputs as stored, each its own', () => {
    const graph = optimize(randomGraph(2));
    const rows = randomRows(graph, 3);
    const outputs = interpret(graph, rows);
    expect(outputs.map((output) => [...output])).toEqual(rows.map((row) => [...interpreter(graph)(row)]));
    expect(interpret(graph, rows[0]!)).toEqual(outputs[0]);
    const int8 = quantize(graph, calibrate(graph, rows));
    const [first] = interpret(int8, rows);
    expect(first).toBeInstanceOf(Int8Array);
    interpret(int8, rows[1]!);
    expect(first).toEqual(interpret(int8, rows[0]!));
  });

  it('adds in the order of the definition, so that nothing depends on the size of a tile', () => {
    const b = new Builder([3]);
    const weights = noise(random(1), 27);
    const dense = b.op('dense', [0, b.constant([9, 3], weights), b.constant([9], new Float32Array(9).fill(0.1))]);
    const row = Float32Array.of(0.3, -0.7, 0.9);
    const expected = Array.from({ length: 9 }, (_, o) => {
      return Math.fround(row.reduce((sum, x, i) => sum + x * weights[3 * o + i]!, Math.fround(0.1)));
    });
    expect([...interpret(b.graph(dense), row)]).toEqual(expected);
  });
});
