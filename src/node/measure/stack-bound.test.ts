import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stackBound } from './stack-bound.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stack-bound-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const node = (name: string, frame: string): string =>
  `node: { title: "${name}" label: "void ${name}()\\na.cpp:1:1\\n${frame}" }`;
const call = (from: string, to: string): string =>
  `edge: { sourcename: "${from}" targetname: "${to}" label: "a.cpp:1" }`;
const library = (name: string): string => `node: { title: "${name}" label: "${name}\\n<built-in>" shape : ellipse }`;
const write = (file: string, ...lines: readonly string[]): void => writeFileSync(join(dir, file), lines.join('\n'));
const bound = (): Promise<number | undefined> => stackBound(dir, 'run.elf', /^main$/);

it('is that of the deepest path, over all files of the image', async () => {
  write('run.elf-a.ci', node('main', '16 bytes (static)'), library('b'), call('main', 'b'), call('main', 'c'));
  write('run.elf-b.ci', node('b', '8 bytes (static)'), node('c', '4 bytes (static)'), call('b', 'd'), call('c', 'd'));
  write('run.elf-d.ci', node('d', '100 bytes (static)'));
  write('other.elf-d.ci', node('d', '9999 bytes (static)'));
  expect(await bound()).toBe(16 + 8 + 100);
});

it('allows for routines that come without a graph', async () => {
  write('run.elf-a.ci', node('main', '16 bytes (static)'), library('memcpy'), call('main', 'memcpy'));
  expect(await bound()).toBe(16 + 128);
});

it('allows for kernels in assembler, whose frames GCC does not see', async () => {
  write('run.elf-a.ci', node('main', '16 bytes (static)'), node('tile', '0 bytes (static)'), call('main', 'tile'));
  expect(await bound()).toBe(16 + 128);
});

it.each([
  ['recursion', [call('main', 'b'), call('b', 'c'), call('c', 'b')]],
  ['a call by pointer', [call('main', 'b'), call('b', '__indirect_call')]],
  ['a frame of varying size', [call('main', 'e')]],
])('is not known with %s', async (_, calls) => {
  const frames = [...['main', 'b', 'c'].map((name) => node(name, '8 bytes (static)')), node('e', '8 bytes (dynamic)')];
  write('run.elf-a.ci', ...frames, ...calls);
  expect(await bound()).toBeUndefined();
});

it('is not known without graphs', async () => {
  expect(await bound()).toBeUndefined();
});
