import { describe, expect, it } from 'vitest';
import { bindGraph } from '../../interpret/interpreter.js';
import { quantize } from '../../quantize/quantize.js';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

type Pads = readonly [number, number, number, number];

function network(shape: readonly number[], pads: Pads) {
  const b = new Builder(shape);
  return b.graph(b.op('pad', [0], { pads }));
}

describe('pad', () => {
  it.each<[readonly number[], Pads]>([
    [
      [3, 4, 2],
      [1, 2, 3, 4],
    ],
    [
      [3, 4, 2],
      [0, 1, 0, 1],
    ],
    [
      [1, 5, 3],
      [0, 0, 2, 0],
    ],
    [
      [4, 1, 1],
      [2, 0, 0, 0],
    ],
    [
      [2, 2, 2],
      [0, 0, 0, 0],
    ],
  ])('%j by top, bottom, left, right %j', (shape, pads) => {
    const [top, bottom, left, right] = pads;
    const graph = network(shape, pads);
    expectLike(graph, (row) => {
      return tf.pad(batchOfOne(row, shape) as tf.Tensor4D, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]);
    });
    expectInt8LikeReal(graph);
  });

  it('int8: pads with the zero point', () => {
    const int8 = quantize(network([1, 1, 1], [1, 0, 0, 1]), Array(2).fill({ min: -1, max: 3 }));
    const { values, steps } = bindGraph(int8);
    values[0]![0] = 77;
    steps[0]!();
    expect([...values[1]!]).toEqual([-64, -64, 77, -64]);
  });

  it('refuses negative padding and vectors', () => {
    expect(() => network([3, 4, 2], [-1, 0, 0, 0])).toThrow(/SHAPE_MISMATCH/);
    expect(() => network([3], [1, 0, 0, 0])).toThrow(/SHAPE_MISMATCH/);
  });
});
