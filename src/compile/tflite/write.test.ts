import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Graph, OpKind, TensorData } from '../graph.js';
import { interpret } from '../interpret/interpreter.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { Builder, randomGraph, randomRows } from '../testing/random-graph.js';
import { decode } from './decode.js';
import { readTfliteLabels } from './labels.js';
import { readTflite } from './read.js';
import { BuiltinOperator } from './schema.js';
import { writeTflite } from './write.js';

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

/** What a graph computes from rows of its input, stored as the graph stores it. */
function outputs(graph: Graph, rows: readonly Float32Array[]): TensorData[] {
  return rows.map((row) => interpret(graph, row));
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Operators by the names of their tensors, with attributes that mean the same when they are left out. */
function plainly({ tensors, ops }: Graph) {
  return ops.map(({ kind, inputs, output, attributes: { activation = 'none', dilations = [1, 1], ...rest } }) => {
    const names = [...inputs, output].map((i) => tensors[i]!.name);
    return { kind, names, attributes: { ...rest, activation, dilations } };
  });
}

describe('writeTflite', () => {
  const networks = Array.from({ length: 60 }, (_, seed) => optimize(randomGraph(seed)));

  it.each(['float32', 'int8'])('random networks give the same values when they are read again: %s', (type) => {
    const kinds = new Set<OpKind>();
    for (const network of networks) {
      const rows = randomRows(network, 3);
      const graph = type === 'int8' ? quantize(network, calibrate(network, rows)) : network;
      const bytes = writeTflite(graph);
      const again = readTflite(bytes);
      expect(outputs(again, rows)).toEqual(outputs(graph, rows));
      expect(outputs(optimize(again), rows)).toEqual(outputs(graph, rows));
      expect(writeTflite(graph)).toEqual(bytes);
      for (const { kind } of graph.ops) kinds.add(kind);
    }
    const common: readonly OpKind[] = ['conv2d', 'depthwiseConv2d', 'dense', 'maxPool2d', 'add', 'softmax', 'reshape'];
    expect([...kinds]).toEqual(expect.arrayContaining(common as OpKind[]));
  });

  it('every operator of the compiler but batch normalisation has one in the file', () => {
    const b = new Builder([6, 5, 4]);
    const wide = b.op('concat', [0, 0], { axis: 2 });
    const slice = { begin: [0, 4, 1], end: [6, -1, 8], strides: [2, -2, 1] };
    const sliced = b.op('stridedSlice', [wide], { slice });
    const turned = b.op('transpose', [sliced], { perm: [1, 2, 0] });
    const padded = b.op('pad', [turned], { pads: [1, 0, 2, 1] });
    const large = b.op('resizeNearest', [padded], { size: [8, 9], alignCorners: false, halfPixelCenters: true });
    const gentle = b.op('leakyRelu', [large], { alpha: 0.125 });
    const bent = b.op('hardSwish', [gentle]);
    const scale = b.constant([1, 1, 3], Float32Array.of(0.5, -1, 2));
    const scaled = b.op('mul', [scale, bent], { activation: 'relu6' });
    const less = b.op('sub', [b.op('tanh', [scaled]), b.op('logistic', [bent])]);
    const graph = b.graph(b.op('mean', [b.op('relu', [less])], { keepDims: true }));
    const rows = randomRows(graph, 4);
    for (const one of [graph, quantize(graph, calibrate(graph, rows))]) {
      const again = readTflite(writeTflite(one));
      expect(plainly(again)).toEqual(plainly(one));
      expect(outputs(again, rows)).toEqual(outputs(one, rows));
    }
  });

  it('padding of all four sides becomes an operator of its own', () => {
    const b = new Builder([5, 6, 2]);
    const weights = b.constant(
      [3, 3, 3, 2],
      Float32Array.from({ length: 54 }, (_, i) => Math.sin(i)),
    );
    const bias = b.constant([3], Float32Array.of(0.1, 0.2, 0.3));
    const padding = { top: 2, bottom: 0, left: 1, right: 2 };
    const graph = b.graph(b.op('conv2d', [0, weights, bias], { padding, strides: [1, 2] }));
    const rows = randomRows(graph, 3);
    for (const one of [graph, quantize(graph, calibrate(graph, rows))]) {
      const again = readTflite(writeTflite(one));
      expect(again.ops.map(({ kind }) => kind)).toEqual(['pad', 'conv2d']);
      expect(outputs(again, rows)).toEqual(outputs(one, rows));
    }
  });

  it('follows the format', () => {
    const network = optimize(randomGraph(4));
    const graph = quantize(network, calibrate(network, randomRows(network, 3)));
    const bytes = writeTflite(graph, { labels: ['yes', 'n\u00f6'], description: 'a test' });
    expect(String.fromCharCode(...bytes.subarray(4, 8))).toBe('TFL3');
    const model = decode(bytes, 'Model');
    expect([model.version, model.description]).toEqual([3, 'a test']);
    expect(readTfliteLabels(bytes)).toEqual(['yes', 'n\u00f6']);
    expect(readTfliteLabels(writeTflite(graph))).toBeUndefined();
    expect(model.buffers[0]!.data.length).toBe(0);
    for (const { data } of model.buffers)
      if (data.length > 0) expect((data.byteOffset - bytes.byteOffset) % 16).toBe(0);
    for (const { builtinCode, deprecatedBuiltinCode, version } of model.operatorCodes) {
      expect(BuiltinOperator[builtinCode]).toBeDefined();
      expect(deprecatedBuiltinCode).toBe(builtinCode);
      expect(version).toBeGreaterThan(0);
    }
    const [{ tensors, inputs }] = model.subgraphs as [(typeof model.subgraphs)[number]];
    expect([...tensors[inputs[0]!]!.shape]).toEqual([1, ...graph.tensors[graph.input]!.shape]);
    tensors.forEach(({ name, quantization }, i) => {
      expect(name).toBe(graph.tensors[i]?.name ?? name);
      if (graph.tensors[i]?.quantization) expect(quantization!.scale).toEqual(graph.tensors[i]!.quantization!.scales);
    });
  });

  it('refuses batch normalisation that is not folded', () => {
    const b = new Builder([2, 2, 3]);
    const constants = [1, 2, 3, 4].map((v) => b.constant([3], new Float32Array(3).fill(v)));
    const graph = b.graph(b.op('batchNorm', [0, ...constants], { epsilon: 1e-3 }));
    expect(() => writeTflite(graph)).toThrow(/batchNorm.*optimize\(graph\).*UNSUPPORTED/);
  });
});

describe.skipIf(!existsSync(models))('models of MLPerf Tiny, written and read again', () => {
  const names = ['kws_int8', 'kws_f32dq', 'kws_f32', 'ic_int8', 'ic_f32', 'iclarge_int8'];
  it.each([...names, 'vww_int8', 'vww_f32', 'ad_int8', 'ad_f32', 'strww_int8'])('%s is the same graph', (name) => {
    const graph = readTflite(readFileSync(`${models}${name}.tflite`));
    const again = readTflite(writeTflite(graph));
    const described = ({ tensors, ...rest }: Graph) => [rest, tensors.map(({ data: _, ...tensor }) => tensor)];
    expect(described(again)).toEqual(described(graph));
    const same = (a: TensorData, b: TensorData): boolean => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
    const constants = graph.tensors.map(({ data }, i) => !data || same(data, again.tensors[i]!.data!));
    expect(constants).not.toContain(false);
  });
});
