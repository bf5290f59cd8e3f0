import { compilerDriver } from './compiler-driver.js';
import type { CompilerOptions } from './gcc.js';
import type { Toolchain } from './toolchain.js';

/**
 * The GNU cross compiler for Linux on 32 bit Arm. Programs are linked statically: they run on any such system, and here
 * under `qemu-user`.
 *
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim', { toolchain: armLinuxGnueabihf() });
 * ```
 */
export function armLinuxGnueabihf({ compiler = 'arm-linux-gnueabihf-g++' }: CompilerOptions = {}): Toolchain {
  return compilerDriver({
    name: 'arm-linux-gnueabihf',
    fix: 'On Debian or Ubuntu: "sudo apt install g++-arm-linux-gnueabihf".',
    commands: [[compiler]],
    flags: ['-static'],
  });
}
