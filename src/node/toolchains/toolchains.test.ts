import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImpulseError } from '../../errors.js';
import type { Bundle } from '../../program.js';
import { cppLibrary } from '../../targets/cpp/library.js';
import { eim } from '../../targets/eim/eim.js';
import { tinyProgram } from '../../targets/testing/tiny-program.js';
import { has } from '../../testing/compilers.js';
import { build } from '../build.js';
import {
  aarch64LinuxGnu,
  armLinuxGnueabihf,
  armNoneEabi,
  CORTEX_M,
  type CortexM,
  clang,
  compilerDriver,
  gcc,
  host,
  type Toolchain,
  wasm32,
} from './index.js';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'toolchains-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What of `WebAssembly` is used here; its types belong to browsers. */
interface Modules {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, (x: number) => number> } }>;
}

/** The self-check of an emitted library: real windows, and answers equal to those of TypeScript. */
function selfCheck(): Bundle {
  const { files } = cppLibrary({ name: 'tiny' }).emit(tinyProgram({ anomaly: true }));
  const sources = Object.keys(files).filter((path) => path.endsWith('.cpp'));
  return { files, build: { sources, flags: ['-std=c++11', '-O2', '-ffp-contract=off', '-I.'], libraries: [] } };
}

const problem = (building: Promise<unknown>): Promise<ImpulseError> =>
  building.then(
    () => expect.unreachable('did not throw'),
    (error) => error,
  );

const hosts: readonly [Toolchain, string, readonly string[]][] = [
  [gcc(), 'g++', []],
  [clang(), 'clang++', []],
  [aarch64LinuxGnu(), 'aarch64-linux-gnu-g++', ['qemu-aarch64']],
  [armLinuxGnueabihf(), 'arm-linux-gnueabihf-g++', ['qemu-arm']],
];

for (const [toolchain, compiler, emulator] of hosts) {
  const { name } = toolchain;
  const ready = [compiler, ...emulator].every(has);
  const run = (file: string, args: readonly string[] = []) => {
    const [command, ...rest] = [...emulator, file, ...args];
    return spawnSync(command!, rest, { encoding: 'utf8' });
  };

  describe.skipIf(!ready)(name, () => {
    it('builds a library that checks itself, and says with what', async () => {
      const report = await build(selfCheck(), join(dir, name), { toolchain });
      expect(report).toMatchObject({ toolchain: name, version: expect.stringMatching(/\d+\.\d+/) });
      const { status, stdout } = run(join(dir, name));
      expect(stdout).toMatch(/OK\s*$/);
      expect(status).toBe(0);
    });

    it.skipIf(emulator.length === 0)('builds an EIM', async () => {
      const file = join(dir, `${name}.eim`);
      await build(eim({ name: 'tiny' }).emit(tinyProgram()), file, { toolchain });
      expect(run(file, ['--print-info']).stdout).toContain('"success":true');
    });
  });
}

const boards: readonly [CortexM, string][] = [
  ['cortex-m0', 'mps2-an385'],
  ['cortex-m4f', 'mps2-an386'],
  ['cortex-m33', 'mps2-an505'],
];

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm'))('arm-none-eabi', () => {
  const emulate = (machine: string, image: string) => {
    const quiet = '-nographic -monitor none -serial none -semihosting-config enable=on,target=native'.split(' ');
    return spawnSync('qemu-system-arm', ['-M', machine, ...quiet, '-kernel', image], {
      encoding: 'utf8',
      timeout: 60_000,
    });
  };

  it.each(boards)('builds for %s an image that checks itself on %s', async (cpu, machine) => {
    const image = join(dir, `${cpu}.elf`);
    const report = await build(selfCheck(), image, { toolchain: armNoneEabi({ cpu }) });
    expect(report.toolchain).toBe('arm-none-eabi');
    expect(report.flags).toEqual(expect.arrayContaining([...CORTEX_M[cpu]]));
    const { status, stdout, stderr } = emulate(machine, image);
    expect(stdout + stderr).toContain('OK');
    expect(status).toBe(0);
  });

  it('hands over what main returns, runs initializers, and gives faults a code of their own', async () => {
    const run = async (text: string): Promise<number | null> => {
      const build_ = { sources: ['main.cpp'], flags: ['-std=c++11', '-O1'], libraries: [] };
      const image = join(dir, 'small.elf');
      await build({ files: { 'main.cpp': text }, build: build_ }, image, {
        toolchain: armNoneEabi({ cpu: 'cortex-m3' }),
      });
      return emulate('mps2-an385', image).status;
    };
    expect(await run('struct S { S() : v(7) {} volatile int v; } s; int main() { return s.v; }')).toBe(7);
    expect(await run('int main() { return *reinterpret_cast<volatile int*>(0xF0000000u); }')).toBe(99);
  });

  it('refuses an image larger than the memory', async () => {
    const memory = { flashOrigin: 0, flashBytes: 2048, ramOrigin: 0x2000_0000, ramBytes: 4096 };
    const error = await problem(
      build(selfCheck(), join(dir, 'large'), { toolchain: armNoneEabi({ cpu: 'cortex-m0', memory }) }),
    );
    expect(error.code).toBe('COMPILE_FAILED');
    expect(error.got).toMatch(/will not fit|overflowed/);
  });

  it('adds nothing to a bundle with a linker script of its own', async () => {
    const files = {
      'own.ld':
        'ENTRY(start)\nMEMORY { rom : ORIGIN = 0x1000, LENGTH = 4096 }\nSECTIONS { .text : { *(.text*) } > rom }\n',
      'main.cpp': 'extern "C" __attribute__((used)) void start() { for (;;) {} }\n',
    };
    const recipe = { sources: ['main.cpp'], flags: ['-nostdlib', '-Town.ld'], libraries: [] };
    const toolchain = armNoneEabi({ cpu: 'cortex-m4f' });
    await build({ files, build: recipe }, join(dir, 'own.elf'), { toolchain });
    // The entry point of an ELF file of 32 bits; its lowest bit says Thumb.
    expect(readFileSync(join(dir, 'own.elf')).readUInt32LE(24) & ~1).toBe(0x1000);
  });
});

