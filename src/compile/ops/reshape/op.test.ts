import { describe, expect, it } from 'vitest';
import { interpreter } from '../../interpret/interpreter.js';
import { Builder } from '../../testing/random-graph.js';

describe('reshape', () => {
  it('keeps the values, in order', () => {
    const b = new Builder([6]);
    const graph = b.graph(b.op('reshape', [0], {}, [1, 3, 2]));
    expect([...interpreter(graph)(new Float32Array([1, 2, 3, 4, 5, 6]))]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses another number of values', () => {
    const b = new Builder([6]);
    expect(() => b.op('reshape', [0], {}, [5])).toThrow(/SHAPE_MISMATCH/);
  });
});
