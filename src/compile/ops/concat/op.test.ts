import { describe, expect, it } from 'vitest';
import { quantizationOf } from '../../arithmetic/quantization.js';
import { checkGraph } from '../../check.js';
import { bindGraph } from '../../interpret/interpreter.js';
import { calibrate, quantize } from '../../quantize/quantize.js';
import { batchOfOne, expectInt8LikeReal, expectLike, storedOp, tf } from '../../testing/conformance.js';
import { Builder, randomRows } from '../../testing/random-graph.js';

/** Parts of different length: x, a pooled x and x again. */
function network(axis: number) {
  const b = new Builder([5, 4, 3]);
  const pool = [1, 1, 1].with(axis, 2).slice(0, 2) as [number, number];
  const pooled = b.op('maxPool2d', [0], { pool });
  return { graph: b.graph(b.op('concat', [0, pooled, 0], { axis })), pool };
}

describe('concat', () => {
  it.each([0, 1, 2])('along dimension %d', (axis) => {
    const { graph, pool } = network(axis);
    expectLike(graph, (row) => {
      const x = batchOfOne(row, [5, 4, 3]) as tf.Tensor4D;
      return tf.concat([x, tf.maxPool(x, pool, 1, 'valid'), x], axis + 1);
    });
    expectInt8LikeReal(graph);
  });

  it('takes a single input and vectors', () => {
    const b = new Builder([6]);
    expectLike(b.graph(b.op('concat', [b.op('concat', [0, 0], { axis: 0 })], { axis: 0 })), (row) => {
      return tf.concat([row, row].map((r) => tf.tensor1d(r)));
    });
  });

  it('int8: one scale holds all inputs; a fixed scale is requantised', () => {
    const b = new Builder([40]);
    const [wide, fixed] = [b.op('leakyRelu', [0], { alpha: 4 }), b.op('tanh', [0])];
    const graph = b.graph(b.op('concat', [0, wide, fixed], { axis: 0 }));
    const rows = randomRows(graph, 20);
    const int8 = quantize(graph, calibrate(graph, rows));
    expect(int8.ops.map(({ kind }) => kind)).toEqual(['leakyRelu', 'tanh', 'quantize', 'concat']);
    const scales = int8.ops.at(-1)!.inputs.map((i) => quantizationOf(int8.tensors[i]!));
    expect(scales).toEqual(Array(3).fill(quantizationOf(int8.tensors[int8.output]!)));
    expectInt8LikeReal(graph);
    expect(bindGraph(int8).steps.length).toBe(4);
  });

  it('int8: copies, as the reference kernel does', () => {
    const scale = [0.5, 3] as const;
    const inputs = [
      { shape: [2, 1], scale },
      { shape: [2, 2], scale },
    ];
    const { values, step } = storedOp('concat', inputs, scale, { axis: 1 });
    values[0]!.set([1, 4]);
    values[1]!.set([2, 3, 5, 6]);
    expect([...step()]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses shapes that do not meet, another dimension, no inputs and other scales', () => {
    const b = new Builder([5, 4, 3]);
    const pooled = b.op('maxPool2d', [0], { pool: [2, 2] });
    expect(() => b.op('concat', [0, pooled], { axis: 0 })).toThrow(/SHAPE_MISMATCH/);
    expect(() => b.op('concat', [0, 0], { axis: 3 })).toThrow(/SHAPE_MISMATCH/);
    const { graph } = network(0);
    const [op] = graph.ops.slice(-1);
    const empty = { ...graph, ops: [...graph.ops.slice(0, -1), { ...op!, inputs: [] }] };
    expect(() => checkGraph(empty)).toThrow(/BAD_OPTION/);
    const int8 = quantize(
      graph,
      graph.tensors.map(() => ({ min: -1, max: 1 })),
    );
    const other = { scales: Float32Array.of(0.3), zeroPoint: 0 };
    const tensors = int8.tensors.map((t, i) => (i === int8.output ? { ...t, quantization: other } : t));
    expect(() => checkGraph({ ...int8, tensors })).toThrow(/BAD_OPTION/);
  });
});
