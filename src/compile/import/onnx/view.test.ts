import { describe, expect, it } from 'vitest';
import { random } from '../../../random.js';
import { interpret } from '../../interpret/interpreter.js';
import { elements } from '../../op.js';
import { permuted } from './arrays.js';
import { Builder } from './builder.js';
import { everyDimension, storedIndices, transposed, type View } from './view.js';

/** A view of random reshapes and transposes, with the values that ONNX would have. */
function walk(seed: number): { builder: Builder; view: View; values: Float32Array; input: Float32Array } {
  const source = random(seed);
  const pick = (n: number): number => Math.floor(source.uniform() * n);
  const shape = [1, ...Array.from({ length: 3 }, () => [1, 2, 3, 4, 6][pick(5)]!)];
  const builder = new Builder();
  const count = elements(shape);
  let values = Float32Array.from({ length: count }, (_, i) => i);
  // The graph's input has channels last.
  const input = permuted(values, shape, [0, 2, 3, 1]);
  let view = builder.input('x', shape, [[2], [3], [1]]);
  for (let step = 0; step < 4; step++) {
    if (pick(2)) {
      const perm = everyDimension(view);
      for (let i = perm.length - 1; i > 0; i--) {
        const j = pick(i + 1);
        [perm[i], perm[j]] = [perm[j]!, perm[i]!];
      }
      values = permuted(values, view.shape, perm);
      view = transposed(view, perm);
    } else {
      const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((n) => count % n === 0);
      const first = divisors[pick(divisors.length)]!;
      const next = divisors.filter((n) => (count / first) % n === 0);
      const second = next[pick(next.length)]!;
      view = builder.regroup(view, [first, second, count / first / second], 'reshape');
    }
  }
  return { builder, view, values, input };
}

describe('views', () => {
  it('200 walks of reshapes and transposes give the values of ONNX', () => {
    let moved = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { builder, view, values, input } = walk(seed);
      const last = builder.arrange(view, [everyDimension(view)], 'output');
      const graph = builder.graph(0, last);
      const result = graph.ops.length > 0 ? interpret(graph, input) : input;
      expect([...result], `seed ${seed}`).toEqual([...values]);
      if (graph.ops.some(({ kind }) => kind === 'transpose')) moved++;
    }
    expect(moved).toBeGreaterThan(50);
  });

  it('tells the order in which a dimension is stored', () => {
    const builder = new Builder();
    const view = builder.regroup(builder.input('x', [1, 2, 3, 2], [[2], [3], [1]]), [1, 12], 'flatten');
    // Stored as height, width, channel; ONNX counts channel, height, width.
    expect([...storedIndices(view, 1)!]).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
    expect(builder.ops.every(({ kind }) => kind === 'reshape')).toBe(true);
  });
});
