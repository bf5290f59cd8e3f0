import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { raw } from '../../dsp/index.js';
import { impulse, motion } from '../../impulse/index.js';
import { kMeans, tflite } from '../../learn/index.js';
import type { Bundle } from '../../program.js';
import { featuresSpec } from '../../spec.js';
import { cppLibrary, nano33ble, withEngine } from '../../targets/index.js';
import { has, run, unpack } from '../../testing/compilers.js';
import {
  calibrate,
  emitModel,
  type Graph,
  interpreter,
  optimize,
  quantize,
  readTflite,
  writeTflite,
} from '../index.js';
import { randomGraph, randomRows } from '../testing/random-graph.js';
import { TFLM_STATIC_BYTES, tflmArena } from './arena.js';
import { readModel } from './model.js';
import { hashOf, stubTree } from './testing/stub-tree.js';
import { tflm } from './tflm.js';

/** Random networks of two scores: several kinds of operators. */
function network(from: number): Graph {
  for (let seed = from; ; seed++) {
    const candidate = optimize(randomGraph(seed));
    const isLarge = candidate.ops.length > 4;
    if (isLarge && candidate.tensors[candidate.output]!.shape.join() === '2') return candidate;
  }
}
const float = network(40);
const int8 = quantize(float, calibrate(float, randomRows(float, 4)));
const cases = [
  ['float32', float],
  ['int8', int8],
] as const;

function modelOf(graph: Graph) {
  const inputs = graph.tensors[graph.input]!.shape.reduce((product, size) => product * size, 1);
  const input = motion({ axes: ['x'], rateHz: 50, windowMs: 20 * inputs });
  return impulse({ input, dsp: raw(), learn: tflite(writeTflite(graph), { labels: ['a', 'b'] }) });
}
const deployed = (graph: Graph): Bundle => modelOf(graph).deploy(cppLibrary({ name: 'net', engine: tflm() }));

/** The array of the model in emitted source. */
function arrayOf({ files }: Bundle): Uint8Array {
  const text = files['net_parameters.cpp'] as string;
  const body = /uint8_t \w+File\[\d+\] = \{\n([^}]*)\}/.exec(text)![1]!;
  return Uint8Array.from(body.split(',').slice(0, -1).map(Number));
}

describe('the engine of TensorFlow Lite Micro', () => {
  it('counts its arena and what it keeps beside it', () => {
    const model = modelOf(int8);
    const { bytes, ...own } = tflmArena(model.toTflite());
    expect(own.plannedBytes).toBeGreaterThan(0);
    const [compiled, left] = [model.estimate(nano33ble), withEngine(model.program, tflm())];
    const result = model.estimate(nano33ble, { engine: tflm() });
    expect(result.ramBytes).toBe(left.arenaBytes + bytes + TFLM_STATIC_BYTES);
    expect(result.ramBytes).toBeGreaterThan(compiled.ramBytes);
    expect(result.blocks[1]!.ramBytes).toBeGreaterThan(bytes);
    const given = model.estimate(nano33ble, { engine: tflm({ arenaBytes: 100_000 }) });
    expect(given.ramBytes - result.ramBytes).toBe(100_000 - bytes);
    expect(model.estimate({ ...nano33ble, ramBytes: bytes }, { engine: tflm() }).fits).toBe(false);
  });

  it.each(cases)('emits the bytes of the exported file, which run in our interpreter: %s', (_, graph) => {
    const model = modelOf(graph);
    const array = arrayOf(deployed(graph));
    expect(array).toEqual(model.toTflite());
    const again = interpreter(readTflite(array));
    for (const row of randomRows(graph, 20)) {
      const { scores } = model.predict(row);
      const got = [...again(row)];
      const expected = [scores!.a!, scores!.b!];
      if (graph === int8) expect(got).toEqual(expected);
      else for (const i of [0, 1]) expect(got[i]).toBeCloseTo(expected[i]!, 6);
    }
  });

  it.each(cases)('resolves exactly the operators of the model: %s', (_, graph) => {
    const text = deployed(graph).files['net_parameters.cpp'] as string;
    const added = [...text.matchAll(/resolver->Add(\w+)\(\)/g)].map(([, name]) => name!.toUpperCase());
    const used = readModel(modelOf(graph).toTflite()).operators;
    expect(added).toEqual(used.map((name) => name.replaceAll('_', '')));
    expect(text).toContain(`kOperators = ${used.length};`);
  });

  it('leaves processing and other learners as they are, and gives the same bytes each time', () => {
    const { files } = deployed(int8);
    expect(deployed(int8)).toEqual({ files });
    const native = modelOf(int8).deploy(cppLibrary({ name: 'net' })).files;
    expect(files['net_continuous.cpp']).toEqual(native['net_continuous.cpp']);
    expect(tflm().emit(kMeans({ clusters: 2 }).sketch(featuresSpec(4), ['a']))).toBeUndefined();
  });

  it('refuses sizes that are none', () => {
    for (const arenaBytes of [0, -1, 1.5, Number.NaN, 2 ** 40]) {
      expect(() => tflm({ arenaBytes })).toThrow(/tflm\.arenaBytes.*BAD_OPTION/);
    }
    const { files } = modelOf(int8).deploy(cppLibrary({ name: 'net', engine: tflm({ arenaBytes: 4096 }) }));
    expect(files['net_parameters.h']).toContain('kArenaBytes = static_cast<uint32_t>(4096);');
  });
});

