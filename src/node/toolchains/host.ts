import { compilerDriver } from './compiler-driver.js';
import type { Toolchain } from './toolchain.js';

const FIX = 'Install one: "sudo apt install g++" on Debian and Ubuntu, "xcode-select --install" on macOS; or set CXX.';

/**
 * The C++ compiler of this machine, for this machine: `$CXX`, which may hold arguments as in `ccache g++`, else the
 * first of g++, clang++ and c++ that runs. What {@link build} uses by itself.
 *
 * @example
 * ```ts
 * const report = await build(bundle, 'out/keyword.eim', { toolchain: host() });
 * ```
 */
export function host(options: { compiler?: string | undefined } = {}): Toolchain {
  const fromEnvironment = process.env.CXX?.trim() ?? '';
  const found = [fromEnvironment, 'g++', 'clang++', 'c++'].filter(Boolean).map((command) => command.split(/\s+/));
  const commands = options.compiler === undefined ? found : [[options.compiler]];
  return compilerDriver({ name: 'host', fix: FIX, commands });
}
