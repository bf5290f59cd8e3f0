import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildRecipe, Bundle } from '../../program.js';
import { unpack } from '../write.js';
import { type Command, runCompiler, versionOf } from './run-compiler.js';
import type { FoundToolchain, Toolchain } from './toolchain.js';

export interface CompilerDriver {
  readonly name: string;
  readonly fix: string;
  /** Commands that take arguments as g++ does; the first that runs is used. */
  readonly commands: readonly Command[];
  /** Before the flags of the recipe, which may override them. */
  readonly flags?: readonly string[];
  /** Whether what was found can do the work: a compiler may come without its library. */
  readonly works?: (command: Command) => Promise<boolean>;
  /** Files that belong to the target and not to the bundle: startup code, linker scripts. */
  readonly support?: (recipe: BuildRecipe) => Support | undefined;
}

/** Files beside the sources of a bundle. Paths in `sources` and `flags` are relative to their folder, as `{dir}/`. */
export interface Support {
  readonly files: Bundle['files'];
  readonly sources: readonly string[];
  readonly flags: readonly string[];
}

/**
 * A toolchain that is one command: a compiler that links too and takes arguments as g++ and clang++ do.
 *
 * @example
 * ```ts
 * const riscv = compilerDriver({
 *   name: 'riscv64-linux-gnu',
 *   fix: 'On Debian or Ubuntu: "sudo apt install g++-riscv64-linux-gnu".',
 *   commands: [['riscv64-linux-gnu-g++']],
 *   flags: ['-static'],
 * });
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim', { toolchain: riscv });
 * ```
 */
export function compilerDriver(driver: CompilerDriver): Toolchain {
  const { name, fix, commands, works } = driver;
  return {
    name,
    fix,
    find: async () => {
      for (const command of commands) {
        const version = await versionOf(command);
        if (version === undefined || (works && !(await works(command)))) continue;
        return found(driver, command, version);
      }
      return undefined;
    },
  };
}

function found({ flags = [], support }: CompilerDriver, command: Command, version: string): FoundToolchain {
  return {
    version,
    flags,
    compile: async (sourceDir, recipe, outFile, signal) => {
      const added = support?.(recipe);
      if (!added) {
        const args = [...flags, ...recipe.flags, '-o', outFile, ...recipe.sources, ...recipe.libraries];
        return runCompiler(command, args, sourceDir, signal);
      }
      const dir = await mkdtemp(join(tmpdir(), 'impulsekit-support-'));
      const inDir = (text: string): string => text.replaceAll('{dir}', dir);
      try {
        await unpack({ files: added.files }, dir);
        const sources = [...added.sources.map(inDir), ...recipe.sources];
        const all = [...flags, ...recipe.flags, ...added.flags.map(inDir)];
        await runCompiler(command, [...all, '-o', outFile, ...sources, ...recipe.libraries], sourceDir, signal);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}
