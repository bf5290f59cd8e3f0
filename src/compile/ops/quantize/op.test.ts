import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph.js';
import { interpret } from '../../interpret/interpreter.js';
import { fingerprint, storedTable } from '../../testing/conformance.js';

const quantization = { scales: Float32Array.of(0.25), zeroPoint: -10 };

describe('quantize and dequantize', () => {
  const graph: Graph = {
    tensors: [
      { name: 'x', shape: [5], dtype: 'f32' },
      { name: 'stored', shape: [5], dtype: 'int8', quantization },
      { name: 'y', shape: [5], dtype: 'f32' },
    ],
    ops: [
      { kind: 'quantize', name: 'quantize', inputs: [0], output: 1, attributes: {} },
      { kind: 'dequantize', name: 'dequantize', inputs: [1], output: 2, attributes: {} },
    ],
    input: 0,
    output: 2,
  };
  const row = new Float32Array([1, -0.125, 0.1, 1000, -1000]);

  it('rounds to the nearest stored value, halves away from zero', () => {
    const stored = interpret({ ...graph, ops: graph.ops.slice(0, 1), output: 1 }, row);
    expect([...stored]).toEqual([-6, -11, -10, 127, -128]);
  });

  it('gives back the nearest value the scale can store', () => {
    expect([...interpret(graph, row)]).toEqual([1, -0.25, 0, 34.25, -29.5]);
  });

  // Fingerprints of the 256 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.001, -128, 0.0093, 3, 247234236],
    [0.001, -128, 0.2, 3, 98059833],
    [0.0117, -128, 0.05, 3, 383392004],
    [0.0312, -128, 0.0312, 3, 1063027029],
    [0.0471, -128, 0.0093, 3, 4275550943],
    [0.0471, -128, 0.2, 3, 913172292],
    [0.0625, -128, 0.05, 3, 3362063826],
    [0.12345, -128, 0.0312, 3, 2144772801],
    [0.9, -128, 0.0093, 3, 3380888364],
    [0.9, -128, 0.2, 3, 2162957999],
  ])('int8: from %d, %d to %d, %d gives the reference bits', (scaleIn, zeroIn, scaleOut, zeroOut, expected) => {
    const f = Math.fround;
    const table = storedTable('quantize', [f(scaleIn), zeroIn], [f(scaleOut), zeroOut]);
    expect(fingerprint(table)).toBe(expected);
    table.forEach((stored, i) => {
      const real = zeroOut + ((i - 128 - zeroIn) * f(scaleIn)) / f(scaleOut);
      expect(Math.abs(stored - Math.max(-128, Math.min(127, real)))).toBeLessThanOrEqual(0.75);
    });
  });
});
