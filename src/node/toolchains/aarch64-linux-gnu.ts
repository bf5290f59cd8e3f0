import { compilerDriver } from './compiler-driver.js';
import type { CompilerOptions } from './gcc.js';
import type { Toolchain } from './toolchain.js';

/**
 * The GNU cross compiler for Linux on 64 bit Arm. Programs are linked statically: they run on any such system, and here
 * under `qemu-user`.
 *
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim', { toolchain: aarch64LinuxGnu() });
 * ```
 */
export function aarch64LinuxGnu({ compiler = 'aarch64-linux-gnu-g++' }: CompilerOptions = {}): Toolchain {
  return compilerDriver({
    name: 'aarch64-linux-gnu',
    fix: 'On Debian or Ubuntu: "sudo apt install g++-aarch64-linux-gnu".',
    commands: [[compiler]],
    flags: ['-static'],
  });
}
