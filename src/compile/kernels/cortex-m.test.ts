import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, emulate, link } from '../../../bench/device/image.js';
import { CORES, has, run, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import policies from '../testing/paired-policies.cpp.js';

const TOOLS = has('arm-none-eabi-g++') && has('qemu-system-arm');

/** Where Debian keeps the C library that clang++ needs for bare metal. */
const CLANG = ['--target=arm-none-eabi', '-isystem', '/usr/include/newlib', '-fno-exceptions'];

function clangBuilds(dir: string): boolean {
  try {
    run(
      'clang++',
      [...CLANG, ...CORES['Cortex-M4F']!, '-fsyntax-only', '-x', 'c++', '-include', 'string.h', '/dev/null'],
      dir,
    );
    return true;
  } catch {
    return false;
  }
}

describe('policies of Cortex-M give the bytes of the portable one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-cortex-m-'));
  beforeAll(() => writeHeaders(dir, [policies]));
  afterAll(() => rmSync(dir, { recursive: true }));

  const CASES: readonly (readonly [Core, string, number])[] = [
    ['Cortex-M4F', '-O2', 2000],
    ['Cortex-M4F', '-Os', 300],
    ['Cortex-M4F', '-O0', 100],
    ['Cortex-M7', '-O2', 500],
    ['Cortex-M33', '-O2', 500],
    ['Cortex-M0+', '-O2', 2000],
    ['Cortex-M0+', '-Os', 300],
    ['Cortex-M0+', '-O0', 100],
    ['Cortex-M3', '-O2', 100],
  ];
  for (const [core, level, rounds] of CASES) {
    it.skipIf(!TOOLS)(`${core} ${level}, in QEMU`, async () => {
      const main = `#include "${policies.path}"\nint main() { return comparePolicies(${rounds}); }\n`;
      const image = await link({ dir, name: 'compare', core, main, flags: [level] });
      await emulate(image, core, dir);
    });
  }

  it.skipIf(!TOOLS)('a wrong byte ends the run', async () => {
    const main = `#include "${policies.path}"\nint main() { return comparePolicies(1) + 7; }\n`;
    const image = await link({ dir, name: 'wrong', core: 'Cortex-M4F', main });
    await expect(emulate(image, 'Cortex-M4F', dir)).rejects.toThrow('QEMU ended with 7');
  });

  for (const [core, flags] of Object.entries(CORES)) {
    it.skipIf(!clangBuilds(dir))(`${core}: clang++ takes the kernels without a warning`, () => {
      for (const level of ['-O0', '-O2']) {
        run('clang++', [...CLANG, ...flags, ...WARNINGS, level, '-c', '-o', 'policies.o', policies.path], dir);
      }
    });
  }
});