/** A stand-in for the interpreter that runs the same network, compiled by the native engine. */
function treeFor(graph: Graph): Bundle['files'] {
  const file = modelOf(graph).toTflite();
  const { operators, tensors, input, output } = readModel(file);
  const [from, to] = [tensors[input]!, tensors[output]!];
  const type = graph === int8 ? 'int8_t' : 'float';
  const stub = stubTree({
    adders: [...(deployed(graph).files['net_parameters.cpp'] as string).matchAll(/->(Add\w+)\(/g)].map(([, a]) => a!),
    operators: operators.length,
    inputElementBytes: graph === int8 ? 1 : 4,
    outputElementBytes: graph === int8 ? 1 : 4,
    inputBytes: from.bytes,
    outputBytes: to.bytes,
    arenaBytes: tflmArena(file, 8).bytes,
    hash: hashOf(file),
    modelBytes: file.length,
  });
  const invoke = [
    '#include "model.h"',
    'extern "C" void stub_invoke(const void* input, void* output);',
    'extern "C" void stub_invoke(const void* input, void* output) {',
    `  model::invoke(static_cast<const ${type}*>(input), static_cast<${type}*>(output));`,
    '}',
    '',
  ].join('\n');
  const model = Object.entries(emitModel(graph, { name: 'model' }).files);
  return {
    ...stub,
    ...Object.fromEntries(model.map(([path, text]) => [`third_party/model/${path}`, text])),
    'third_party/model/invoke.cpp': invoke,
  };
}

describe.skipIf(!has('g++') || !has('make'))('against a tree with the public interface', () => {
  it.each(cases)('make builds the library, and it checks itself: %s', (_, graph) => {
    const dir = unpack({ files: { ...prefixed('tree', treeFor(graph)), ...deployed(graph).files } });
    try {
      const flags = 'CXXFLAGS=-O1 -Wall -Wextra -Wpedantic -Wconversion -Wdouble-promotion -Werror';
      expect(run('make', ['-s', 'check', 'TFLM_DIR=tree', flags], dir)).toMatch(/OK\s*$/);
      expect(() => run('make', ['-s', 'check'], dir)).toThrow(/Set TFLM_DIR/);
      run('make', ['-s', 'clean'], dir);
      expect(existsSync(join(dir, 'build'))).toBe(false);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('gives scores that are not a number when the arena is too small', () => {
    const small = modelOf(int8).deploy(cppLibrary({ name: 'net', engine: tflm({ arenaBytes: 64 }) })).files;
    const main = [
      '#include <stdio.h>',
      '#include "net_parameters.h"',
      'static float window[net::kInputSize];',
      'int main() {',
      '  net::Result result;',
      '  net::run(window, &result);',
      '  printf("%d %u", result.scores[0] != result.scores[0], net::detail::Tflite1::arenaUsedBytes());',
      '  return 0;',
      '}',
    ].join('\n');
    const dir = unpack({ files: { ...prefixed('tree', treeFor(int8)), ...small, 'main.cpp': main } });
    try {
      run('make', ['-s', 'build/libnet.a', 'build/libtflm.a', 'TFLM_DIR=tree', 'CXXFLAGS=-O0'], dir);
      const flags = ['-std=c++17', '-DTF_LITE_STATIC_MEMORY', '-I.', '-Itree'];
      run('g++', [...flags, '-o', 'main', 'main.cpp', 'build/libnet.a', 'build/libtflm.a'], dir);
      expect(run(join(dir, 'main'), [], dir)).toBe('1 0');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.skipIf(!has('cmake'))(
    'CMake builds it too, from sources and with a library that is there',
    () => {
      const dir = unpack({ files: { ...prefixed('tree', treeFor(int8)), ...deployed(int8).files } });
      try {
        expect(() => run('cmake', ['-S', '.', '-B', 'out'], dir)).toThrow(/Set TFLM_DIR/);
        run('cmake', ['-S', '.', '-B', 'out', `-DTFLM_DIR=${dir}/tree`, '-DCMAKE_BUILD_TYPE=Debug'], dir);
        run('cmake', ['--build', 'out'], dir);
        expect(run(join(dir, 'out/verify'), [], dir)).toMatch(/OK\s*$/);
        const given = ['-DCMAKE_BUILD_TYPE=Debug', `-DTFLM_DIR=${dir}/tree`, `-DTFLM_LIB=${dir}/out/libtflm.a`];
        run('cmake', ['-S', '.', '-B', 'given', ...given], dir);
        run('cmake', ['--build', 'given'], dir);
        expect(run(join(dir, 'given/verify'), [], dir)).toMatch(/OK\s*$/);
        expect(existsSync(join(dir, 'given/libtflm.a'))).toBe(false);
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
    300_000,
  );
});

const prefixed = (folder: string, files: Bundle['files']): Bundle['files'] =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

const MODELS = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

/** `arena_used_bytes()` of TensorFlow Lite Micro with its reference kernels on x86-64. */
const USED = {
  kws_int8: 24_000,
  kws_f32dq: 71_936,
  ic_int8: 55_712,
  ic_f32: 203_104,
  iclarge_int8: 133_472,
  vww_int8: 103_392,
  vww_f32: 324_512,
  ad_int8: 3424,
  ad_f32: 5664,
  strww_int8: 16_352,
};

describe.skipIf(!existsSync(MODELS))('the arena of published networks', () => {
  it.each(Object.entries(USED))('%s: enough, and not much more than the %d bytes in use', (name, used) => {
    const { bytes } = tflmArena(readFileSync(join(MODELS, `${name}.tflite`)), 8);
    expect(bytes).toBeGreaterThanOrEqual(used);
    expect(bytes).toBeLessThanOrEqual(Math.max(1.1 * used, used + 600));
  });
});
