// Writes src/learn/engine/kernels.wasm.ts: the training kernels beside it as two WebAssembly modules in base64, with and
// without fused multiply-add, and the files they were compiled from with their hash, so that a test can tell when they
// are out of date. Needs clang and wasm-ld of version 16 or later (Debian: clang-16 lld-16).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModules } from './wasm-module.mjs';

const root = new URL('../src/', import.meta.url).pathname;
const folder = 'learn/engine/kernels';
const files = readdirSync(join(root, folder))
  .filter((file) => file.endsWith('.c'))
  .sort()
  .map((file) => `${folder}/${file}`);
const compile = ['--target=wasm32', '-std=c11', '-O3', '-msimd128', '-mbulk-memory', '-ffp-contract=off'];
// Loop strength reduction takes constants out of the addresses of loads, where they cost nothing.
const addresses = ['-mllvm', '-disable-lsr'];
const strict = ['-fno-math-errno', '-fno-jump-tables', '-Wall', '-Wextra', '-Werror'];
// The memory is the caller's, and so is the stack: it starts where `__stack_pointer` is set before the first call.
const link = ['-nostdlib', '-Wl,--no-entry', '-Wl,--strip-all', '-Wl,--import-memory', '-Wl,-z,stack-size=65536'];
const exported = ['-mmutable-globals', '-Wl,--export=__stack_pointer'];
const linker = '-fuse-ld=/usr/bin/wasm-ld-16';
const clang = (...args) =>
  execFileSync('clang-16', [...compile, ...addresses, ...strict, ...args, ...files], { cwd: root, encoding: 'utf8' });

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-training-'));
const build = (...args) => {
  const path = join(dir, 'kernels.wasm');
  clang(...args, linker, ...link, ...exported, '-o', path);
  const wasm = readFileSync(path);
  checkDataless(wasm);
  return wasm;
};
const [plain, fused] = [build(), build('-mrelaxed-simd')];
rmSync(dir, { recursive: true });

writeModules({
  root,
  path: 'learn/engine/kernels.wasm.ts',
  script: 'build-training.mjs',
  dependencies: clang('-MM'),
  modules: { plain, fused },
});

/** Data would be written over the memory the module is instantiated on: constants must be values in the code. */
function checkDataless(module) {
  const DATA = 11;
  for (let at = 8; at < module.length; ) {
    const id = module[at++];
    let bytes = 0;
    for (let shift = 0, more = true; more; shift += 7, at++) {
      bytes |= (module[at] & 127) << shift;
      more = module[at] > 127;
    }
    if (id === DATA) throw new Error(`${bytes} bytes of data in the module: no tables and no static variables`);
    at += bytes;
  }
}
