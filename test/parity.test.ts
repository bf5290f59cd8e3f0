// Compiled code against TypeScript from the raw window to the score, on a hundred windows of each task.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cppLibrary, type Dataset, type TrainedImpulse } from '../src/index.js';
import { write } from '../src/node/index.js';
import { CORES, has, SANITIZERS, sanitizes, WARNINGS } from '../src/testing/compilers.js';
import { keywordTask, motionTask, type Task } from './tasks.js';

const WINDOWS = 100;
const FLAGS = [...WARNINGS, '-O2'];
const root = mkdtempSync(join(tmpdir(), 'impulsekit-parity-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Reads windows, writes results: all floats of `Result`. */
const HARNESS = (name: string): string => `#include <cstdio>
#include "${name}.h"
static float window[${name}::kInputSize];
int main() {
  while (std::fread(window, sizeof window, 1, stdin) == 1) {
    ${name}::Result result;
    if (${name}::run(window, &result) != ${name}::Status::kOk) return 1;
    std::fwrite(&result, sizeof result, 1, stdout);
  }
  return 0;
}
`;

/** Evenly spread windows of the test recordings. */
function someWindows({ design }: TrainedImpulse, data: Dataset): Float32Array[] {
  const all = data.test.flatMap((sample) => design.input.windows(sample));
  const step = Math.max(1, all.length / WINDOWS);
  return Array.from({ length: Math.min(WINDOWS, all.length) }, (_, i) => all[Math.floor(i * step)]!.values);
}

function expected(model: TrainedImpulse, window: Float32Array): number[] {
  const { learners } = model.predict(window);
  return Object.values(learners).flatMap(({ scores, anomaly }) => (scores ? Object.values(scores) : [anomaly!]));
}

function compiled(
  dir: string,
  name: string,
  compiler: string,
  flags: readonly string[],
  windows: Float32Array[],
): Float32Array {
  writeFileSync(join(dir, 'harness.cpp'), HARNESS(name));
  const sources = ['harness.cpp', `${name}.cpp`, `${name}_parameters.cpp`];
  execFileSync(compiler, [...FLAGS, ...flags, '-o', 'harness', ...sources], { cwd: dir });
  const input = Buffer.concat(windows.map((w) => Buffer.from(w.buffer, w.byteOffset, w.byteLength)));
  const output = execFileSync('./harness', [], { cwd: dir, input, maxBuffer: 1 << 26 });
  return new Float32Array(output.buffer.slice(output.byteOffset, output.byteOffset + output.byteLength));
}

describe.each([keywordTask(4), motionTask()])('$name ($origin recordings)', (task: Task) => {
  let data: Dataset;
  let float: TrainedImpulse;
  let int8: TrainedImpulse;
  let windows: Float32Array[];
  const dirOf = (dtype: string): string => join(root, `${task.name}-${dtype}`);

  beforeAll(async () => {
    data = await task.load();
    float = await task.impulse.fit(data.train, { seed: 1 });
    int8 = await float.quantize(data.train);
    windows = someWindows(float, data);
    await write(float.deploy(cppLibrary({ name: task.name })), dirOf('f32'));
    await write(int8.deploy(cppLibrary({ name: task.name })), dirOf('int8'));
  }, 600_000);

  const variants = ['g++', 'clang++'].flatMap((compiler) => [
    { compiler, flags: [] as readonly string[], label: compiler, available: has(compiler) },
    { compiler, flags: SANITIZERS, label: `${compiler} with sanitizers`, available: sanitizes(compiler) },
  ]);

  for (const { compiler, flags, label, available } of variants) {
    it.skipIf(!available)(`int8 equals TypeScript bit for bit (${label})`, () => {
      const got = compiled(dirOf('int8'), task.name, compiler, flags, windows);
      const want = windows.flatMap((window) => expected(int8, window));
      expect(got.length).toBe(want.length);
      expect(windows.length).toBeGreaterThanOrEqual(task.origin === 'real' ? WINDOWS : 10);
      expect([...got]).toEqual(want);
    });

    it.skipIf(!available)(`float equals TypeScript within 1e-5 (${label})`, () => {
      const got = compiled(dirOf('f32'), task.name, compiler, flags, windows);
      const want = windows.flatMap((window) => expected(float, window));
      const worst = Math.max(...want.map((value, i) => Math.abs(value - got[i]!) / Math.max(1, Math.abs(value))));
      expect(got.length).toBe(want.length);
      expect(worst).toBeLessThan(1e-5);
    });
  }

  it.skipIf(!has('g++'))('checks itself: verify prints OK', () => {
    for (const dtype of ['f32', 'int8']) {
      expect(execFileSync('make', ['check'], { cwd: dirOf(dtype), encoding: 'utf8' })).toMatch(/\nOK\n$/);
    }
  });

  for (const [core, flags] of Object.entries(CORES)) {
    it.skipIf(!has('arm-none-eabi-g++'))(`builds warning-free for ${core}, without heap or doubles`, () => {
      for (const dtype of ['f32', 'int8']) {
        const dir = dirOf(dtype);
        const objects = ['', '_parameters'].map((part) => {
          const object = `${task.name}${part}.${core}.o`;
          execFileSync(
            'arm-none-eabi-g++',
            [...WARNINGS, '-Os', ...flags, '-c', '-o', object, `${task.name}${part}.cpp`],
            { cwd: dir },
          );
          return object;
        });
        const symbols = execFileSync('arm-none-eabi-nm', ['-u', ...objects], { cwd: dir, encoding: 'utf8' });
        expect(symbols).not.toMatch(/\b(malloc|calloc|realloc|free|_Znw|_Zna|_Zdl|__aeabi_d\w*|__cxa_\w*)\b/);
      }
    });
  }
});
