/** Tests that operators with a state have in common. */
import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { has } from '../../testing/compilers.js';
import { runnerOf } from '../engine/engine.js';
import type { Attributes, Graph } from '../graph.js';
import { interpret, interpreter } from '../interpret/interpreter.js';
import { GATES as gruGates } from '../ops/gru/interpret.js';
import { GATES as lstmGates } from '../ops/lstm/interpret.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { expectTwins } from './cpp-harness.js';
import { Builder, noise, randomRows } from './random-graph.js';

/** Blocks of rows of their weights. */
export const GATES = { lstm: lstmGates, gru: gruGates } as const;

/** Sizes of the sequence and the state. */
const SIZES = [
  [1, 1, 1],
  [5, 3, 2],
  [12, 7, 5],
  [20, 13, 32],
  [9, 40, 21],
] as const;

const ATTRIBUTES: readonly Attributes[] = [
  {},
  { everyStep: true },
  { backwards: true, gate: 'hardSigmoid' },
  { backwards: true, everyStep: true },
  { resetAfter: true, everyStep: true },
  { resetAfter: true, gate: 'hardSigmoid' },
];

/** A network of one layer; weights of `size` let gates open and close. */
export function recurrentGraph(
  kind: 'lstm' | 'gru',
  [steps, inputs, units]: readonly [number, number, number],
  attributes: Attributes,
  size = 1,
): Graph {
  const gates = GATES[kind];
  const source = random(steps + inputs + units);
  const b = new Builder([1, steps, inputs]);
  const matrix = (columns: number): number => {
    const values = noise(source, gates * units * columns, (2 * size) / Math.sqrt(columns));
    return b.constant([gates * units, columns], values);
  };
  const weights = matrix(inputs);
  const biases = (gates + (attributes.resetAfter ? 1 : 0)) * units;
  const bias = b.constant([biases], noise(source, biases, size));
  return b.graph(b.op(kind, [0, weights, bias, matrix(units)], attributes));
}

const int8Of = (graph: Graph): Graph => quantize(graph, calibrate(graph, randomRows(graph, 4)));

/** The largest difference between the stored form of a network and its float one. */
function loss(graph: Graph): number {
  const [real, stored] = [interpreter(graph), interpreter(int8Of(graph))];
  const rows = randomRows(graph, 6, 9);
  return Math.max(
    ...rows.flatMap((row) => {
      const expected = real(row);
      return Array.from(stored(row), (v, i) => Math.abs(v - expected[i]!));
    }),
  );
}

/** What follows from the definition of a layer; that it computes what Keras does, the tests of importers say. */
export function describeRecurrent(kind: 'lstm' | 'gru'): void {
  describe(kind, () => {
    const own = ATTRIBUTES.filter(({ resetAfter }) => kind === 'gru' || !resetAfter);
    const graphs = SIZES.flatMap((sizes) => own.map((attributes) => recurrentGraph(kind, sizes, attributes)));
    const extremes = SIZES.map((sizes) => recurrentGraph(kind, sizes, own.at(-1)!, 40));

    it('stores what real arithmetic gives, to a few steps of 1/128', () => {
      for (const graph of graphs) expect(loss(graph)).toBeLessThan(6 / 128);
    });

    it('gives the state after every step, the last of which is the state after the sequence', () => {
      const [row] = randomRows(recurrentGraph(kind, [6, 3, 4], {}), 1) as [Float32Array];
      const run = (attributes: Attributes, x = row) => interpreter(recurrentGraph(kind, [6, 3, 4], attributes))(x);
      expect([...run({ everyStep: true }).slice(-4)]).toEqual([...run({})]);
      const turned = new Float32Array(18).map((_, i) => row[3 * (5 - Math.floor(i / 3)) + (i % 3)]!);
      expect([...run({ backwards: true })]).toEqual([...run({}, turned)]);
      expect([...run({ backwards: true })]).not.toEqual([...run({})]);
    });

    it('begins anew with every window', () => {
      for (const graph of [graphs[9]!, int8Of(graphs[9]!)]) {
        const run = interpreter(graph, { engine: 'typescript' });
        const [a, b] = randomRows(graph, 2) as [Float32Array, Float32Array];
        const first = run(a);
        run(b);
        expect([...run(a)]).toEqual([...first]);
      }
    });

    it('runs on compiled kernels with the bits of the TypeScript ones', () => {
      for (const graph of [...graphs, ...extremes].map(int8Of)) {
        expect(runnerOf(graph)).toBeDefined();
        const rows = randomRows(graph, 3, 7);
        expect(interpret(graph, rows)).toEqual(interpret(graph, rows, { engine: 'typescript' }));
      }
    });

    it.skipIf(!has('g++'))('is the same in C++', () => {
      const all = graphs.map(optimize);
      for (const flags of [['-O1'], ['-O2', '-DIMPULSEKIT_PORTABLE']]) {
        expectTwins([...all, ...[...all, ...extremes].map(int8Of)], {
          compiler: 'g++',
          flags,
          rows: 2,
          optimize: 'speed',
        });
      }
    });

    it('refuses weights that do not meet', () => {
      const b = new Builder([1, 4, 3]);
      const constant = (...shape: number[]): number =>
        b.constant(shape, new Float32Array(shape.reduce((p, n) => p * n)));
      const add =
        (...shapes: number[][]) =>
        () =>
          b.op(kind, [0, ...shapes.map((shape) => constant(...shape))]);
      expect(add([12, 2], [12], [12, 3])).toThrow(/weights of shape \[12, 2\]/);
      expect(add([13, 3], [13], [13, 3])).toThrow(/13 rows/);
      expect(add([12, 3], [11], [12, 3])).toThrow(/bias of shape/);
      expect(add([12, 3], [12], [12, 7])).toThrow(/recurrent weights of shape/);
    });
  });
}
