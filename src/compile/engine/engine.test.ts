import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph.js';
import { interpret } from '../interpret/interpreter.js';
import { elements } from '../op.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { Builder, randomGraph, randomRows } from '../testing/random-graph.js';
import { readTflite } from '../tflite/read.js';
import { runnerOf } from './engine.js';
import { sources, sourcesHash } from './engine.wasm.js';

const TYPESCRIPT = { engine: 'typescript' } as const;

function int8Of(graph: Graph): Graph {
  return quantize(graph, calibrate(graph, randomRows(graph, 4)));
}

/** Both engines on the same input, on memory that the run before has left dirty. */
function expectSame(graph: Graph, rows: readonly (Float32Array | Int8Array)[], what: string): void {
  expect(runnerOf(graph), what).toBeDefined();
  expect(interpret(graph, rows), what).toEqual(interpret(graph, rows, TYPESCRIPT));
}

describe('engine', () => {
  it('was compiled from the kernels as they are; if not, run node scripts/build-engine.mjs', () => {
    const hash = createHash('sha256');
    const root = new URL('../../', import.meta.url);
    for (const path of sources) hash.update(`${path}\n`).update(readFileSync(new URL(path, root)));
    expect(hash.digest('hex'), 'run node scripts/build-engine.mjs').toBe(sourcesHash);
  });

  for (let batch = 0; batch < 8; batch++) {
    it(`generated int8 networks ${batch * 25} to ${batch * 25 + 24} give the bits of the TypeScript kernels`, () => {
      for (let i = batch * 25; i < batch * 25 + 25; i++) {
        const graph = int8Of(optimize(randomGraph(40_000 + i)));
        expectSame(graph, randomRows(graph, 3, 7), `network ${i}`);
      }
    });
  }

  it('quantises and dequantises at float32 ends as TypeScript does', () => {
    const stored = {
      shape: [8],
      dtype: 'int8',
      quantization: { scales: Float32Array.of(0.3), zeroPoint: -7 },
    } as const;
    const graph: Graph = {
      tensors: [
        { name: 'x', shape: [8], dtype: 'f32' },
        { name: 'a', ...stored },
        { name: 'b', ...stored },
        { name: 'y', shape: [8], dtype: 'f32' },
      ],
      ops: [
        { kind: 'quantize', name: 'quantize', inputs: [0], output: 1, attributes: {} },
        { kind: 'relu6', name: 'relu6', inputs: [1], output: 2, attributes: {} },
        { kind: 'dequantize', name: 'dequantize', inputs: [2], output: 3, attributes: {} },
      ],
      input: 0,
      output: 3,
    };
    const special = Float32Array.of(0.15, 0.45, -0.15, 2.9999, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY);
    expectSame(graph, [special, ...randomRows(graph, 20)], 'float32 ends');
    expectSame({ ...graph, ops: graph.ops.slice(0, 1), output: 1 }, [special, ...randomRows(graph, 20)], 'stored');
  });

  it('leaves to TypeScript what has no kernel: float32, and concatenations of many inputs', () => {
    const b = new Builder([4]);
    expect(runnerOf(b.graph(b.op('relu', [0])))).toBeUndefined();
    const five = new Builder([2, 3]);
    const graph = int8Of(five.graph(five.op('concat', [0, 0, 0, 0, 0], { axis: 0 })));
    expect(runnerOf(graph)).toBeUndefined();
    expect(interpret(graph, Int8Array.of(1, 2, 3, 4, 5, 6)).length).toBe(30);
  });

  it('leaves to TypeScript what does not fit into the memory of WebAssembly', () => {
    const b = new Builder([4]);
    const small = int8Of(b.graph(b.op('tanh', [b.op('relu', [0])])));
    expect(runnerOf(small)).toBeDefined();
    const tensors = small.tensors.map((tensor) => ({ ...tensor, shape: [2 ** 31 - 64] }));
    expect(runnerOf({ ...small, tensors })).toBeUndefined();
  });
});

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

describe.skipIf(!existsSync(models))('models of MLPerf Tiny', () => {
  const rows = { kws_int8: 64, ic_int8: 4, iclarge_int8: 1, vww_int8: 4, ad_int8: 32, strww_int8: 32 };
  for (const [model, count] of Object.entries(rows)) {
    it(`${model}: the outputs of TensorFlow Lite for Microcontrollers, bit for bit`, () => {
      const graph = readTflite(readFileSync(`${models}${model}.tflite`));
      expect(runnerOf(graph)).toBeDefined();
      const part = (end: 'input' | 'output', i: number): Int8Array => {
        const size = elements(graph.tensors[graph[end]]!.shape);
        const bytes = readFileSync(`${models}${model}/${end}s.bin`).subarray(i * size, (i + 1) * size);
        return Int8Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
      };
      for (let i = 0; i < count; i++) {
        expect([...interpret(graph, part('input', i))], `row ${i}`).toEqual([...part('output', i)]);
      }
    });
  }
});
