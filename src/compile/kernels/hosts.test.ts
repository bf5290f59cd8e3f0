import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { has, run, SANITIZERS, sanitizes, unpack, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { emitModel } from '../emit/emit.js';
import { bytesOf } from '../op.js';
import policies from '../testing/policies.cpp.js';
import { readTflite } from '../tflite/read.js';

const CXX = ['g++', 'clang++'].filter(has);
const NATIVE = process.arch === 'x64' && process.platform === 'linux';
const CPU = NATIVE ? readFileSync('/proc/cpuinfo', 'utf8') : '';

/** `IMPULSEKIT_X86_LEVEL`, and what the processor must have for it. */
const LEVELS = [
  { level: 0, name: 'portable fallback', there: NATIVE },
  { level: 1, name: 'AVX2', there: /\bavx2\b/.test(CPU) },
  { level: 2, name: 'AVX-512 with VNNI', there: /\bavx512_vnni\b/.test(CPU) },
] as const;

const AARCH64 = { compiler: 'aarch64-linux-gnu-g++', emulator: ['qemu-aarch64', '-cpu', 'max'] } as const;
const HAS_AARCH64 = has(AARCH64.compiler) && has(AARCH64.emulator[0]);
const NEON = [
  { name: 'NEON', flags: [] },
  { name: 'NEON with SDOT', flags: ['-march=armv8.2-a+dotprod'] },
] as const;

/** A module of nothing but our code: copies become instructions, and there is no library to link. */
const WASM = ['--target=wasm32-wasi', '-msimd128', '-mbulk-memory', '-fno-exceptions', '-nostdlib', '-Wl,--no-entry'];

function buildsWasm(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-wasm-'));
  try {
    writeFileSync(join(dir, 'a.cpp'), '#include <string.h>\n#include <wasm_simd128.h>\n');
    run('clang++', [...WASM, '-o', 'a.wasm', 'a.cpp'], dir);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const HAS_WASM = has('clang++') && buildsWasm();

interface Instance {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly [name: string]: unknown;
}

/** What of WebAssembly these tests use; its types belong to browsers. */
interface WebAssemblyApi {
  instantiate(module: Uint8Array, imports: object): Promise<{ instance: { exports: Instance } }>;
}

async function instantiate(dir: string, source: readonly string[], exports: readonly string[]): Promise<Instance> {
  const names = exports.map((name) => `-Wl,--export=${name}`);
  run('clang++', [...WARNINGS, '-I.', '-O2', ...WASM, ...names, '-o', 'a.wasm', ...source], dir);
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const { instance } = await WebAssembly.instantiate(readFileSync(join(dir, 'a.wasm')), {});
  return instance.exports;
}

describe('policies of hosts give the bytes of the portable one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-policies-'));
  const source = policies.path;
  beforeAll(() => writeHeaders(dir, [policies]));
  afterAll(() => rmSync(dir, { recursive: true }));

  const compare = (compiler: string, flags: readonly string[], emulator: readonly string[] = []): void => {
    run(compiler, [...WARNINGS, ...flags, '-o', 'program', source], dir);
    const [command, ...args] = [...emulator, join(dir, 'program')];
    run(command!, args, dir);
  };

  for (const { level, name, there } of LEVELS) {
    it.skipIf(!there || CXX.length === 0)(`x86-64, ${name}`, () => {
      for (const compiler of CXX) compare(compiler, ['-O2', `-DIMPULSEKIT_X86_LEVEL=${level}`]);
    });
    it.skipIf(!there || !CXX.some(sanitizes))(`x86-64, ${name}, sanitizers`, () => {
      const flags = ['-O1', `-DIMPULSEKIT_X86_LEVEL=${level}`, ...SANITIZERS];
      for (const compiler of CXX.filter(sanitizes)) compare(compiler, flags);
    });
  }

  for (const { name, flags } of NEON) {
    it.skipIf(!HAS_AARCH64)(`AArch64, ${name}`, () => {
      compare(AARCH64.compiler, ['-O2', '-static', ...flags], AARCH64.emulator);
    });
  }

  it.skipIf(!HAS_WASM)('WebAssembly SIMD', async () => {
    const { comparePolicies } = await instantiate(dir, [source], ['comparePolicies']);
    expect((comparePolicies as (rounds: number) => number)(3000)).toBe(0);
  });
});

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;
/** Golden inputs per model; float32 first, so that their values lie on whole words. */
const ROWS = {
  kws_f32dq: 2,
  ic_f32: 1,
  vww_f32: 1,
  ad_f32: 2,
  kws_int8: 4,
  ic_int8: 2,
  vww_int8: 2,
  ad_int8: 4,
  strww_int8: 4,
  iclarge_int8: 1,
} as const;
type Model = keyof typeof ROWS;
const isFloat = (name: Model): boolean => !name.endsWith('int8');

