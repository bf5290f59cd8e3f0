// Writes src/compile/engine/engine.wasm.ts: engine.cpp beside it as a WebAssembly module in base64, with the files it
// was compiled from and their hash, so that a test can tell when it is out of date. Needs clang++, wasm-ld, wasi-libc.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModules } from './wasm-module.mjs';

const root = new URL('../src/', import.meta.url).pathname;
const target = ['--target=wasm32-wasi', '-msimd128', '-mbulk-memory', '-std=c++11', '-O2', '-ffp-contract=off'];
const link = ['-fno-exceptions', '-nostdlib', '-Wl,--no-entry', '-Wl,--strip-all', '-Wl,--export=__heap_base'];
const source = 'compile/engine/engine.cpp';
const clang = (...args) => execFileSync('clang++', [...target, ...args, source], { cwd: root, encoding: 'utf8' });

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-engine-'));
clang(...link, '-Wl,-z,stack-size=16384', '-o', join(dir, 'engine.wasm'));
const wasm = readFileSync(join(dir, 'engine.wasm'));
rmSync(dir, { recursive: true });

writeModules({
  root,
  path: 'compile/engine/engine.wasm.ts',
  script: 'build-engine.mjs',
  dependencies: clang('-MM'),
  modules: { base64: wasm },
});
