import { spawn } from 'node:child_process';
import { fail, throwIfAborted } from '../../errors.js';

const SHOWN_LINES = 12;
const KEPT_CHARACTERS = 100_000;

/** A command and arguments that always come first, as in `ccache g++`. */
export type Command = readonly string[];

/** First line of what `--version` says; undefined when the command cannot be run. */
export function versionOf([command, ...args]: Command): Promise<string | undefined> {
  return new Promise((done) => {
    let text = '';
    const child = spawn(command!, [...args, '--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < KEPT_CHARACTERS) text += chunk;
    });
    child.once('error', () => done(undefined));
    child.once('close', (code) => done(code === 0 ? text.split('\n')[0]!.trim() : undefined));
  });
}

/**
 * Runs a compiler in the folder `cwd` to its end.
 *
 * @throws `COMPILE_FAILED` with the first lines of its messages, `ABORTED`
 */
export async function runCompiler(
  [command, ...first]: Command,
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal | undefined,
): Promise<void> {
  let text = '';
  throwIfAborted(signal, 'build');
  const code = await new Promise<number | null>((done, failed) => {
    // Its own process group, so that aborting also ends what the compiler's driver has started.
    const child = spawn(command!, [...first, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
    where: `build with ${command}`,
    got: text.split('\n').slice(0, SHOWN_LINES).join('\n').trim() || `exit code ${code}`,
    expected: 'sources that compile and link',
    fix: 'Try another compiler (option "toolchain" or CXX), or report the message with the impulse.',
  });
}

/** Whether a command ends well with this on its standard input. */
export function runsWith([command, ...args]: Command, input: string): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(command!, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('error', () => done(false));
    child.once('close', (code) => done(code === 0));
    child.stdin.once('error', () => undefined);
    child.stdin.end(input);
  });
}
