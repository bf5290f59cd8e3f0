import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImpulseError } from '../errors.js';
import type { Bundle } from '../program.js';
import { eim } from '../targets/eim/eim.js';
import { tinyProgram } from '../targets/testing/tiny-program.js';
import { has } from '../testing/compilers.js';
import { type BuildOptions, build } from './build.js';

let dir = '';
const { CXX, PATH, TMPDIR } = process.env;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'build-test-'));
  mkdirSync(join(dir, 'temp'));
  process.env.TMPDIR = join(dir, 'temp');
});
afterEach(() => {
  for (const [name, value] of Object.entries({ CXX, PATH, TMPDIR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(dir, { recursive: true, force: true });
});

const program = (text: string): Bundle => ({
  files: { 'src/main.cpp': text },
  build: { sources: ['src/main.cpp'], flags: ['-std=c++11'], libraries: ['-lm'] },
});
const good = program('#include <stdio.h>\nint main() { puts("hello"); }');
const problem = async (bundle: Bundle, options?: BuildOptions): Promise<ImpulseError> =>
  build(bundle, join(dir, 'out'), options).then(
    () => expect.unreachable('did not throw'),
    (error) => error,
  );
/** The output is not there, and nothing temporary is left. */
const untouched = (): void => expect(readdirSync(dir, { recursive: true })).toEqual(['temp']);

/** A stand-in for a compiler: answers `--version`, then does what the script says. */
function script(name: string, body: string): string {
  const path = join(dir, 'temp', name);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(!has('g++'))('build', () => {
  it('makes an executable, below folders it makes, in place of an old one', async () => {
    const out = join(dir, 'bin/tool');
    await build(good, out);
    await build(program('#include <stdio.h>\nint main() { puts(WORD); }'), out, { flags: ['-DWORD="again"'] });
    expect(execFileSync(out, { encoding: 'utf8' })).toBe('again\n');
    expect(statSync(out).mode & 0o777).toBe(0o755);
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['bin', 'bin/tool', 'temp']);
  });

  it('builds an EIM', async () => {
    await build(eim({ name: 'tiny' }).emit(tinyProgram()), join(dir, 'tiny.eim'));
    expect(execFileSync(join(dir, 'tiny.eim'), ['--print-info'], { encoding: 'utf8' })).toContain('"success":true');
  });

  it('takes the compiler of CXX, with arguments', async () => {
    process.env.CXX = 'env g++';
    await build(good, join(dir, 'out'));
    process.env.CXX = 'no-such-compiler-7';
    await build(good, join(dir, 'out'));
  });

  it('shows what the compiler says', async () => {
    const error = await problem(program('int main() { return nonsense; }'));
    expect(error.code).toBe('COMPILE_FAILED');
    expect(error.got).toContain('nonsense');
    expect(error.got.split('\n').length).toBeLessThanOrEqual(12);
    untouched();
  });

  it('refuses bundles without a recipe and paths that lead out', async () => {
    expect((await problem({ files: {} })).code).toBe('UNSUPPORTED');
    expect((await problem({ ...good, files: { '../x': '' } })).code).toBe('CANNOT_WRITE');
    untouched();
  });

  it('keeps what is there when the output cannot be written', async () => {
    mkdirSync(join(dir, 'out'));
    writeFileSync(join(dir, 'out/mine'), 'mine');
    expect((await problem(good)).code).toBe('CANNOT_WRITE');
    expect(readFileSync(join(dir, 'out/mine'), 'utf8')).toBe('mine');
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['out', 'out/mine', 'temp']);
  });
});

describe('build without a compiler', () => {
  it.each([{ compiler: 'no-such-compiler-7' }, {}])('names the remedy (%j)', async (options) => {
    process.env.PATH = join(dir, 'temp');
    delete process.env.CXX;
    const error = await problem(good, options);
    expect(error.code).toBe('NO_COMPILER');
    expect(error.fix).toContain('apt install g++');
    expect(error.fix).toContain('xcode-select --install');
    untouched();
  });
});

describe('build that is aborted', () => {
  it('does not begin', async () => {
    expect((await problem(good, { signal: AbortSignal.abort() })).code).toBe('ABORTED');
    untouched();
  });

  it('ends the compiler and what it started', async () => {
    const marker = join(dir, 'temp', 'late');
    const compiler = script('slow', `(sleep 2; touch ${marker}) & wait`);
    const start = Date.now();
    const error = await problem(good, { compiler, signal: AbortSignal.timeout(300) });
    expect(error.code).toBe('ABORTED');
    expect(Date.now() - start).toBeLessThan(1900);
    await new Promise((done) => setTimeout(done, 2200 - (Date.now() - start)));
    expect(readdirSync(join(dir, 'temp'))).toEqual(['slow']);
  });
});
