import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { has, run, WARNINGS } from '../testing/compilers.js';
import { bindGraph } from './interpret/interpreter.js';
import { valuesOf } from './op.js';
import { mainFor, writeNetworks } from './testing/cpp-harness.js';
import { readTflite } from './tflite/read.js';

const models = new URL('../../../shared/reference/models/', import.meta.url).pathname;

function values(file: string, float: boolean): Float32Array | Int8Array {
  const bytes = readFileSync(`${models}${file}`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return float ? new Float32Array(buffer) : new Int8Array(buffer);
}

/** Calls `check` with what we compute and what the oracle computed, for the first rows and all their layers. */
function compare(
  model: string,
  rows: number,
  check: (actual: readonly number[], expected: readonly number[], what: string) => void,
) {
  const graph = readTflite(readFileSync(`${models}${model}.tflite`));
  const float = graph.tensors[graph.input]!.dtype === 'f32';
  const { values: tensors, steps } = bindGraph(graph);
  const inputs = values(`${model}/inputs.bin`, float);
  const layers = readdirSync(`${models}${model}/layers`)
    .sort()
    .map((file) => values(`${model}/layers/${file}`, float));
  const outputs = values(`${model}/outputs.bin`, float);
  const row = (all: Float32Array | Int8Array, size: number, i: number) => [...all.subarray(i * size, (i + 1) * size)];
  const input = tensors[graph.input]!;
  for (let i = 0; i < Math.min(rows, inputs.length / input.length); i++) {
    input.set(inputs.subarray(i * input.length, (i + 1) * input.length));
    for (const step of steps) step();
    graph.ops.forEach((op, layer) => {
      const actual = tensors[op.output]!;
      const expected = row(layers[layer]!, actual.length, i);
      if (expected.length > 0) check([...actual], expected, `${op.name}, row ${i}`);
    });
    const output = tensors[graph.output]!;
    check([...output], row(outputs, output.length, i), `output ${i}`);
  }
  return graph;
}

describe.skipIf(!existsSync(models))('models of MLPerf Tiny, against TensorFlow Lite for Microcontrollers', () => {
  const int8 = { kws_int8: 64, ic_int8: 4, iclarge_int8: 1, vww_int8: 4, ad_int8: 32, strww_int8: 32 };
  for (const [model, rows] of Object.entries(int8)) {
    it(`${model}: every layer bit for bit`, () => {
      compare(model, rows, (actual, expected, what) => expect(actual, what).toEqual(expected));
    });
  }

  for (const [model, rows] of Object.entries({ kws_f32dq: 8, ic_f32: 2, vww_f32: 2, ad_f32: 8 })) {
    it(`${model}: every layer within 1e-5`, () => {
      compare(model, rows, (actual, expected, what) => {
        const size = Math.max(1, ...expected.map(Math.abs));
        const error = Math.max(...actual.map((a, i) => Math.abs(a - expected[i]!)));
        expect(error, what).toBeLessThanOrEqual(1e-5 * size);
      });
    });
  }

  it.skipIf(!has('g++'))('emitted C++: kws_int8 and strww_int8 bit for bit', () => {
    const names = ['kws_int8', 'strww_int8'];
    const rows = 4;
    const graphs = names.map((model) => readTflite(readFileSync(`${models}${model}.tflite`)));
    // The program reads float32 rows and takes the first bytes of each as stored values.
    const input = names.flatMap((model, m) => {
      const { length } = valuesOf(graphs[m]!.tensors[graphs[m]!.input]!);
      const stored = values(`${model}/inputs.bin`, false);
      return Array.from({ length: rows }, (_, i) => {
        const row = Buffer.alloc(4 * length);
        row.set(new Uint8Array(Int8Array.from(stored.subarray(i * length, (i + 1) * length)).buffer));
        return row;
      });
    });
    const dir = writeNetworks(graphs, mainFor(graphs, rows));
    run('g++', ['-I.', ...WARNINGS, '-O2', '-o', 'program', 'networks.cpp'], dir);
    const output = execFileSync(join(dir, 'program'), { input: Buffer.concat(input) });
    rmSync(dir, { recursive: true });
    let at = 0;
    names.forEach((model, m) => {
      const { length } = valuesOf(graphs[m]!.tensors[graphs[m]!.output]!);
      const expected = values(`${model}/outputs.bin`, false);
      for (let i = 0; i < rows; i++) {
        const stored = new Int8Array(output.subarray(at + 4 * length, at + 5 * length));
        expect([...stored], `${model} row ${i}`).toEqual([...expected.subarray(i * length, (i + 1) * length)]);
        at += 5 * length;
      }
    });
  });
});
