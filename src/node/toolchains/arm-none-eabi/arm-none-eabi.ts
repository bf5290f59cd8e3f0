import { fail, show } from '../../../errors.js';
import type { BuildRecipe } from '../../../program.js';
import { compilerDriver, type Support } from '../compiler-driver.js';
import type { CompilerOptions } from '../gcc.js';
import { type Command, runsWith } from '../run-compiler.js';
import type { Toolchain } from '../toolchain.js';
import { CORTEX_M, type CortexM, type MemoryMap, MPS2, MPS2_SECURE } from './cores.js';
import { LINKER_SCRIPT } from './linker-script.js';
import startup from './startup.cpp.js';

export interface ArmNoneEabiOptions extends CompilerOptions {
  cpu: CortexM;
  /** Origins and sizes in bytes. Default: 4 MiB of flash and 2 or 4 MiB of RAM, as QEMU's `mps2` machines have them. */
  memory?: MemoryMap | undefined;
}

/**
 * The GNU cross compiler for microcontrollers: a static image for a core without an operating system.
 *
 * A bundle with a `main` and nothing below it gets a vector table, a reset handler and a linker script; its image runs
 * in QEMU or under a debugger, which prints what it prints and ends with what `main` returns. A bundle with a linker
 * script of its own (a flag `-T...`) gets nothing but the flags of the core.
 *
 * @throws `BAD_OPTION` for an unknown core
 * @example
 * ```ts
 * const report = await build(bundle, 'out/firmware.elf', { toolchain: armNoneEabi({ cpu: 'cortex-m4f' }) });
 * ```
 */
export function armNoneEabi({ cpu, compiler = 'arm-none-eabi-g++', memory }: ArmNoneEabiOptions): Toolchain {
  if (!Object.hasOwn(CORTEX_M, cpu)) refuseCore(cpu);
  const map = memory ?? (cpu === 'cortex-m33' || cpu === 'cortex-m55' ? MPS2_SECURE : MPS2);
  return compilerDriver({
    name: 'arm-none-eabi',
    fix: 'On Debian or Ubuntu: "sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib".',
    commands: [[compiler]],
    flags: [
      ...CORTEX_M[cpu],
      '-fno-exceptions',
      '-fno-rtti',
      '-ffunction-sections',
      '-fdata-sections',
      '-Wl,--gc-sections',
    ],
    works: hasLibrary,
    support: (recipe) => (hasLinkerScript(recipe) ? undefined : bareMetal(map)),
  });
}

/** Debian packages the compiler and its C and C++ libraries apart. */
const hasLibrary = (command: Command): Promise<boolean> =>
  runsWith([...command, '--specs=nano.specs', '-E', '-x', 'c++', '-'], '#include <stdint.h>\n#include <string.h>\n');

const hasLinkerScript = ({ flags }: BuildRecipe): boolean =>
  flags.some((flag) => /^(-T|-Wl,-T|-Wl,--script)/.test(flag));

function bareMetal(map: MemoryMap): Support {
  return {
    files: { 'startup.cpp': startup.text, 'image.ld': LINKER_SCRIPT },
    sources: ['{dir}/startup.cpp'],
    flags: [
      '-nostartfiles',
      '--specs=nano.specs',
      '--specs=rdimon.specs',
      ...Object.entries(map).map(([symbol, value]) => `-Wl,--defsym=${symbol}=${value}`),
      '-T{dir}/image.ld',
    ],
  };
}

function refuseCore(cpu: unknown): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'armNoneEabi.cpu',
    got: show(cpu),
    expected: `one of ${Object.keys(CORTEX_M).join(', ')}`,
    fix: 'Name the core of the board; cores with an FPU of their own have an f behind them.',
  });
}
