import { spawn } from 'node:child_process';
import { fail, throwIfAborted } from '../../errors.js';
import { type EmulatedCore, MACHINES } from './machines.js';

export const EMULATOR = 'qemu-system-arm';

/** No image of ours runs as long; a network of 500 million instructions takes a few seconds. */
const LIMIT_MS = 600_000;
const KEPT_CHARACTERS = 10_000_000;

/** What an image printed: values by name, in order; `ticks` come as instructions. */
export type Printed = (name: string) => readonly number[];

export interface EmulateOptions {
  /** Command or path of QEMU. Default: `qemu-system-arm`. */
  readonly emulator?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an image to its end in the folder `dir`, every instruction one nanosecond of the machine's clock, so that its
 * timer counts instructions, the same on every run.
 *
 * @throws `PROCESS_FAILED` when the image faults or does not end, `ABORTED`
 */
export async function emulate(
  image: string,
  core: EmulatedCore,
  dir: string,
  { emulator = EMULATOR, signal }: EmulateOptions = {},
): Promise<Printed> {
  const { machine, instructionsPerTick } = MACHINES[core];
  const quiet = '-nographic -monitor none -serial none -icount shift=0'.split(' ');
  const args = ['-M', machine, ...quiet, '-semihosting-config', 'enable=on,target=native', '-kernel', image];
  const text = await printedBy(emulator, args, dir, signal);
  return (name) => {
    const scale = name === 'ticks' ? instructionsPerTick : 1;
    const values = [...text.matchAll(new RegExp(`^${name} ([0-9a-f]{8})$`, 'gm'))];
    return values.map((match) => scale * Number.parseInt(match[1]!, 16));
  };
}

/** What the machine prints by semihosting, which is QEMU's stderr. */
async function printedBy(
  emulator: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  throwIfAborted(signal, 'measure');
  let text = '';
  const end = await new Promise<number | string>((done) => {
    const child = spawn(emulator, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    const stop = (): unknown => child.kill('SIGKILL');
    const timer = setTimeout(stop, LIMIT_MS);
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < KEPT_CHARACTERS) text += chunk;
    });
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', ({ message }) => done(message));
    child.once('close', (code, killed) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      done(code ?? killed ?? 'no exit code');
    });
  });
  throwIfAborted(signal, 'measure');
  if (end === 0) return text;
  return fail({
    code: 'PROCESS_FAILED',
    where: 'measure',
    got: `QEMU ended with ${end}: ${text.slice(0, 400)}`,
    expected: 'an image that runs to its end',
    fix: 'Code 99 is a fault on the device, such as unaligned access or a full stack; try another compiler.',
  });
}
