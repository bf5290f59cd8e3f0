import { describe, expect, it } from 'vitest';
import { interpret, interpreter } from '../../interpret/interpreter.js';
import { quantize } from '../../quantize/quantize.js';
import { batchOfOne, expectInt8LikeReal, expectLike, tf } from '../../testing/conformance.js';
import { Builder } from '../../testing/random-graph.js';

function network(shape: readonly number[]) {
  const b = new Builder(shape);
  return b.graph(b.op('softmax', [0]));
}

describe('softmax', () => {
  it.each([[[1]], [[2]], [[12]], [[100]], [[2, 3, 5]]])('over the last dimension of %j', (shape) => {
    expectLike(network(shape), (row) => tf.softmax(batchOfOne(row, shape)));
    expectInt8LikeReal(network(shape));
  });

  it('does not overflow', () => {
    expect([...interpreter(network([3]))(new Float32Array([1e30, -1e30, 0]))]).toEqual([1, 0, 0]);
  });

  it('int8: is within one step of the real softmax for every scale and distance', () => {
    for (const max of [0.1, 1, 8, 40, 300]) {
      const int8 = quantize(network([2]), Array(2).fill({ min: 0, max }));
      const scale = int8.tensors[0]!.quantization!.scales[0]!;
      for (let distance = 0; distance <= 255; distance++) {
        const stored = interpret(int8, Int8Array.of(127, 127 - distance));
        const share = 1 / (1 + Math.exp(-distance * scale));
        const expected = [share, 1 - share].map((p) => Math.min(127, p * 256 - 128));
        expected.forEach((value, i) => {
          expect(Math.abs(stored[i]! - value)).toBeLessThanOrEqual(1);
        });
      }
    }
  });

  it('int8: shares among very many equal values round to zero or one step', () => {
    const int8 = quantize(network([2000]), Array(2).fill({ min: 0, max: 1 }));
    const stored = interpret(int8, new Int8Array(2000).fill(5));
    expect(stored.every((q) => q === -128 || q === -127)).toBe(true);
  });
});
