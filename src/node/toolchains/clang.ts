import { compilerDriver } from './compiler-driver.js';
import type { CompilerOptions } from './gcc.js';
import type { Toolchain } from './toolchain.js';

/**
 * Clang, for this machine.
 *
 * @example
 * ```ts
 * const { version } = await build(bundle, 'out/keyword.eim', { toolchain: clang() });
 * ```
 */
export function clang({ compiler = 'clang++' }: CompilerOptions = {}): Toolchain {
  return compilerDriver({
    name: 'clang',
    fix: 'On Debian or Ubuntu: "sudo apt install clang"; on macOS: "xcode-select --install".',
    commands: [[compiler]],
  });
}
