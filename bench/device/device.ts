/** Builds emitted libraries as bare-metal images and runs them in QEMU: instructions, flash and RAM of the real thing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Program } from '../../src/program.js';
import { cppLibrary } from '../../src/targets/index.js';
import { CORES } from '../../src/testing/compilers.js';

/**
 * All cores run on QEMU's mps2-an386, a Cortex-M4F with room for audio windows: ARMv6-M code is a subset of what it
 * executes, and the count of instructions is the same.
 */
export type Core = 'Cortex-M4F' | 'Cortex-M0+';

export interface Measurement {
  /** Executed instructions of each step, in graph order. */
  readonly instructions: readonly number[];
  readonly scores: Float32Array;
}

export interface ImageSize {
  /** Of the library alone: the image minus one that does nothing. */
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** Code sizes by demangled function name. */
  readonly functions: ReadonlyMap<string, number>;
}

const here = new URL('.', import.meta.url).pathname;
const FLAGS = '-std=c++11 -Os -ffp-contract=off -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections'.split(
  ' ',
);
const LINK = ['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections', `-T${join(here, 'image.ld')}`];

/** Flags as a list, such as `-O2` to override -Os. */
export function measure(program: Program, core: Core, flags: readonly string[] = []): Measurement {
  return withLibrary(program, (dir) => {
    const main =
      '#include "count.h"\n#include "verify/golden.h"\nint main() { return device::count<lib::detail::Golden>(); }\n';
    const image = link(dir, 'count', main, core, [...LIBRARY, 'verify/golden.cpp'], flags);
    const text = emulate(image);
    const values = (name: string): number[] =>
      [...text.matchAll(new RegExp(`^${name} ([0-9a-f]{8})$`, 'gm'))].map((m) => Number.parseInt(m[1]!, 16));
    return {
      instructions: values('instructions'),
      scores: new Float32Array(Uint32Array.from(values('score')).buffer),
    };
  });
}

export function imageSize(program: Program, core: Core, flags: readonly string[] = []): ImageSize {
  return withLibrary(program, (dir) => {
    const image = link(dir, 'run', mainText('static_cast<int>(lib::run(window, &result))'), core, LIBRARY, flags);
    const empty = link(dir, 'empty', mainText('0'), core, [], flags);
    const [full, none] = [image, empty].map(sectionSizes) as [Sizes, Sizes];
    return {
      flashBytes: full.flash - none.flash,
      ramBytes: full.ram - none.ram,
      functions: functionSizes(image),
    };
  });
}

/** The application's share: a window and a result that the linker keeps. */
const mainText = (answer: string): string =>
  [
    '#include "lib.h"',
    'float window[lib::kInputSize];',
    'lib::Result result;',
    'int main() {',
    '  __asm volatile("" ::"r"(window), "r"(&result) : "memory");',
    `  return ${answer};`,
    '}',
    '',
  ].join('\n');

const LIBRARY = ['lib.cpp', 'lib_parameters.cpp'];

function withLibrary<T>(program: Program, use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-device-'));
  try {
    for (const [path, content] of Object.entries(cppLibrary({ name: 'lib' }).emit(program).files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function link(
  dir: string,
  name: string,
  main: string,
  core: Core,
  sources: readonly string[],
  flags: readonly string[],
): string {
  const image = join(dir, `${name}.elf`);
  writeFileSync(join(dir, `${name}_main.cpp`), main);
  const files = [join(here, 'startup.cpp'), `${name}_main.cpp`, ...sources];
  const args = [...CORES[core]!, ...FLAGS, ...flags, `-I${here}`, '-I.', ...LINK, '-o', image, ...files];
  execFileSync('arm-none-eabi-g++', args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  return image;
}

/** Runs an image to its end and returns what it printed. */
function emulate(image: string): string {
  const machine = '-M mps2-an386 -nographic -monitor none -serial none -icount shift=0'.split(' ');
  const args = [...machine, '-semihosting-config', 'enable=on,target=native', '-kernel', image];
  const { status, stderr } = spawnSync('qemu-system-arm', args, { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`QEMU ended with ${status}: ${stderr}`);
  return stderr;
}

interface Sizes {
  readonly flash: number;
  readonly ram: number;
}

function sectionSizes(image: string): Sizes {
  const text = execFileSync('arm-none-eabi-size', ['-A', image], { encoding: 'utf8' });
  const size = (name: string): number => Number(new RegExp(`^\\${name}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    flash: size('.text') + size('.ARM.exidx') + size('.data'),
    ram: size('.data') + size('.bss'),
  };
}

function functionSizes(image: string): Map<string, number> {
  const text = execFileSync('arm-none-eabi-nm', ['-S', '-C', '--size-sort', image], { encoding: 'utf8' });
  const rows = [...text.matchAll(/^\S+ ([0-9a-f]+) [tTwW] (.*)$/gm)];
  return new Map(rows.map((m) => [m[2]!.replace(/\(.*/, ''), Number.parseInt(m[1]!, 16)]));
}
