import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { interpret } from '../interpret/interpreter.js';
import { optimize } from '../optimize/optimize.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { reorder } from './order.js';
import { plan } from './plan.js';

/** Two branches from one input, `big` with wide values in between, and `small`; `add` joins them. */
function branches(bigFirst: boolean) {
  const source = random(1);
  const b = new Builder([8, 8, 4]);
  const conv = (x: number, from: number, to: number): number => {
    const weights = b.constant([to, 3, 3, from], noise(source, to * 9 * from));
    return b.op('conv2d', [x, weights, b.constant([to], noise(source, to))], { padding: 'same' });
  };
  const big = (): number => conv(conv(0, 4, 32), 32, 8);
  const small = (): number => conv(0, 4, 8);
  const [first, second] = bigFirst ? [big(), small()] : [small(), big()];
  return b.graph(b.op('add', [first, second]));
}

describe('reorder', () => {
  it('runs the branch with the larger values first, whichever way it was written', () => {
    const bytes = [true, false].map((bigFirst) => plan(branches(bigFirst), { ends: 'caller' }).arenaBytes);
    expect(bytes[0]).toBeLessThan(bytes[1]!);
    const graph = branches(false);
    const better = reorder(graph);
    expect(plan(better).arenaBytes).toBe(bytes[0]);
    const [row] = randomRows(graph, 1);
    expect(interpret(better, row!)).toEqual(interpret(graph, row!));
    expect(reorder(branches(true)).ops.map((op) => op.name)).toEqual(branches(true).ops.map((op) => op.name));
  });

  it('never makes an arena larger or changes an output', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const graph = optimize(randomGraph(seed));
      const better = reorder(graph);
      expect(plan(better).arenaBytes).toBeLessThanOrEqual(plan(graph).arenaBytes);
      const [row] = randomRows(graph, 1, seed);
      expect(interpret(better, row!)).toEqual(interpret(graph, row!));
    }
  });
});
