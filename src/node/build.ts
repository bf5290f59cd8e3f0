import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, throwIfAborted } from '../errors.js';
import type { Bundle } from '../program.js';
import { checkPaths, refuse, unpack } from './write.js';

export interface BuildOptions {
  /** Command of the C++ compiler. Default: `$CXX`, else the first of g++, clang++ and c++ that runs. */
  compiler?: string;
  /** Added behind the flags of the bundle. */
  flags?: readonly string[];
  signal?: AbortSignal;
}

const SHOWN_LINES = 12;
const KEPT_CHARACTERS = 100_000;

/**
 * Compiles a bundle into one native executable with the C++ compiler of this machine.
 *
 * Nothing appears at `outFile` unless everything worked; a file that is there is replaced by one rename.
 *
 * @throws `NO_COMPILER`, `COMPILE_FAILED` with the first lines of the compiler, `CANNOT_WRITE`, `ABORTED`, and
 * `UNSUPPORTED` for a bundle that does not end in a program
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim');
 * ```
 */
export async function build(bundle: Bundle, outFile: string, options: BuildOptions = {}): Promise<void> {
  const { flags = [], signal } = options;
  const recipe = bundle.build ?? refuseRecipe(outFile);
  checkPaths(bundle);
  throwIfAborted(signal, 'build');
  const [compiler, ...prefix] = await findCompiler(options.compiler);

  const dir = await mkdtemp(join(tmpdir(), 'impulsekit-build-')).catch((cause) => refuse(tmpdir(), cause));
  try {
    const binary = join(dir, 'binary');
    await unpack(bundle, join(dir, 'source')).catch((cause) => refuse(dir, cause));
    const output = ['-o', binary, ...recipe.sources, ...recipe.libraries];
    const args = [...prefix, ...recipe.flags, ...flags, ...output];
    await compile(compiler!, args, join(dir, 'source'), signal);
    await install(binary, resolve(outFile));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** `$CXX` may hold arguments, as in `ccache g++`. */
async function findCompiler(wanted: string | undefined): Promise<string[]> {
  const fromEnvironment = process.env.CXX?.trim() ?? '';
  const candidates = wanted === undefined ? [fromEnvironment, 'g++', 'clang++', 'c++'].filter(Boolean) : [wanted];
  for (const candidate of candidates) {
    const command = candidate === wanted ? [candidate] : candidate.split(/\s+/);
    if (await runs(command)) return command;
  }
  return fail({
    code: 'NO_COMPILER',
    where: 'build',
    got: `no ${candidates.join(', ')} that runs`,
    expected: 'a C++ compiler',
    fix: 'Install one: "sudo apt install g++" on Debian and Ubuntu, "xcode-select --install" on macOS; or set CXX.',
  });
}

function runs([command, ...args]: readonly string[]): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(command!, [...args, '--version'], { stdio: 'ignore' });
    child.once('error', () => done(false));
    child.once('close', (code) => done(code === 0));
  });
}

async function compile(
  compiler: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  let text = '';
  const code = await new Promise<number | null>((done, failed) => {
    // Its own process group, so that aborting also ends what the compiler's driver has started.
    const child = spawn(compiler, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stop = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself just now.
      }
    };
    const keep = (chunk: string): void => {
      if (text.length < KEPT_CHARACTERS) text += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', failed);
    child.once('close', (exitCode) => {
      signal?.removeEventListener('abort', stop);
      done(exitCode);
    });
  });
  throwIfAborted(signal, 'build');
  if (code === 0) return;
  fail({
    code: 'COMPILE_FAILED',
    where: `build with ${compiler}`,
    got: text.split('\n').slice(0, SHOWN_LINES).join('\n').trim() || `exit code ${code}`,
    expected: 'sources that compile and link',
    fix: 'Try another compiler (option "compiler" or CXX), or report the message with the impulse.',
  });
}

/** Copies beside the target first: a rename between file systems is no rename. */
async function install(binary: string, target: string): Promise<void> {
  let staging = '';
  try {
    await mkdir(dirname(target), { recursive: true });
    staging = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    const copy = join(staging, 'binary');
    await copyFile(binary, copy);
    await chmod(copy, 0o755);
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
