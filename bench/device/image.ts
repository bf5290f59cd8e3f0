/** Bare-metal images: links C++ for a core, runs it in QEMU, tells how large its parts are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../src/errors.js';
import { CORTEX_M } from '../../src/node/toolchains/index.js';
import type { Bundle } from '../../src/program.js';
import { CORES, has, unpack } from '../../src/testing/compilers.js';

export type Core = 'Cortex-M0+' | 'Cortex-M3' | 'Cortex-M4F' | 'Cortex-M7' | 'Cortex-M33';

interface Machine {
  readonly machine: string;
  readonly compile: readonly string[];
  readonly flashOrigin: number;
  readonly ramOrigin: number;
  readonly ramBytes: number;
  /** Address of a CMSDK timer, and instructions per tick under `-icount shift=0`. */
  readonly timer: number;
  readonly instructionsPerTick: number;
}

const AT_25_MHZ = { timer: 0x4000_0000, instructionsPerTick: 40 };
const NOT_SECURE = { flashOrigin: 0, ramOrigin: 0x2000_0000, ramBytes: 4 << 20, ...AT_25_MHZ };

/** ARMv6-M code is a subset of what a Cortex-M3 executes; startup.cpp lets unaligned access fault as on the real one. */
const MACHINES: Readonly<Record<Core, Machine>> = {
  'Cortex-M0+': { machine: 'mps2-an385', compile: CORES['Cortex-M0+']!, ...NOT_SECURE },
  'Cortex-M3': { machine: 'mps2-an385', compile: CORTEX_M['cortex-m3'], ...NOT_SECURE },
  'Cortex-M4F': { machine: 'mps2-an386', compile: CORES['Cortex-M4F']!, ...NOT_SECURE },
  'Cortex-M7': { machine: 'mps2-an500', compile: CORES['Cortex-M7']!, ...NOT_SECURE },
  'Cortex-M33': {
    machine: 'mps2-an505',
    compile: CORTEX_M['cortex-m33'],
    // Secure aliases: the machine boots secure.
    flashOrigin: 0x1000_0000,
    ramOrigin: 0x3800_0000,
    ramBytes: 2 << 20,
    timer: 0x5000_0000,
    instructionsPerTick: 50,
  },
};

export const ALL_CORES = Object.keys(MACHINES) as readonly Core[];

