import { describe, expect, it } from 'vitest';
import { batchOfOne, expectInt8LikeReal, expectLike, fingerprint, storedOp, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

describe('mean', () => {
  it.each([
    [[7, 5, 3], false],
    [[7, 5, 3], true],
    [[1, 9, 4], true],
    [[1, 1, 6], false],
    [[12, 4], false],
  ])('over the positions of %j, keeping dimensions: %s', (shape, keepDims) => {
    const b = new Builder(shape);
    const graph = b.graph(b.op('mean', [0], { keepDims }));
    expect(graph.tensors[graph.output]!.shape).toEqual(keepDims ? [1, 1, shape[2]] : [shape.at(-1)]);
    expectLike(graph, (row) => tf.mean(batchOfOne(row, shape), shape.length === 3 ? [1, 2] : [1]));
    expectInt8LikeReal(graph);
  });

  it('refuses a vector', () => {
    expect(() => new Builder([6]).op('mean', [0])).toThrow(/SHAPE_MISMATCH/);
  });

  // Fingerprints of 300 results of a program that does the reference's arithmetic in its own integer types.
  it.each([
    [0.02, -3, 0.04, -20, 1, 529629824],
    [0.02, -3, 0.04, -20, 3, 256930579],
    [0.02, -3, 0.04, -20, 4, 192481818],
    [0.02, -3, 0.04, -20, 7, 3516927303],
    [0.02, -3, 0.04, -20, 49, 336741249],
    [0.02, -3, 0.04, -20, 96, 687150061],
    [0.02, -3, 0.04, -20, 625, 2865912260],
    [0.1, -128, 0.06, 7, 1, 4280095270],
    [0.1, -128, 0.06, 7, 3, 3951630990],
    [0.1, -128, 0.06, 7, 4, 2183550001],
    [0.1, -128, 0.06, 7, 7, 1063234417],
    [0.1, -128, 0.06, 7, 49, 3253894185],
    [0.1, -128, 0.06, 7, 96, 3253894185],
    [0.1, -128, 0.06, 7, 625, 3253894185],
    [0.0471, 127, 0.09, 0, 1, 2969565152],
    [0.0471, 127, 0.09, 0, 3, 2030572183],
    [0.0471, 127, 0.09, 0, 4, 1405112638],
    [0.0471, 127, 0.09, 0, 7, 2845761868],
    [0.0471, 127, 0.09, 0, 49, 3633816726],
    [0.0471, 127, 0.09, 0, 96, 3481889490],
    [0.0471, 127, 0.09, 0, 625, 41475405],
    [0.0312, 5, 0.41, 3, 1, 2577040204],
    [0.0312, 5, 0.41, 3, 3, 2082806100],
    [0.0312, 5, 0.41, 3, 4, 1632159569],
    [0.0312, 5, 0.41, 3, 7, 526608749],
    [0.0312, 5, 0.41, 3, 49, 2288000676],
    [0.0312, 5, 0.41, 3, 96, 1658704368],
    [0.0312, 5, 0.41, 3, 625, 2687812801],
  ])(
    'int8: from %d, %d to %d, %d over %d values gives the reference bits',
    (scaleIn, zeroIn, scaleOut, zeroOut, count, expected) => {
      const input = { shape: [1, count, 1], scale: [Math.fround(scaleIn), zeroIn] as const };
      const { values, step } = storedOp('mean', [input], [Math.fround(scaleOut), zeroOut]);
      let state = 1;
      const results = Array.from({ length: 300 }, (_, row) => {
        for (let i = 0; i < count; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          values[0]![i] = (state >>> 24) & (row % 3 === 0 ? 127 : 255);
        }
        return step()[0]!;
      });
      expect(fingerprint(results)).toBe(expected);
    },
  );
});
