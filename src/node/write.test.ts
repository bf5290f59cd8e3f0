import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImpulseError } from '../errors.js';
import type { Bundle } from '../program.js';
import { write } from './write.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'write-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const bundle: Bundle = { files: { 'a.txt': 'new a', 'deep/er/b.bin': Uint8Array.of(0, 255, 7) } };
const tree = (root = dir): string[] => readdirSync(root, { recursive: true }).map(String).sort();
const problem = async (promise: Promise<unknown>): Promise<ImpulseError> =>
  promise.then(
    () => expect.unreachable('did not throw'),
    (error) => error,
  );

describe('write', () => {
  it('makes the folder and those above it, with the usual permissions', async () => {
    await write(bundle, join(dir, 'x/y'));
    expect(tree()).toEqual(['x', 'x/y', 'x/y/a.txt', 'x/y/deep', 'x/y/deep/er', 'x/y/deep/er/b.bin']);
    expect([...readFileSync(join(dir, 'x/y/deep/er/b.bin'))]).toEqual([0, 255, 7]);
    mkdirSync(join(dir, 'plain'));
    expect(statSync(join(dir, 'x/y')).mode).toBe(statSync(join(dir, 'plain')).mode);
  });

  it('takes an empty folder', async () => {
    mkdirSync(join(dir, 'out'));
    await write(bundle, join(dir, 'out'));
    expect(readFileSync(join(dir, 'out/a.txt'), 'utf8')).toBe('new a');
  });

  it('replaces its files and keeps all others', async () => {
    mkdirSync(join(dir, 'deep'));
    writeFileSync(join(dir, 'a.txt'), 'old a');
    writeFileSync(join(dir, 'deep/mine.txt'), 'mine');
    await write(bundle, dir);
    expect(tree()).toEqual(['a.txt', 'deep', 'deep/er', 'deep/er/b.bin', 'deep/mine.txt']);
    expect(readFileSync(join(dir, 'a.txt'), 'utf8')).toBe('new a');
    expect(readFileSync(join(dir, 'deep/mine.txt'), 'utf8')).toBe('mine');
  });

  it('follows a link to a folder', async () => {
    mkdirSync(join(dir, 'real'));
    symlinkSync('real', join(dir, 'link'));
    await write(bundle, join(dir, 'link'));
    expect(readFileSync(join(dir, 'real/a.txt'), 'utf8')).toBe('new a');
  });

  it('puts everything back when one file cannot be replaced', async () => {
    writeFileSync(join(dir, 'a.txt'), 'old a');
    mkdirSync(join(dir, 'z.txt'));
    const error = await problem(write({ files: { 'a.txt': 'new', 'n/new.txt': 'n', 'z.txt': 'blocked' } }, dir));
    expect(error.code).toBe('CANNOT_WRITE');
    expect(tree()).toEqual(['a.txt', 'z.txt']);
    expect(readFileSync(join(dir, 'a.txt'), 'utf8')).toBe('old a');
  });

  it.each(['../evil', '/etc/evil', 'a/../../evil', 'a//b', './a', 'a/', '', 'c:\\evil', 'a\0b'])(
    'refuses the path %j and writes nothing',
    async (path) => {
      const error = await problem(write({ files: { 'good.txt': 'x', [path]: 'x' } }, join(dir, 'out')));
      expect(error.code).toBe('CANNOT_WRITE');
      expect(tree()).toEqual([]);
    },
  );

  it.each([
    ['a file', 'file'],
    ['something below a file', 'file/below/it'],
  ])('refuses %s as the folder', async (_, path) => {
    writeFileSync(join(dir, 'file'), 'mine');
    const error = await problem(write(bundle, join(dir, path)));
    expect(error.code).toBe('CANNOT_WRITE');
    expect(error.cause).toBeInstanceOf(Error);
    expect(tree()).toEqual(['file']);
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('mine');
  });

  it('leaves no folder of its own behind when files clash', async () => {
    const error = await problem(write({ files: { a: 'file', 'a/b': 'below it' } }, join(dir, 'p/q')));
    expect(error.code).toBe('CANNOT_WRITE');
    expect(tree()).toEqual([]);
  });
});

/** A disk of 64 KiB, where this machine lets us mount one. */
function mountsSmallDisk(): boolean {
  const at = mkdtempSync(join(tmpdir(), 'mount-test-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', at]).status === 0;
  if (mounted) execFileSync('umount', [at]);
  rmSync(at, { recursive: true });
  return mounted;
}

describe.skipIf(!mountsSmallDisk())('on a full disk', () => {
  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', dir]);
  });
  afterEach(() => {
    execFileSync('umount', [dir]);
  });

  it('says so and leaves things as they were', async () => {
    mkdirSync(join(dir, 'out'));
    writeFileSync(join(dir, 'out/a.txt'), 'old a');
    const error = await problem(
      write({ files: { 'a.txt': 'new', 'big.bin': new Uint8Array(100_000) } }, join(dir, 'out')),
    );
    expect(error.code).toBe('CANNOT_WRITE');
    expect(error.fix).toContain('space');
    expect(tree()).toEqual(['out', 'out/a.txt']);
    expect(readFileSync(join(dir, 'out/a.txt'), 'utf8')).toBe('old a');
    expect(existsSync(join(dir, 'out/big.bin'))).toBe(false);
  });
});
