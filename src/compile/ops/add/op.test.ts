import { describe, expect, it } from 'vitest';
import { bindGraph } from '../../interpreter.js';
import { quantize } from '../../quantize.js';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

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
});
