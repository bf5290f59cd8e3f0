import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, throwIfAborted } from '../errors.js';
import type { BuildRecipe, Bundle } from '../program.js';
import { armNoneEabi } from './toolchains/arm-none-eabi/arm-none-eabi.js';
import type { CortexM } from './toolchains/arm-none-eabi/cores.js';
import { host } from './toolchains/host.js';
import { elfSections, type Section } from './toolchains/sections.js';
import type { FoundToolchain, Toolchain } from './toolchains/toolchain.js';
import { wasm32 } from './toolchains/wasm.js';
import { checkPaths, refuse, unpack } from './write.js';

export interface BuildOptions {
  /** What compiles and links. Default: what the bundle is for, mostly the compiler of this machine, see {@link host}. */
  toolchain?: Toolchain;
  /** Command of the C++ compiler of this machine; short for `toolchain: host({ compiler })`. */
  compiler?: string;
  /** Added behind the flags of the bundle. */
  flags?: readonly string[];
  signal?: AbortSignal;
}

/** What made a binary. */
export interface BuildReport {
  /** Name of the toolchain. */
  readonly toolchain: string;
  /** What the toolchain says of itself, one line. */
  readonly version: string;
  /** Flags of the toolchain, of the bundle and of the caller, in this order. */
  readonly flags: readonly string[];
  /** Size of the file. */
  readonly fileBytes: number;
  /** What of it is loaded; absent for files that are no ELF, such as modules of WebAssembly. */
  readonly sections?: readonly Section[];
  /** Code, constants and the first values of variables; absent without sections. */
  readonly flashBytes?: number;
  /** Variables; no stack, no heap; absent without sections. */
  readonly ramBytes?: number;
}

/**
 * Compiles a bundle into one binary: with the C++ compiler of this machine, or with the toolchain that is given. What
 * belongs to it, such as the types of an ES module, appears beside it.
 *
 * Nothing appears at `outFile` unless everything worked; a file that is there is replaced by one rename.
 *
 * @throws `NO_COMPILER`, `COMPILE_FAILED` with the first lines of the compiler, `CANNOT_WRITE`, `ABORTED`, and
 * `UNSUPPORTED` for a bundle that does not end in a program
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim');
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword-arm64.eim', { toolchain: aarch64LinuxGnu() });
 * await build(model.deploy(wasm({ name: 'keyword' })), 'out/keyword.js');
 * ```
 */
export async function build(bundle: Bundle, outFile: string, options: BuildOptions = {}): Promise<BuildReport> {
  const { flags = [], signal } = options;
  const recipe = bundle.build ?? refuseRecipe(outFile);
  checkPaths(bundle);
  throwIfAborted(signal, 'build');
  const toolchain = options.toolchain ?? toolchainFor(recipe, options.compiler);
  const found = (await toolchain.find()) ?? refuseMissing(toolchain);

  const dir = await mkdtemp(join(tmpdir(), 'impulsekit-build-')).catch((cause) => refuse(tmpdir(), cause));
  try {
    const output = join(dir, 'output');
    const binary = join(output, basename(outFile));
    const source = join(dir, 'source');
    await unpack(bundle, source).catch((cause) => refuse(dir, cause));
    await mkdir(output);
    const whole = { ...recipe, flags: [...recipe.flags, ...flags] };
    await found.compile(source, whole, binary, signal);
    throwIfAborted(signal, 'build');
    const report = reportOf(toolchain, found, whole.flags, await readFile(binary));
    await installAll(output, resolve(outFile));
    return report;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The toolchain that a recipe asks for. */
function toolchainFor({ toolchain, cpu }: BuildRecipe, compiler: string | undefined): Toolchain {
  if (toolchain === 'wasm') return wasm32({ compiler });
  if (toolchain === 'arm-none-eabi') return armNoneEabi({ cpu: cpu as CortexM, compiler });
  return host({ compiler });
}

function reportOf(
  { name }: Toolchain,
  found: FoundToolchain,
  flags: readonly string[],
  binary: Uint8Array,
): BuildReport {
  const sections = elfSections(binary);
  const bytesIn = (memory: Section['memory']): number =>
    (sections ?? []).reduce(
      (sum, part) => sum + (part.memory === memory || part.memory === 'both' ? part.bytes : 0),
      0,
    );
  return {
    toolchain: name,
    version: found.version,
    flags: [...(found.flags ?? []), ...flags],
    fileBytes: binary.length,
    ...(sections && { sections, flashBytes: bytesIn('flash'), ramBytes: bytesIn('ram') }),
  };
}

function refuseMissing({ name, fix }: Toolchain): never {
  return fail({
    code: 'NO_COMPILER',
    where: `build with ${name}`,
    got: 'no such compiler that runs and has its libraries',
    expected: 'a C++ compiler',
    fix,
  });
}

/** Installs all files of a folder beside the target, which comes last. */
async function installAll(folder: string, target: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== basename(target));
  for (const name of [...names, basename(target)]) await install(join(folder, name), join(dirname(target), name));
}

/** Copies beside the target first: a rename between file systems is no rename. */
async function install(binary: string, target: string): Promise<void> {
  let staging = '';
  try {
    await mkdir(dirname(target), { recursive: true });
    staging = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    const copy = join(staging, 'binary');
    await copyFile(binary, copy);
    if ((await stat(binary)).mode & 0o111) await chmod(copy, 0o755);
    await rename(copy, target);
  } catch (cause) {
    refuse(target, cause);
  } finally {
    if (staging !== '') await rm(staging, { recursive: true, force: true });
  }
}

function refuseRecipe(where: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `build ${where}`,
    got: 'a bundle without a build recipe',
    expected: 'a deployment that ends in a program',
    fix: 'Write it with write() and build it with its own build files, or deploy as eim().',
  });
}
