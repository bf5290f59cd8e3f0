/** Bare-metal images: C++ linked for a core, run in QEMU, and how large its parts are. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../errors.js';
import { armNoneEabi } from '../toolchains/arm-none-eabi/arm-none-eabi.js';
import { versionOf } from '../toolchains/run-compiler.js';
import { elfSections } from '../toolchains/sections.js';
import type { FoundToolchain } from '../toolchains/toolchain.js';
import { unpack } from '../write.js';
import run from './device/run.h.js';
import semihosting from './device/semihosting.h.js';
import startup from './device/startup.cpp.js';
import steps from './device/steps.h.js';
import { EMULATOR, type EmulateOptions } from './emulate.js';
import { LINKER_SCRIPT } from './linker-script.js';
import { type EmulatedCore, MACHINES } from './machines.js';

/** Flags of every image. Tables of weights are many macros, and the compiler need not remember where each came from. */
const FLAGS = ['-std=c++11', '-Os', '-ffp-contract=off', '-ftrack-macro-expansion=0', '-I.', '-Idevice'];
const LINK = ['-nostartfiles', '--specs=nano.specs', '-Tdevice/image.ld'];

const DEVICE = {
  'device/image.ld': LINKER_SCRIPT,
  'device/run.h': run.text,
  'device/semihosting.h': semihosting.text,
  'device/startup.cpp': startup.text,
  'device/steps.h': steps.text,
};

export interface ToolOptions {
  /** Command or path of the cross compiler. Default: `arm-none-eabi-g++`. */
  readonly compiler?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LinkOptions extends ToolOptions {
  /** Where the sources are and the image goes. */
  readonly dir: string;
  /** Stem of the image. */
  readonly name: string;
  readonly core: EmulatedCore;
  /** Text of the file with `main`. */
  readonly main: string;
  /** Further source files, relative to `dir`. */
  readonly sources?: readonly string[];
  /** Further flags, such as `-O2` to override -Os. */
  readonly flags?: readonly string[];
}

/**
 * Compiles and links an image in the folder `dir`; returns its path.
 *
 * @throws `NO_COMPILER`, `COMPILE_FAILED`, `ABORTED`
 */
export async function link(options: LinkOptions): Promise<string> {
  const { dir, name, core, main, sources = [], flags = [], compiler, signal } = options;
  const { cpu, memory, timer } = MACHINES[core];
  const found = await findCompiler(cpu, compiler);
  const symbols = Object.entries({ ...memory, timer }).map(([symbol, value]) => `-Wl,--defsym=${symbol}=${value}`);
  const image = join(dir, `${name}.elf`);
  await unpack({ files: DEVICE }, dir);
  await writeFile(join(dir, `${name}_main.cpp`), main);
  const recipe = {
    sources: ['device/startup.cpp', `${name}_main.cpp`, ...sources],
    flags: [...FLAGS, ...flags, ...symbols, ...LINK],
    libraries: [],
  };
  await found.compile(dir, recipe, image, signal);
  return image;
}

/** Runs `use` with a temporary folder that holds the files. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'impulsekit-measure-'));
  try {
    await unpack({ files }, dir);
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function findCompiler(cpu: (typeof MACHINES)[EmulatedCore]['cpu'], compiler?: string): Promise<FoundToolchain> {
  const toolchain = armNoneEabi({ cpu, compiler });
  return (await toolchain.find()) ?? refuseMissing(`no ${toolchain.name} compiler with its C library`);
}

/**
 * Versions of cross compiler and emulator, one line each.
 *
 * @throws `NO_COMPILER`, naming the packages to install
 */
export async function requireTools({ compiler, emulator = EMULATOR }: ToolOptions & EmulateOptions = {}) {
  const [found, qemu] = await Promise.all([armNoneEabi({ cpu: 'cortex-m4f', compiler }).find(), versionOf([emulator])]);
  if (found && qemu !== undefined) return { compiler: found.version, emulator: qemu };
  const missing = [...(found ? [] : ['cross compiler with its C library']), ...(qemu === undefined ? [emulator] : [])];
  return refuseMissing(`no ${missing.join(' and no ')}`);
}

function refuseMissing(got: string): never {
  return fail({
    code: 'NO_COMPILER',
    where: 'measure',
    got,
    expected: 'a cross compiler for Cortex-M and QEMU',
    fix: 'On Debian or Ubuntu: "sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm".',
  });
}

/** Bytes of an image. */
export interface ImageSizes {
  /** Code, constants and the first values of variables. */
  readonly flash: number;
  /** The constants among them. */
  readonly constants: number;
  /** Variables; neither the stack nor what belongs to the application. */
  readonly ram: number;
}

export async function imageSizes(image: string): Promise<ImageSizes> {
  const sections = elfSections(await readFile(image)) ?? [];
  const size = (...names: readonly string[]): number =>
    sections.reduce((sum, { name, bytes }) => sum + (names.includes(name) ? bytes : 0), 0);
  return {
    flash: size('.text', '.rodata', '.ARM.exidx', '.data'),
    constants: size('.rodata'),
    ram: size('.data', '.bss'),
  };
}
