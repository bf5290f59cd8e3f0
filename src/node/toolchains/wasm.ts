import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fail, throwIfAborted } from '../../errors.js';
import type { BuildRecipe, ModuleRecipe } from '../../program.js';
import { type Command, runCompiler, versionOf } from './run-compiler.js';
import type { FoundToolchain, Toolchain } from './toolchain.js';

export interface Wasm32Options {
  /** Command or path of a clang. Default: the first on the path that can link WebAssembly, else `@yowasp/clang`. */
  compiler?: string | undefined;
}

const FLAGS: readonly string[] = [
  ...['--target=wasm32-unknown-unknown', '-fno-exceptions', '-fno-rtti'],
  ...['-nostdlib', '-Wl,--no-entry', '-Wl,--strip-all'],
];

const VERSIONS = [22, 21, 20, 19, 18, 17, 16, 15, 14];

const COMMANDS: readonly string[] = [
  'clang++',
  ...VERSIONS.map((version) => `clang++-${version}`),
  // The clang of macOS knows no WebAssembly; that of Homebrew does, but is not on the path.
  ...['/opt/homebrew/opt/llvm/bin/clang++', '/usr/local/opt/llvm/bin/clang++'],
];

/** Compiles and links with these arguments, in the folder of the sources. */
type Link = (sourceDir: string, args: readonly string[], outFile: string, signal?: AbortSignal) => Promise<void>;

/**
 * Clang for WebAssembly, from this machine or from the npm package `@yowasp/clang`: makes a module without an entry that
 * imports nothing and exports what its sources mark with `export_name`, and puts the ES module of the recipe around it.
 * What {@link build} uses for `wasm()` by itself.
 *
 * The npm package needs no installation beside it, 100 MB of disk and 400 MB of memory, and compiles in this process: an
 * abort signal is seen between files only.
 *
 * @example
 * ```ts
 * await build(model.deploy(wasm({ name: 'keyword' })), 'out/keyword.js', { toolchain: wasm32({ compiler: 'clang++-16' }) });
 * ```
 */
export function wasm32({ compiler }: Wasm32Options = {}): Toolchain {
  return {
    name: 'wasm',
    fix: 'On Debian or Ubuntu: "sudo apt install clang lld"; anywhere: "npm install @yowasp/clang".',
    find: async () => {
      for (const name of compiler === undefined ? COMMANDS : [compiler]) {
        const version = await versionOf([name]);
        if (version !== undefined && (await links([name]))) return found(version, nativeLink([name]));
      }
      return compiler === undefined ? findPackage() : undefined;
    },
  };
}

function found(version: string, link: Link): FoundToolchain {
  const args = ({ flags, sources, libraries }: BuildRecipe, added: readonly string[] = []): string[] => [
    ...[...FLAGS, ...flags, ...added],
    ...[...sources, ...libraries],
  ];
  return {
    version,
    flags: FLAGS,
    compile: async (sourceDir, recipe, outFile, signal) => {
      const { module } = recipe;
      if (!module) return link(sourceDir, args(recipe), outFile, signal);
      const binaries: Record<string, Uint8Array> = {};
      for (const [variant, flags] of Object.entries(module.variants)) {
        const file = `${outFile}.${variant}`;
        await link(sourceDir, args(recipe, flags), file, signal);
        binaries[variant] = await readFile(file);
        await rm(file);
      }
      await writeModule(sourceDir, module, binaries, outFile);
    },
  };
}

/** Writes the script with the binaries in it or beside it, and its types. */
async function writeModule(
  sourceDir: string,
  { script, types, embed }: ModuleRecipe,
  binaries: Readonly<Record<string, Uint8Array>>,
  outFile: string,
): Promise<void> {
  const [, stem = basename(outFile), kind = ''] = /^(.*)\.(m?)js$/.exec(basename(outFile)) ?? [];
  let text = await readFile(join(sourceDir, script), 'utf8');
  for (const [variant, bytes] of Object.entries(binaries)) {
    const file = `${stem}.${variant}.wasm`;
    const place = embed ? Buffer.from(bytes).toString('base64') : file;
    text = text.replaceAll(`{{${variant}}}`, () => place);
    if (!embed) await writeFile(join(dirname(outFile), file), bytes);
  }
  await writeFile(join(dirname(outFile), `${stem}.d.${kind}ts`), await readFile(join(sourceDir, types)));
  await writeFile(outFile, text);
}

const nativeLink =
  (command: Command): Link =>
  (sourceDir, args, outFile, signal) =>
    runCompiler(command, [...args, '-o', outFile], sourceDir, signal);

/** Whether a clang knows the processor, and has a linker for it. */
async function links(command: Command): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'impulsekit-wasm-'));
  try {
    await writeFile(join(dir, 'empty.cpp'), '#include <stdint.h>\n');
    await runCompiler(command, [...FLAGS, 'empty.cpp', '-o', join(dir, 'empty.wasm')], dir);
    return true;
  } catch {
    return false;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Tree = { [name: string]: Tree | string | Uint8Array };

type Run = (args: string[] | undefined, files: Tree, options: object) => Promise<Tree>;

/** What is used of the package, which is there or not. */
interface YoWasp {
  readonly version: string;
  readonly commands: Readonly<Record<string, Run>>;
  readonly runLLVM: Run;
}

/** The npm package; undefined when it is not installed. */
export async function findPackage(): Promise<FoundToolchain | undefined> {
  // A name in a variable is not looked up before it is needed, nor by bundlers.
  const name: string = '@yowasp/clang';
  try {
    const { commands, runLLVM, version } = (await import(name)) as YoWasp;
    return found(`${name} ${version}`, packageLink(commands['clang++']!, runLLVM));
  } catch {
    return undefined;
  }
}

const packageLink =
  (clang: Run, runLLVM: Run): Link =>
  async (sourceDir, args, outFile, signal) => {
    throwIfAborted(signal, 'build');
    let text = '';
    const decoder = new TextDecoder();
    const keep = (bytes: Uint8Array | null): void => {
      if (bytes) text += decoder.decode(bytes, { stream: true });
    };
    const options = { stdout: keep, stderr: keep };
    // Without arguments it only reads its files; the driver would say on the console how far it is.
    await runLLVM(undefined, {}, { fetchProgress: () => undefined });
    const [output, sources] = ['out.wasm', await treeOf(sourceDir)];
    const made = await clang([...args, '-o', output], sources, options).catch((cause: unknown) => refuse(text, cause));
    throwIfAborted(signal, 'build');
    await writeFile(outFile, made[output] as Uint8Array);
  };

/** A folder as the package takes it. */
async function treeOf(dir: string): Promise<Tree> {
  const entries = await readdir(dir, { withFileTypes: true });
  const read = (entry: (typeof entries)[number]): Promise<Tree | Uint8Array> =>
    entry.isDirectory() ? treeOf(join(dir, entry.name)) : readFile(join(dir, entry.name));
  return Object.fromEntries(await Promise.all(entries.map(async (entry) => [entry.name, await read(entry)] as const)));
}

const SHOWN_LINES = 12;

function refuse(text: string, cause: unknown): never {
  return fail({
    code: 'COMPILE_FAILED',
    where: 'build with @yowasp/clang',
    got: text.split('\n').slice(0, SHOWN_LINES).join('\n').trim() || String(cause),
    expected: 'sources that compile and link',
    fix: 'Try a clang of this machine (option "toolchain"), or report the message with the impulse.',
    cause,
  });
}
