// Every golden case on every host: compiled by each compiler, under sanitizers, and as WebAssembly. TypeScript computes
// them in the tests of the blocks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../block.js';
import { sizeOf } from '../spec.js';
import { has, run, SANITIZERS, sanitizes, WARNINGS, writeHeaders } from '../testing/compilers.js';
import {
  cppProgram,
  type GoldenCase,
  goldenCases,
  hasReference,
  hostCompilers,
  inputOf,
  inTemporaryFolder,
  misfits,
  runCompiled,
  runStage,
  stageOf,
} from './testing/index.js';

const BLOCKS: Readonly<Record<string, readonly number[]>> = {
  raw: [1],
  flatten: [1],
  spectral_analysis: [1, 2, 3, 4],
  spectrogram: [1, 2, 3, 4],
  mfe: [1, 2, 3, 4],
  mfcc: [1, 2, 3, 4],
  image: [1],
};

const cases = Object.entries(BLOCKS).flatMap(([block, versions]) => versions.flatMap((v) => goldenCases(block, v)));

/** Cases that compile together. */
const BATCH = 26;
const batches: GoldenCase[][] = [];
for (let at = 0; at < cases.length; at += BATCH) batches.push(cases.slice(at, at + BATCH));

const WASM = ['--target=wasm32-wasi', '-mbulk-memory', '-fno-exceptions', '-nostdlib', '-Wl,--no-entry'];

interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly [name: string]: unknown;
}

/** Stages as one module without a library; inputs, outputs and scratch lie behind its own memory. */
async function runWasm(stages: readonly Stage[], inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const bytes = inTemporaryFolder((folder) => {
    writeHeaders(
      folder,
      stages.flatMap(({ cpp }) => cpp.headers),
    );
    writeFileSync(join(folder, 'a.cpp'), cppProgram(stages, 'library'));
    const exported = stages.map((_, i) => `-Wl,--export=run${i}`);
    run('clang++', [...WARNINGS, '-I.', '-O2', ...WASM, ...exported, '-o', 'a.wasm', 'a.cpp'], folder);
    return readFileSync(join(folder, 'a.wasm'));
  });
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { instantiate(module: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }> };
  };
  const { exports } = (await WebAssembly.instantiate(bytes, {})).instance;
  const largest = Math.max(...stages.map((s) => 4 * (sizeOf(s.input) + sizeOf(s.output)) + s.cpp.scratchBytes + 64));
  const start = 65_536 * exports.memory.grow(Math.ceil(largest / 65_536));
  return stages.map((stage, i) => {
    const out = start + 4 * sizeOf(stage.input);
    const scratch = 16 * Math.ceil((out + 4 * sizeOf(stage.output)) / 16);
    new Float32Array(exports.memory.buffer, start, inputs[i]!.length).set(inputs[i]!);
    (exports[`run${i}`] as (from: number, to: number, scratch: number) => void)(start, out, scratch);
    return new Float32Array(exports.memory.buffer, out, sizeOf(stage.output)).slice();
  });
}

function expectGolden(batch: readonly GoldenCase[], outputs: readonly Float32Array[]): void {
  batch.forEach((c, i) => {
    const name = `${c.block} ${c.implementationVersion} ${c.name}`;
    expect(misfits(c, outputs[i]!), name).toEqual([]);
    expect(outputs[i], name).toEqual(runStage(stageOf(c), inputOf(c)));
  });
}

describe.skipIf(!hasReference)('golden cases', () => {
  it('are all there', () => {
    expect(cases).toHaveLength(104);
  });

  describe.each(batches.map((batch, i) => [i, batch] as const))('batch %i', (_, batch) => {
    const stages = batch.map(stageOf);
    const inputs = batch.map(inputOf);

    it.skipIf(hostCompilers.length === 0).each(hostCompilers)(
      'by %s',
      (compiler) => {
        expectGolden(batch, runCompiled(compiler, ['-O2'], stages, inputs));
      },
      120_000,
    );

    const sanitized = hostCompilers.filter(sanitizes).slice(0, 1);
    it.skipIf(sanitized.length === 0).each(sanitized)(
      'by %s under address and undefined-behaviour sanitizers',
      (c) => {
        expectGolden(batch, runCompiled(c, ['-O1', ...SANITIZERS], stages, inputs));
      },
      120_000,
    );

    it.skipIf(!has('clang++') || !has('wasm-ld'))(
      'as WebAssembly',
      async () => {
        expectGolden(batch, await runWasm(stages, inputs));
      },
      120_000,
    );
  });
});
