import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fail, ImpulseError } from '../../errors.js';

/** A server that answers, however it was reached. */
export interface ServerProcess {
  readonly readable: Readable;
  readonly writable: Writable;
  /** Log of the server, apart from its answers. */
  readonly stderr: Readable | undefined;
  /** Whether it is ours to clean up after. */
  readonly started: boolean;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  /** Asks it to end, and makes it end after a while. */
  readonly stop: () => Promise<void>;
  /** Ends it now. */
  readonly kill: () => void;
}

const INTERRUPT_AFTER_MS = 1000;
const KILL_AFTER_MS = 3000;

/**
 * Starts an executable in its `stdin` mode: it ends with its input, so also when this process dies. A path that is a
 * socket is connected to, and nothing is started.
 *
 * @throws `CANNOT_READ`
 */
export async function openServer(path: string): Promise<ServerProcess> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch((cause) => refusePath(absolute, cause));
  return status.isSocket() ? connectTo(absolute) : startProcess(absolute);
}

async function startProcess(path: string): Promise<ServerProcess> {
  const child = spawn(path, ['stdin'], { stdio: ['pipe', 'pipe', 'pipe'] });
  await new Promise((done, failed) => child.once('spawn', done).once('error', failed)).catch((cause) =>
    refusePath(path, cause),
  );
  child.on('error', () => undefined);
  const ended = new Promise<string>((done) => {
    child.once('close', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timers = [
      setTimeout(() => child.kill('SIGINT'), INTERRUPT_AFTER_MS),
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS),
    ];
    await ended;
    timers.forEach(clearTimeout);
  };
  return {
    readable: child.stdout,
    writable: child.stdin,
    stderr: child.stderr,
    started: true,
    ended,
    stop,
    kill: () => child.kill('SIGKILL'),
  };
}

async function connectTo(path: string): Promise<ServerProcess> {
  const socket = connect(path);
  await new Promise((done, failed) => socket.once('connect', done).once('error', failed)).catch((cause) =>
    refusePath(path, cause),
  );
  const ended = new Promise<string>((done) => {
    socket.once('close', () => done('a closed connection'));
  });
  const kill = (): void => {
    socket.destroy();
  };
  const stop = async (): Promise<void> => {
    kill();
    await ended;
  };
  return { readable: socket, writable: socket, stderr: undefined, started: false, ended, stop, kill };
}

function refusePath(path: string, cause: unknown): never {
  if (cause instanceof ImpulseError) throw cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return fail({
    code: 'CANNOT_READ',
    where: path,
    got: cause instanceof Error ? cause.message : String(cause),
    expected: 'an executable for this machine, or a socket that one serves',
    fix: FIXES[code] ?? 'Build it for this machine with build(model.deploy(eim({ name })), path).',
    cause,
  });
}

const FIXES: Readonly<Record<string, string>> = {
  EACCES: 'Make it executable with "chmod +x", and check that it is built for this machine.',
  ECONNREFUSED: 'The server of this socket has ended: start it again.',
};
