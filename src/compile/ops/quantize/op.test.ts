import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph.js';
import { interpret } from '../../interpreter.js';

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
});
