import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { has } from '../../testing/compilers.js';
import { build } from '../build.js';
import { armNoneEabi, gcc, type Toolchain } from './index.js';
import { elfSections } from './sections.js';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sections-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bundle = {
  files: {
    'main.cpp': [
      'volatile int zeroed[100];',
      'volatile int first[25] = {1};',
      'extern const int table[50]; const int table[50] = {1, 2, 3};',
      'int main() { return table[zeroed[1]] + first[2] - 1; }',
    ].join('\n'),
  },
  build: { sources: ['main.cpp'], flags: ['-O1'], libraries: [] },
};

/** Name and size of every section with an address, as binutils print them. */
function sizes(command: string, file: string): Map<string, number> {
  const text = execFileSync(command, ['-A', file], { encoding: 'utf8' });
  const loaded = [...text.matchAll(/^(\S+)\s+(\d+)\s+(\d+)$/gm)].filter(([, name, bytes, address]) => {
    return Number(bytes) > 0 && (Number(address) > 0 || name === '.text');
  });
  return new Map(loaded.map(([, name, bytes]) => [name!, Number(bytes)]));
}

const cases: readonly [string, Toolchain, string, string][] = [
  ['64 bits', gcc(), 'g++', 'size'],
  ['32 bits', armNoneEabi({ cpu: 'cortex-m3' }), 'arm-none-eabi-g++', 'arm-none-eabi-size'],
];

describe('elfSections', () => {
  for (const [what, toolchain, compiler, size] of cases) {
    it.skipIf(!has(compiler) || !has(size))(`says what binutils say (${what})`, async () => {
      const file = join(dir, toolchain.name);
      const { sections, fileBytes, flashBytes, ramBytes } = await build(bundle, file, { toolchain });
      expect(new Map(sections!.map(({ name, bytes }) => [name, bytes]))).toEqual(sizes(size, file));
      expect(fileBytes).toBe(readFileSync(file).length);
      const of = (name: string): number => sections!.find((section) => section.name === name)!.bytes;
      expect(of('.data')).toBeGreaterThanOrEqual(100);
      expect(of('.bss')).toBeGreaterThanOrEqual(400);
      expect(ramBytes).toBeGreaterThanOrEqual(of('.data') + of('.bss'));
      expect(flashBytes).toBeGreaterThanOrEqual(of('.text') + of('.rodata') + of('.data'));
    });
  }

  it('takes other files for what they are', () => {
    expect(elfSections(new Uint8Array())).toBeUndefined();
    expect(elfSections(new Uint8Array(1000))).toBeUndefined();
    const cut = new Uint8Array(64);
    cut.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    cut[60] = 9;
    cut[40] = 200;
    expect(elfSections(cut)).toBeUndefined();
  });
});
