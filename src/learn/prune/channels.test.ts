import { describe, expect, it } from 'vitest';
import { definitionOf, nodeOf } from '../../compile/check.js';
import { checkGraph, type Graph, interpreter, optimize } from '../../compile/index.js';
import { channelOf } from '../../compile/op.js';
import { Builder, noise, randomGraph, randomRows } from '../../compile/testing/random-graph.js';
import { random } from '../../random.js';
import { type ChannelGroup, channelFamilies, leastChannels, pruneChannels, withoutChannels } from './channels.js';

/** The network with the weights of all readers of these channels set to 0, so that the channels do not matter. */
function unread(graph: Graph, groups: readonly ChannelGroup[]): Graph {
  const tensors = [...graph.tensors];
  const ops = graph.ops.map((op) => {
    if (definitionOf(op).channels !== 'mixes') return op;
    const [x, w] = op.inputs as [number, number];
    const { shape, data } = graph.tensors[w]!;
    const gone = new Set(groups.flatMap(({ places }) => places.filter(([t]) => t === x).map(([, c]) => c)));
    const count = planeChannels(graph, x);
    const column = channelOf(shape, shape.length - 1);
    const values = Float32Array.from(data!, (v, i) => (gone.has(column(i) % count) ? 0 : v));
    const weights = tensors.push({ ...graph.tensors[w]!, data: values }) - 1;
    return { ...op, inputs: [x, weights, op.inputs[2]!] };
  });
  return { ...graph, tensors, ops };
}

/** Channels of a tensor, or of the plane it was before it was laid out as a vector. */
function planeChannels(graph: Graph, tensor: number): number {
  const op = graph.ops.find(({ output }) => output === tensor);
  const own = graph.tensors[tensor]!.shape.at(-1)!;
  const alike =
    op &&
    (op.kind === 'reshape' ||
      (graph.tensors[tensor]!.shape.length === 1 && op.inputs.length === 1 && op.kind !== 'mean'));
  const before = alike ? planeChannels(graph, op.inputs[0]!) : own;
  return own % before === 0 ? before : own;
}

function expectAlike(a: Graph, b: Graph): void {
  const [left, right] = [interpreter(optimize(a)), interpreter(optimize(b))];
  for (const row of randomRows(a, 3)) {
    const [x, y] = [left(row), right(row)];
    expect(y.length).toBe(x.length);
    y.forEach((v, i) => {
      expect(Math.abs(v - x[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(x[i]!)));
    });
  }
}

describe('pruneChannels', () => {
  it('gives the outputs of the network whose readers ignore the removed channels', () => {
    let removed = 0;
    for (let seed = 0; seed < 150; seed++) {
      const graph = randomGraph(seed);
      const groups = leastChannels(graph, 0.5);
      const pruned = withoutChannels(graph, groups);
      checkGraph(pruned);
      expect(pruned.tensors[pruned.output]!.shape).toEqual(graph.tensors[graph.output]!.shape);
      expectAlike(unread(graph, groups), pruned);
      removed += groups.length;
    }
    expect(removed).toBeGreaterThan(40);
  });

  it('takes the filters of least weight, whatever the scale of the layer', () => {
    const source = random(4);
    const b = new Builder([6, 5, 3]);
    const dead = [1, 4, 6, 7];
    const conv = (x: number, inputs: number, size: number): number => {
      const weights = noise(source, 8 * 9 * inputs, size).map((w, i) =>
        dead.includes(Math.floor(i / 9 / inputs)) ? 0 : w,
      );
      const bias = noise(source, 8, 1).map((v, c) => (dead.includes(c) ? 0 : v));
      const constants = [b.constant([8, 3, 3, inputs], weights), b.constant([8], bias)];
      return b.op('conv2d', [x, ...constants], { padding: 'same', strides: [1, 1], activation: 'relu' });
    };
    const first = conv(0, 3, 1);
    const second = conv(first, 8, 0.01);
    const sum = b.op('add', [first, second]);
    const flat = b.op('reshape', [sum], {}, [240]);
    const out = b.op('dense', [flat, b.constant([2, 240], noise(source, 480)), b.constant([2], noise(source, 2))]);
    const graph = b.graph(out);
    const pruned = pruneChannels(graph, 0.5);
    expectAlike(graph, pruned);
    expect(pruned.tensors[pruned.ops[0]!.output]!.shape).toEqual([6, 5, 4]);
    const macs = pruned.ops.reduce((sum, op) => sum + (definitionOf(op).macs?.(nodeOf(pruned, op)) ?? 0), 0);
    expect(macs).toBe(30 * 9 * 4 * (3 + 4) + 2 * 120);
  });

  it('prunes branches that meet in a sum together, and each part of a concatenation on its own', () => {
    const source = random(4);
    const dense = (b: Builder, x: number, inputs: number, outputs: number): number =>
      b.op('dense', [
        x,
        b.constant([outputs, inputs], noise(source, outputs * inputs)),
        b.constant([outputs], noise(source, outputs)),
      ]);
    const b = new Builder([5]);
    const [left, right] = [dense(b, 0, 5, 6), dense(b, 0, 5, 6)];
    const sum = b.op('add', [left, right]);
    const joined = b.op('concat', [sum, dense(b, 0, 5, 10)], { axis: 0 });
    const graph = b.graph(dense(b, joined, 16, 3));
    expect(channelFamilies(graph).map((family) => family.length)).toEqual([6, 10]);
    const sizes = pruneChannels(graph, 0.5).ops.map((op, _i, _all) => op.output);
    const pruned = pruneChannels(graph, 0.5);
    expect(sizes.map((t) => pruned.tensors[t]!.shape[0])).toEqual([3, 3, 3, 5, 8, 3]);
  });

  it('keeps at least two channels, and all of what it cannot take apart', () => {
    const graph = randomGraph(3);
    expect(pruneChannels(graph, 0)).toBe(graph);
    for (let seed = 0; seed < 40; seed++) {
      const pruned = pruneChannels(randomGraph(seed), 1);
      checkGraph(pruned);
    }
  });
});
