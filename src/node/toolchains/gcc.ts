import { compilerDriver } from './compiler-driver.js';
import type { Toolchain } from './toolchain.js';

export interface CompilerOptions {
  /** Command or path of the compiler. Default: the usual name, found on the path. */
  compiler?: string | undefined;
}

/**
 * The GNU compiler, for this machine.
 *
 * @example
 * ```ts
 * const { version } = await build(bundle, 'out/keyword.eim', { toolchain: gcc({ compiler: 'g++-13' }) });
 * ```
 */
export function gcc({ compiler = 'g++' }: CompilerOptions = {}): Toolchain {
  return compilerDriver({
    name: 'gcc',
    fix: 'On Debian or Ubuntu: "sudo apt install g++".',
    commands: [[compiler]],
  });
}
