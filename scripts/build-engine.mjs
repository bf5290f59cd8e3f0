// Writes src/compile/engine/engine.wasm.ts: engine.cpp beside it as a WebAssembly module in base64, with the files it
// was compiled from and their hash, so that a test can tell when it is out of date. Needs clang++, wasm-ld, wasi-libc.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

const root = new URL('../src/', import.meta.url).pathname;
const target = ['--target=wasm32-wasi', '-msimd128', '-mbulk-memory', '-std=c++11', '-O2', '-ffp-contract=off'];
const link = ['-fno-exceptions', '-nostdlib', '-Wl,--no-entry', '-Wl,--strip-all', '-Wl,--export=__heap_base'];
const source = 'compile/engine/engine.cpp';
const clang = (...args) => execFileSync('clang++', [...target, ...args, source], { cwd: root, encoding: 'utf8' });

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-engine-'));
clang(...link, '-Wl,-z,stack-size=16384', '-o', join(dir, 'engine.wasm'));
const wasm = readFileSync(join(dir, 'engine.wasm'));
rmSync(dir, { recursive: true });

const dependencies = clang('-MM')
  .replace(/^.*?:|\\\n/g, ' ')
  .trim()
  .split(/\s+/);
const sources = [...new Set(dependencies.map((path) => normalize(path)))].sort();
const hash = createHash('sha256');
for (const path of sources) hash.update(`${path}\n`).update(readFileSync(join(root, path)));

const text = [
  '// Written by scripts/build-engine.mjs.',
  'export const sources: readonly string[] = [',
  ...sources.map((path) => `  '${path}',`),
  '];',
  `export const sourcesHash = '${hash.digest('hex')}';`,
  `export const base64 =\n  '${wasm.toString('base64')}';`,
  '',
];
writeFileSync(`${root}compile/engine/engine.wasm.ts`, text.join('\n'));
console.log(`${wasm.length} bytes from ${sources.length} files`);