/** Unpacks files into a temporary folder that is removed when `use` is done. */
export function inFolder<T>(files: Bundle['files'], use: (dir: string) => T): T {
  const dir = unpack({ files });
  try {
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const here = new URL('.', import.meta.url).pathname;
const COMPILER = 'arm-none-eabi-g++';
const EMULATOR = 'qemu-system-arm';
const FLAGS = '-std=c++11 -Os -ffp-contract=off -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections';
/** Tables of weights are many macros, and the compiler need not remember where each came from. */
const QUICK = '-ftrack-macro-expansion=0';
const LINK = ['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections', `-T${join(here, 'image.ld')}`];

/**
 * Makes sure that cross compiler, C library and emulator are there.
 *
 * @throws `NO_COMPILER`, naming the packages to install
 */
export function requireTools(): void {
  const missing = [COMPILER, EMULATOR].filter((command) => !has(command));
  if (missing.length === 0 && hasLibrary()) return;
  fail({
    code: 'NO_COMPILER',
    where: 'bench:device',
    got: missing.length > 0 ? `no ${missing.join(' and no ')}` : `${COMPILER} without its C library`,
    expected: 'a cross compiler for Cortex-M and QEMU',
    fix: 'On Debian or Ubuntu: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm.',
  });
}

function hasLibrary(): boolean {
  const probe = ['--specs=nano.specs', '-E', '-x', 'c++', '-'];
  const input = '#include <stdint.h>\n#include <string.h>\n';
  return spawnSync(COMPILER, probe, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** First lines of what the tools say about their versions. */
export function toolVersions(): string {
  const version = (command: string): string => execFileSync(command, ['--version'], { encoding: 'utf8' });
  const [gcc, qemu] = [COMPILER, EMULATOR].map((command) => / (\d+\.\d+\.\d+)/.exec(version(command))?.[1] ?? '?');
  return `${COMPILER} ${gcc}, QEMU ${qemu}`;
}

export interface LinkOptions {
  /** Where the sources are and the image goes. */
  readonly dir: string;
  /** Stem of the image. */
  readonly name: string;
  readonly core: Core;
  /** Text of the file with `main`. */
  readonly main: string;
  /** Further source files, relative to `dir`. */
  readonly sources?: readonly string[];
  /** Further flags, such as `-O2` to override -Os. */
  readonly flags?: readonly string[];
}

/** Compiles and links an image; returns its path. */
export function link({ dir, name, core, main, sources = [], flags = [] }: LinkOptions): string {
  const { compile, flashOrigin, ramOrigin, ramBytes, timer } = MACHINES[core];
  const image = join(dir, `${name}.elf`);
  writeFileSync(join(dir, `${name}_main.cpp`), main);
  const places = { flashOrigin, flashBytes: 4 << 20, ramOrigin, ramBytes, timer };
  const symbols = Object.entries(places).map(([symbol, value]) => `-Wl,--defsym=${symbol}=${value}`);
  const files = [join(here, 'startup.cpp'), `${name}_main.cpp`, ...sources];
  const options = [...compile, ...FLAGS.split(' '), QUICK, ...flags, `-I${here}`, '-I.'];
  execFileSync(COMPILER, [...options, ...symbols, ...LINK, '-o', image, ...files], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return image;
}

/** What an image printed: values by name, in order. */
export type Printed = (name: string) => readonly number[];

/** Runs an image to its end in the folder `dir`; `ticks` it printed come as instructions. */
export function emulate(image: string, core: Core, dir: string): Printed {
  const { machine, instructionsPerTick } = MACHINES[core];
  const quiet = '-nographic -monitor none -serial none -icount shift=0'.split(' ');
  const args = ['-M', machine, ...quiet, '-semihosting-config', 'enable=on,target=native', '-kernel', image];
  const { status, stderr } = spawnSync(EMULATOR, args, { cwd: dir, encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) throw new Error(`QEMU ended with ${status}: ${stderr}`);
  return (name) => {
    const values = [...stderr.matchAll(new RegExp(`^${name} ([0-9a-f]{8})$`, 'gm'))];
    const scale = name === 'ticks' ? instructionsPerTick : 1;
    return values.map((m) => scale * Number.parseInt(m[1]!, 16));
  };
}

/** Bytes of an image. */
export interface Sizes {
  /** Code, constants and the first values of variables. */
  readonly flash: number;
  /** The constants among them. */
  readonly constants: number;
  /** Variables; no stack. */
  readonly ram: number;
}

export function sectionSizes(image: string): Sizes {
  const text = execFileSync('arm-none-eabi-size', ['-A', image], { encoding: 'utf8' });
  const size = (name: string): number => Number(new RegExp(`^\\${name}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    flash: size('.text') + size('.rodata') + size('.ARM.exidx') + size('.data'),
    constants: size('.rodata'),
    ram: size('.data') + size('.bss'),
  };
}

/** Code sizes by demangled function name, without parameters; copies that the compiler made count as one. */
export function functionSizes(image: string): Map<string, number> {
  const text = execFileSync('arm-none-eabi-nm', ['-S', '-C', '--size-sort', image], { encoding: 'utf8' });
  const sizes = new Map<string, number>();
  for (const [, size, symbol] of text.matchAll(/^\S+ ([0-9a-f]+) [tTwW] (.*)$/gm)) {
    const name = symbol!.replaceAll('(anonymous namespace)::', '').replace(/\(.*/, '');
    sizes.set(name, (sizes.get(name) ?? 0) + Number.parseInt(size!, 16));
  }
  return sizes;
}
