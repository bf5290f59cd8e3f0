import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImpulseError } from '../../errors.js';
import type { Program } from '../../program.js';
import { tinyProgram } from '../../targets/testing/tiny-program.js';
import { wasm } from '../../targets/wasm/wasm.js';
import { has, run } from '../../testing/compilers.js';
import { build } from '../build.js';
import { findPackage, wasm32 } from './wasm.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-wasm32-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const problem = (building: Promise<unknown>): Promise<ImpulseError> =>
  building.then(
    () => expect.unreachable('did not throw'),
    (error) => error,
  );

/** What the module answers in Node, with and without SIMD. */
function answers(file: string, { golden }: Program): number[][] {
  const script = `const { load } = await import(${JSON.stringify(file)});
const windows = ${JSON.stringify(golden.map(({ window }) => [...window]))};
const all = [];
for (const simd of [true, false]) {
  const impulse = await load({ simd });
  all.push(...windows.map((window) => Object.values(impulse.predict(window).scores)));
}
console.log(JSON.stringify(all));`;
  return JSON.parse(run(process.execPath, ['--input-type=module', '-e', script], root));
}

const program = tinyProgram({ fractions: true });
const expected = program.golden.map(({ scores }) => [...scores[0]!]);
const bundle = wasm({ name: 'model' }).emit(program);

const broken = {
  files: { 'main.cpp': 'int main( {' },
  build: { toolchain: 'wasm', sources: ['main.cpp'], flags: [], libraries: [] },
};

describe.each(['clang++', 'clang++-14', 'clang++-16'])('wasm32 with %s', (compiler) => {
  it.skipIf(!has(compiler) || !has('wasm-ld'))('builds a module that gives the answers of TypeScript', async () => {
    const file = join(root, `${compiler}.mjs`);
    const report = await build(bundle, file, { toolchain: wasm32({ compiler }) });
    expect(report).toMatchObject({ toolchain: 'wasm', version: expect.stringContaining('clang') });
    expect(answers(file, program)).toEqual([...expected, ...expected]);
    expect(existsSync(join(root, `${compiler}.d.mts`))).toBe(true);
    expect(readFileSync(file, 'utf8')).not.toContain('{{');
  });

  it.skipIf(!has(compiler) || !has('wasm-ld'))('hands over what the compiler says, and leaves nothing', async () => {
    const before = readdirSync(root);
    const error = await problem(build(broken, join(root, 'broken.js'), { toolchain: wasm32({ compiler }) }));
    expect(error).toMatchObject({ code: 'COMPILE_FAILED', got: expect.stringContaining('main.cpp:1') });
    expect(readdirSync(root)).toEqual(before);
  });
});

const found = await findPackage();

describe.skipIf(!found)('wasm32 with @yowasp/clang, where it is installed', () => {
  const toolchain = { name: 'wasm', fix: '', find: async () => found };

  it('builds a module that gives the answers of TypeScript', async () => {
    const file = join(root, 'package.js');
    const { version } = await build(bundle, file, { toolchain });
    expect(version).toMatch(/^@yowasp\/clang \d+\./);
    expect(answers(file, program)).toEqual([...expected, ...expected]);
  });

  it('hands over what the compiler says', async () => {
    const error = await problem(build(broken, join(root, 'broken.js'), { toolchain }));
    expect(error).toMatchObject({ code: 'COMPILE_FAILED', got: expect.stringContaining('main.cpp:1') });
  });
});

describe('wasm32 without a compiler', () => {
  let path: string | undefined;
  beforeAll(() => {
    path = process.env.PATH;
  });
  afterAll(() => {
    process.env.PATH = path;
  });

  it('names what to install', async () => {
    const error = await problem(build(bundle, join(root, 'none.js'), { compiler: 'no-such-clang' }));
    expect(error.code).toBe('NO_COMPILER');
    expect(error.fix).toContain('npm install @yowasp/clang');
  });

  it.skipIf(found !== undefined)('looks everywhere before it says so', async () => {
    process.env.PATH = root;
    expect((await problem(build(bundle, join(root, 'none.js')))).code).toBe('NO_COMPILER');
  });
});
