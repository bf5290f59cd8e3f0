import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, storedTable, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

const f = Math.fround;

describe.each(['relu', 'relu6'] as const)('%s', (kind) => {
  it('clamps', () => {
    const b = new Builder([50]);
    const graph = b.graph(b.op(kind, [0]));
    const scaled = (row: Float32Array): tf.Tensor => batchOfOne(row, [50]);
    expectLike(graph, (row) => (kind === 'relu' ? tf.relu(scaled(row)) : tf.relu6(scaled(row))));
    expectInt8LikeReal(graph);
  });

  it('int8: rescales and clamps every stored value', () => {
    const [scaleIn, scaleOut] = [f(0.08), f(0.03)];
    storedTable(kind, [scaleIn, -40], [scaleOut, -110]).forEach((stored, i) => {
      const x = Math.max(0, (i - 128 + 40) * scaleIn);
      const real = -110 + (kind === 'relu6' ? Math.min(6, x) : x) / scaleOut;
      expect(Math.abs(stored - Math.min(127, real))).toBeLessThanOrEqual(0.75);
    });
  });

  it('int8: keeps stored values above 0 when the scale stays', () => {
    const table = storedTable(kind, [f(0.04), 3], [f(0.04), 3]);
    const highest = kind === 'relu6' ? Math.min(127, 3 + 150) : 127;
    expect([...table]).toEqual(Array.from({ length: 256 }, (_, i) => Math.min(highest, Math.max(3, i - 128))));
  });
});
