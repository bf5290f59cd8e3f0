import { expect, it, describe as suite } from 'vitest';
import { random } from '../../random.js';
import { optimize } from '../optimize/optimize.js';
import { plan } from '../plan/plan.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { describe } from './describe.js';

/** A convolution, a depthwise one, a reshape and a dense layer. */
function network(name = 'first') {
  const source = random(1);
  const b = new Builder([8, 6, 3]);
  const constant = (shape: readonly number[]): number => {
    return b.constant(
      shape,
      noise(
        source,
        shape.reduce((n, d) => n * d, 1),
      ),
    );
  };
  const conv = b.op('conv2d', [0, constant([4, 3, 3, 3]), constant([4])], { padding: 'same', activation: 'relu' });
  const strides = [2, 1] as const;
  const depthwise = b.op('depthwiseConv2d', [conv, constant([1, 3, 3, 4]), constant([4])], {
    padding: 'same',
    strides,
  });
  const flat = b.op('reshape', [depthwise], {}, [96]);
  const graph = b.graph(b.op('dense', [flat, constant([5, 96]), constant([5])]));
  return { ...graph, ops: graph.ops.map((op, i) => (i === 0 ? { ...op, name } : op)) };
}

suite('describe', () => {
  it('counts every operator and says where its output lies', () => {
    const graph = network();
    const int8 = quantize(graph, calibrate(graph, randomRows(graph, 2)));
    const memory = plan(int8);
    const lines = describe(int8).split('\n');
    const line = (name: string): string => lines.find((text) => text.startsWith(name))!;
    expect(lines[0]).toMatch(/^input int8 8x6x3 at \d+\.\.\d+, scale [\d.]+, zero point -?\d+$/);
    // 8 * 6 positions x 4 channels x 27 taps; 108 weights and 4 biases of 4 bytes.
    expect(line('first')).toMatch(/conv2d 3x3 relu +\w+ +8x6x4 +5,184 +124 /);
    expect(line('depthwiseConv2d 1')).toMatch(/depthwiseConv2d 3x3\/2,1 +\w+ +4x6x4 +864 +52 /);
    expect(line('reshape 2')).toMatch(/alias$/);
    const output = memory.offsets[int8.ops[1]!.output]!;
    expect(line('reshape 2')).toContain(` ${output}..${output + 96} `);
    expect(lines.at(-2)).toMatch(/^4 operators, 6,528 MACs, weights 676 bytes, all constants [\d,]+ bytes$/);
    expect(lines.at(-1)).toBe(
      `arena ${memory.arenaBytes} bytes, proven to be the least; ${int8.ops[memory.peak]!.name} alone needs ${memory.lowerBound}`,
    );
  });

  it('never grows wider than 120 columns, whatever the names', () => {
    const text = describe(network(`model/${'deep/'.repeat(60)}BiasAdd;\nmodel/conv2d`));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    expect(text).toContain('…');
    expect(text).toContain('BiasAdd; model/conv2d ');
  });

  it('follows the ends of the plan', () => {
    const graph = network();
    expect(describe(graph)).toMatch(/^input f32 8x6x3 with the caller\noutput f32 5 with the caller\n/);
    expect(describe(graph, { ends: 'arena' })).toMatch(/^input f32 8x6x3 at [\d,]+\.\.[\d,]+\noutput f32 5 at /);
  });

  it('describes networks that are not optimised yet, and the empty one', () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const graph of [randomGraph(seed), optimize(randomGraph(seed))]) {
        expect(describe(graph).split('\n')).toHaveLength(graph.ops.length + 7);
      }
    }
    expect(describe(new Builder([3]).graph(0))).toContain('arena 0 bytes');
  });
});
