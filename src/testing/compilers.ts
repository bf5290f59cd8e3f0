/** What tests need to compile C++: flags, cores, and which compilers are there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CppFile, closure } from '../cpp.js';
import { CORTEX_M } from '../node/toolchains/arm-none-eabi/cores.js';
import type { Bundle } from '../program.js';

export { WARNINGS } from '../node/check-block.js';

/** The cores that emitted code must compile for. */
export const CORES: Readonly<Record<string, readonly string[]>> = {
  'Cortex-M0+': CORTEX_M['cortex-m0plus'],
  'Cortex-M4F': CORTEX_M['cortex-m4f'],
  'Cortex-M7': CORTEX_M['cortex-m7'],
};

export function has(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const SANITIZERS: readonly string[] = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Whether a compiler is there together with its sanitizer runtimes, which distributions package apart. */
export function sanitizes(compiler: string): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-test-'));
  try {
    writeFileSync(join(dir, 'empty.cpp'), 'int main() { return 0; }');
    run(compiler, [...SANITIZERS, '-o', 'empty', 'empty.cpp'], dir);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function unpack(bundle: Bundle, dir = mkdtempSync(join(tmpdir(), 'impulsekit-test-'))): string {
  for (const [path, content] of Object.entries(bundle.files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

/** Writes headers and all they include below `dir`. */
export function writeHeaders(dir: string, files: readonly CppFile[]): void {
  for (const file of closure(files)) {
    mkdirSync(dirname(join(dir, file.path)), { recursive: true });
    writeFileSync(join(dir, file.path), file.text);
  }
}

/** Runs a program; throws with its output when it fails. */
export function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