describe('armNoneEabi', () => {
  it('refuses cores it does not know', () => {
    expect(() => armNoneEabi({ cpu: 'cortex-m99' as CortexM })).toThrow(/cortex-m99.*cortex-m4f.*BAD_OPTION/);
    expect(() => armNoneEabi({ cpu: 'toString' as CortexM })).toThrow(/BAD_OPTION/);
  });
});

describe.skipIf(!has('clang++') || !has('wasm-ld'))('wasm', () => {
  it('builds a module that imports nothing', async () => {
    const text =
      '#include <stdint.h>\nextern "C" __attribute__((export_name("twice"))) int32_t twice(int32_t x) { return 2 * x; }\n';
    const recipe = { sources: ['main.cpp'], flags: ['-std=c++11', '-O2'], libraries: [] };
    await build({ files: { 'main.cpp': text }, build: recipe }, join(dir, 'twice.wasm'), { toolchain: wasm32() });
    const { WebAssembly } = globalThis as unknown as { WebAssembly: Modules };
    const { instance } = await WebAssembly.instantiate(readFileSync(join(dir, 'twice.wasm')), {});
    expect(instance.exports.twice!(21)).toBe(42);
  });
});

describe('a toolchain that is not there', () => {
  const compiler = 'no-such-compiler-7';
  it.each([
    [host({ compiler }), 'apt install g++'],
    [gcc({ compiler }), 'apt install g++'],
    [clang({ compiler }), 'apt install clang'],
    [armNoneEabi({ cpu: 'cortex-m3', compiler }), 'apt install gcc-arm-none-eabi'],
    [aarch64LinuxGnu({ compiler }), 'apt install g++-aarch64-linux-gnu'],
    [armLinuxGnueabihf({ compiler }), 'apt install g++-arm-linux-gnueabihf'],
    [wasm32({ compiler }), 'apt install clang lld'],
  ])('names the package to install ($name)', async (toolchain, fix) => {
    const before = readdirSync(dir);
    const error = await problem(build(selfCheck(), join(dir, 'missing'), { toolchain }));
    expect(error.code).toBe('NO_COMPILER');
    expect(error.fix).toContain(fix);
    expect(readdirSync(dir)).toEqual(before);
  });
});

describe('a toolchain of a third party', () => {
  it('is a value with find and compile', async () => {
    let seen: readonly string[] = [];
    const toolchain: Toolchain = {
      name: 'list',
      fix: 'It is always there.',
      find: async () => ({
        version: '1.0',
        compile: async (sourceDir, recipe, outFile) => {
          seen = readdirSync(sourceDir);
          writeFileSync(outFile, recipe.sources.join('\n'));
        },
      }),
    };
    const report = await build(selfCheck(), join(dir, 'list'), { toolchain, flags: ['-DMORE'] });
    expect(report).toMatchObject({ toolchain: 'list', version: '1.0' });
    expect(report.flags.at(-1)).toBe('-DMORE');
    expect(seen).toContain('tiny.h');
    expect(readFileSync(join(dir, 'list'), 'utf8')).toContain('verify/verify.cpp');
  });

  it.skipIf(!has('g++'))('may be a command that takes arguments as g++ does', async () => {
    const toolchain = compilerDriver({ name: 'mine', fix: 'Install it.', commands: [['no-such-7'], ['env', 'g++']] });
    await expect(build(selfCheck(), join(dir, 'mine'), { toolchain })).resolves.toMatchObject({ toolchain: 'mine' });
  });
});
