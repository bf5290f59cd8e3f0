/**
 * Bytes of the WebAssembly modules of the two impulses of examples/web, and milliseconds per window in this Node, beside
 * the native library on the same windows: `npm run bench:wasm`.
 *
 * Milliseconds are of processor time, the least of several turns after a warm-up.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cppLibrary, type TrainedImpulse, wasm } from 'impulsekit';
import { build, write } from 'impulsekit/node';
import { trainImpulses } from '../../examples/web/impulses.js';
import { has } from '../../src/testing/compilers.js';

const TURNS = 7;
const WINDOWS_PER_TURN = 300;

const native = (name: string): string => `#include <stdio.h>
#include <time.h>
#include "verify/golden.h"
typedef ${name}::detail::Golden Golden;
int main() {
  static float windows[Golden::kWindowCount][Golden::kInputSize];
  for (int w = 0; w < Golden::kWindowCount; ++w)
    for (int i = 0; i < Golden::kInputSize; ++i) windows[w][i] = static_cast<float>(Golden::kWindows[w][i]);
  double least = 1e9;
  ${name}::Result result;
  for (int turn = 0; turn < ${TURNS}; ++turn) {
    timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (int i = 0; i < ${WINDOWS_PER_TURN}; ++i) ${name}::run(windows[i % Golden::kWindowCount], &result);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    const double ms = 1e3 * static_cast<double>(b.tv_sec - a.tv_sec) + 1e-6 * static_cast<double>(b.tv_nsec - a.tv_nsec);
    if (ms < least) least = ms;
  }
  printf("%f", least / ${WINDOWS_PER_TURN});
}
`;

async function nativeMs(model: TrainedImpulse, name: string, dir: string): Promise<number> {
  await write(model.deploy(cppLibrary({ name, optimize: 'speed' })), dir);
  writeFileSync(join(dir, 'time.cpp'), native(name));
  const sources = ['time.cpp', 'verify/golden.cpp', `${name}.cpp`, `${name}_parameters.cpp`];
  execFileSync('g++', ['-std=c++11', '-O2', '-ffp-contract=off', '-I.', '-o', 'time', ...sources], { cwd: dir });
  return Number(execFileSync(join(dir, 'time'), { encoding: 'utf8' }));
}

interface Loaded {
  predict(window: ArrayLike<number>): unknown;
}

function wasmMs(impulse: Loaded, windows: readonly Float32Array[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn <= TURNS; turn++) {
    const start = process.cpuUsage();
    for (let i = 0; i < WINDOWS_PER_TURN; i++) impulse.predict(windows[i % windows.length]!);
    const { user, system } = process.cpuUsage(start);
    if (turn > 0) least = Math.min(least, (user + system) / 1000);
  }
  return least / WINDOWS_PER_TURN;
}

const root = mkdtempSync(join(tmpdir(), 'impulsekit-bench-wasm-'));
try {
  const models = await trainImpulses(join(root, 'recordings'));
  console.log('impulse  optimize  .js bytes  gzip   .simd.wasm  .scalar.wasm   ms SIMD  scalar  native');
  for (const [name, model] of Object.entries(models)) {
    const ms = has('g++') ? await nativeMs(model, name, join(root, `${name}-native`)) : Number.NaN;
    const windows: Float32Array[] = [];
    model.deploy({
      role: 'deploy',
      type: 'windows',
      emit: ({ golden }) => {
        windows.push(...golden.map(({ window }) => window));
        return { files: {} };
      },
    });
    for (const optimize of ['speed', 'size'] as const) {
      const dir = join(root, `${name}-${optimize}`);
      await build(model.deploy(wasm({ name, optimize })), join(dir, 'whole.js'));
      await build(model.deploy(wasm({ name, optimize, embed: false })), join(dir, 'split.js'));
      const { load } = await import(pathToFileURL(join(dir, 'whole.js')).href);
      const bytes = (file: string): Buffer => readFileSync(join(dir, file));
      const sizes = ['split.simd.wasm', 'split.scalar.wasm'].map((file) => bytes(file).length);
      const times = [wasmMs(await load({ simd: true }), windows), wasmMs(await load({ simd: false }), windows), ms];
      const columns = [
        ...[name.padEnd(8), optimize.padEnd(8), String(bytes('whole.js').length).padStart(9)],
        ...[gzipSync(bytes('whole.js')).length, ...sizes].map((size) => String(size).padStart(9)),
        ...times.map((one) => one.toFixed(4).padStart(8)),
      ];
      console.log(columns.join(' '));
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
