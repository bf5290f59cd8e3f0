import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../check.js';
import { bindGraph } from '../../interpret/interpreter.js';
import { quantize } from '../../quantize/quantize.js';
import {
  batchOfOne,
  broadcasts,
  expectInt8LikeReal,
  expectLike,
  fingerprint,
  type Scale,
  storedPairs,
  tf,
} from '../../testing/conformance.js';
import { Builder, randomRows } from '../../testing/random-graph.js';

/** `relu6(x) + x`: two inputs with different ranges. */
function network(activation: 'none' | 'relu' | 'relu6') {
  const b = new Builder([3, 4, 2]);
  return b.graph(b.op('add', [b.op('relu6', [0]), 0], { activation }));
}

describe('add', () => {
  it.each(['none', 'relu', 'relu6'] as const)('adds and clamps: %s', (activation) => {
    const clampBy = { none: (x: tf.Tensor) => x, relu: tf.relu, relu6: tf.relu6 }[activation];
    expectLike(network(activation), (row) => {
      const x = batchOfOne(row, [3, 4, 2]);
      return clampBy(tf.add(tf.relu6(x), x));
    });
  });

  it('adds stored values of one scale like real ones', () => {
    const b = new Builder([40]);
    expectInt8LikeReal(b.graph(b.op('add', [0, 0])));
  });

  it('adds stored values of different scales to within one step, over all pairs', () => {
    const b = new Builder([1, 1, 1]);
    const graph = b.graph(b.op('add', [b.op('relu', [0]), 0]));
    const int8 = quantize(graph, [
      { min: -1, max: 2 },
      { min: 0, max: 3.7 },
      { min: -1.5, max: 5 },
    ]);
    const { values, steps } = bindGraph(int8);
    const [x, relu, sum] = int8.tensors.map((t) => ({
      scale: t.quantization!.scales[0]!,
      zero: t.quantization!.zeroPoint,
    }));
    for (let a = -128; a <= 127; a += 5) {
      for (let c = -128; c <= 127; c += 3) {
        values[0]![0] = a;
        values[1]![0] = c;
        steps[1]!();
        const real = (a - x!.zero) * x!.scale + (c - relu!.zero) * relu!.scale;
        const stored = Math.max(-128, Math.min(127, sum!.zero + real / sum!.scale));
        expect(Math.abs(values[2]![0]! - stored)).toBeLessThanOrEqual(0.51);
      }
    }
  });

  it.each(broadcasts())('broadcasts %j with a constant %j, first: %s', (shape, other, first) => {
    const b = new Builder(shape);
    const [values] = randomRows(new Builder(other).graph(0), 1, 3) as [Float32Array];
    const operands = [0, b.constant(other, values)];
    const graph = b.graph(b.op('add', first ? operands.reverse() : operands));
    expectLike(graph, (row) => tf.add(batchOfOne(row, shape), tf.tensor(values, [...other])));
    expectInt8LikeReal(graph);
  });

  it('refuses shapes that do not broadcast and two constants', () => {
    const b = new Builder([3, 4, 2]);
    const constant = b.constant([3], new Float32Array(3));
    expect(() => b.op('add', [0, constant])).toThrow(/SHAPE_MISMATCH/);
    expect(() => checkGraph(b.graph(b.op('add', [constant, constant])))).toThrow(/BAD_OPTION/);
  });

  // Fingerprints of all 65536 results of a program that does the reference's arithmetic in its own integer types.
  it.each<[Scale, Scale, Scale, number]>([
    [[0.02, -3], [0.05, 11], [0.04, -20], 904409755],
    [[0.1, -128], [0.003, 0], [0.06, 7], 2222548682],
    [[0.0471, 127], [0.0471, -128], [0.09, 0], 1454574521],
    [[0.0312, 5], [0.7, -90], [0.41, 3], 1276931922],
  ])('int8: %j and %j to %j gives the reference bits', (a, b, output, expected) => {
    const real = ([scale, zero]: Scale): Scale => [Math.fround(scale), zero];
    expect(fingerprint(storedPairs('add', real(a), real(b), real(output)))).toBe(expected);
  });
});
