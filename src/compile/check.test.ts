import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../errors.js';
import { checkGraph } from './check.js';
import type { Graph, Op, OpKind, Quantization } from './graph.js';
import { sketchQuantize } from './quantize/quantize.js';
import { Builder } from './testing/random-graph.js';

function small(): Graph {
  const b = new Builder([1, 6, 2]);
  const constants = [b.constant([3, 1, 2, 2], new Float32Array(12)), b.constant([3], new Float32Array(3))];
  const conv = b.op('conv2d', [0, ...constants], { strides: [1, 2] });
  return b.graph(b.op('relu', [conv]));
}

/** The network with its first operator changed. */
function changed(changes: Partial<Op>, graph = small()): Graph {
  return { ...graph, ops: graph.ops.map((op, i) => (i === 0 ? { ...op, ...changes } : op)) };
}

const tensor = (graph: Graph, index: number, changes: object): Graph => ({
  ...graph,
  tensors: graph.tensors.map((t, i) => (i === index ? { ...t, ...changes } : t)),
});

/** An int8 softmax whose output has this quantisation. */
function stored(quantization: Quantization | undefined): Graph {
  const b = new Builder([4]);
  const int8 = sketchQuantize(b.graph(b.op('softmax', [0])));
  return tensor(int8, int8.output, { quantization });
}

describe('checkGraph', () => {
  it('accepts a network whose shapes meet', () => {
    expect(() => checkGraph(small())).not.toThrow();
  });

  const cases: readonly (readonly [string, Graph, string])[] = [
    ['an unknown operator', changed({ kind: 'attention' as OpKind }), 'UNSUPPORTED'],
    ['a name every object has', changed({ kind: 'toString' as OpKind }), 'UNSUPPORTED'],
    ['a missing input', changed({ inputs: [0] }), 'BAD_OPTION'],
    ['weights that are computed', changed({ inputs: [0, 0, 2] }), 'BAD_OPTION'],
    ['an input that comes later', changed({ inputs: [4, 1, 2] }), 'BAD_OPTION'],
    ['an output that is a constant', changed({ output: 1 }), 'BAD_OPTION'],
    ['an output that is missing', changed({ output: 99 }), 'BAD_OPTION'],
    ['a stride of zero', changed({ attributes: { strides: [1, 0] } }), 'SHAPE_MISMATCH'],
    ['another output shape', changed({ attributes: { strides: [1, 1] } }), 'SHAPE_MISMATCH'],
    ['weights for other channels', tensor(small(), 0, { shape: [1, 6, 3] }), 'SHAPE_MISMATCH'],
    ['a window larger than its input', tensor(small(), 0, { shape: [1, 1, 2] }), 'SHAPE_MISMATCH'],
    ['an input without spatial dimensions', tensor(small(), 0, { shape: [12] }), 'SHAPE_MISMATCH'],
    ['a constant of another length', tensor(small(), 2, { data: new Float32Array(4) }), 'BAD_OPTION'],
    ['an output of another type', tensor(small(), 3, { dtype: 'int8' }), 'BAD_OPTION'],
    ['an output nobody computes', { ...small(), ops: [] }, 'BAD_OPTION'],
    ['a size that is no number', tensor(small(), 0, { shape: [1, Number.NaN, 2] }), 'BAD_OPTION'],
    ['more memory than there are addresses', tensor(small(), 0, { shape: [1, 65536, 65536] }), 'BAD_OPTION'],
    ['an unknown type', tensor(small(), 0, { dtype: 'toString' }), 'BAD_OPTION'],
    ['values of another type', tensor(small(), 2, { data: new Int32Array(3) }), 'BAD_OPTION'],
    ['a bias of another type', tensor(small(), 2, { dtype: 'int8', data: new Int8Array(3) }), 'BAD_OPTION'],
    ['an input that is constant', { ...small(), input: 1 }, 'BAD_OPTION'],
    ['an input that is missing', { ...small(), input: 99 }, 'BAD_OPTION'],
    ['a scale of zero', stored({ scales: Float32Array.of(0), zeroPoint: 0 }), 'BAD_OPTION'],
    ['a zero point beyond int8', stored({ scales: Float32Array.of(1), zeroPoint: 128 }), 'BAD_OPTION'],
    ['a softmax of another scale', stored({ scales: Float32Array.of(1 / 128), zeroPoint: 0 }), 'BAD_OPTION'],
    ['an int8 output without a scale', stored(undefined), 'BAD_OPTION'],
  ];
  it.each(cases)('refuses %s', (_what, graph, code) => {
    try {
      checkGraph(graph);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ImpulseError);
      expect((error as ImpulseError).code).toBe(code);
      expect((error as ImpulseError).where).toMatch(/^network\./);
    }
  });
});