/** `runModels` runs all models on the bytes of `inputs`, row after row, and leaves theirs in `outputs`. */
function modelsProgram(names: readonly Model[], inputBytes: number, outputBytes: number): string {
  const runs = names.map((name) => `  run<${ROWS[name]}>(${name}::kInputSize, ${name}::kOutputSize, ${name}::invoke);`);
  return [
    ...names.map((name) => `#include "${name}.h"`),
    'extern "C" {',
    `alignas(4) int8_t inputs[${inputBytes}]; alignas(4) int8_t outputs[${outputBytes}]; void runModels();`,
    '}',
    'static const void* from; static void* to;',
    'template <int kRows, typename T> static void run(int x, int y, void (*invoke)(const T*, T*)) {',
    '  const T* input = static_cast<const T*>(from);',
    '  T* output = static_cast<T*>(to);',
    '  for (int row = 0; row < kRows; ++row, input += x, output += y) invoke(input, output);',
    '  from = input; to = output;',
    '}',
    `void runModels() {\n  from = inputs; to = outputs;\n${runs.join('\n')}\n}`,
    '#if !defined(__wasm__)',
    '#include <stdio.h>',
    'int main() {',
    '  if (fread(inputs, sizeof inputs, 1, stdin) != 1) return 1;',
    '  runModels();',
    '  return fwrite(outputs, sizeof outputs, 1, stdout) == 1 ? 0 : 2;',
    '}',
    '#endif',
  ].join('\n');
}

function expectNear(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const floats = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
  const [a, b] = [floats(actual), floats(expected)];
  const size = b.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  const worst = b.reduce((most, v, i) => Math.max(most, Math.abs(v - a[i]!)), 0);
  expect(worst, what).toBeLessThanOrEqual(1e-5 * size);
}

describe.skipIf(!existsSync(models))(
  'models of MLPerf Tiny in speed mode: int8 bit for bit, float32 within 1e-5',
  () => {
    const names = Object.keys(ROWS) as Model[];
    const sources = ['main.cpp', ...names.map((name) => `${name}.cpp`)];
    const [inputs, expected]: Buffer[][] = [[], []];
    let dir = '';

    beforeAll(() => {
      for (const name of names) {
        const graph = readTflite(readFileSync(`${models}${name}.tflite`));
        dir = unpack(
          emitModel(graph, { name, optimize: 'speed' }),
          dir || mkdtempSync(join(tmpdir(), 'impulsekit-models-')),
        );
        const rows = (end: 'input' | 'output'): Buffer =>
          readFileSync(`${models}${name}/${end}s.bin`).subarray(0, ROWS[name] * bytesOf(graph.tensors[graph[end]]!));
        inputs!.push(rows('input'));
        expected!.push(rows('output'));
      }
      const bytes = (all: Buffer[]): number => all.reduce((sum, { length }) => sum + length, 0);
      writeFileSync(join(dir, 'main.cpp'), modelsProgram(names, bytes(inputs!), bytes(expected!)));
    });
    afterAll(() => rmSync(dir, { recursive: true }));

    const check = (outputs: Uint8Array): void => {
      let at = 0;
      names.forEach((name, i) => {
        const row = outputs.subarray(at, at + expected![i]!.length);
        if (isFloat(name)) expectNear(row, expected![i]!, name);
        else expect([...row], name).toEqual([...expected![i]!]);
        at += row.length;
      });
    };

    const compare = (compiler: string, flags: readonly string[], emulator: readonly string[] = []): void => {
      run(compiler, [...WARNINGS, '-I.', ...flags, '-o', 'program', ...sources], dir);
      const [command, ...args] = [...emulator, join(dir, 'program')];
      check(execFileSync(command!, args, { input: Buffer.concat(inputs!), maxBuffer: 1 << 26 }));
    };

    for (const { level, name, there } of LEVELS.slice(1)) {
      it.skipIf(!there || !has('g++'))(`x86-64, ${name}`, () => {
        compare('g++', ['-O2', `-DIMPULSEKIT_X86_LEVEL=${level}`]);
      });
    }

    it.skipIf(!sanitizes('g++'))('portable kernels, g++ with sanitizers', () => {
      compare('g++', ['-O1', ...SANITIZERS, '-DIMPULSEKIT_PORTABLE']);
    });

    it.skipIf(!NATIVE || !sanitizes('clang++'))('x86-64, best level, clang++ with sanitizers', () => {
      compare('clang++', ['-O1', ...SANITIZERS]);
    });

    for (const { name, flags } of NEON) {
      it.skipIf(!HAS_AARCH64)(`AArch64, ${name}`, () => {
        compare(AARCH64.compiler, ['-O2', '-static', ...flags], AARCH64.emulator);
      });
    }

    it.skipIf(!HAS_WASM)('WebAssembly SIMD', async () => {
      const { memory, runModels, ...data } = await instantiate(dir, sources, ['runModels', 'inputs', 'outputs']);
      const at = (name: string): number => (data[name] as { readonly value: number }).value;
      new Uint8Array(memory.buffer).set(Buffer.concat(inputs!), at('inputs'));
      (runModels as () => void)();
      const { length } = Buffer.concat(expected!);
      check(new Uint8Array(memory.buffer).slice(at('outputs'), at('outputs') + length));
    });
  },
);
