/** Executables of small programs, and a client that talks to them; what was started ends with its test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import type { Program } from '../../../program.js';
import { run, unpack, WARNINGS } from '../../../testing/compilers.js';
import { type TinyOptions, tinyProgram, tinyWindow } from '../../testing/tiny-program.js';
import { type EimOptions, eim } from '../eim.js';

const dirs: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM');
});
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A folder that is gone after the tests. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'eim-'));
  dirs.push(dir);
  return dir;
}

/** Compiles an executable. */
export function built(
  options: TinyOptions,
  flags: readonly string[] = ['-O2'],
  compiler = 'g++',
  more: Partial<EimOptions> = {},
) {
  const program = tinyProgram(options);
  const bundle = eim({ name: 'tiny', project: { name: 'a {brace', owner: 'me' }, ...more }).emit(program);
  const dir = unpack(bundle);
  dirs.push(dir);
  run(compiler, [...WARNINGS, ...flags, '-o', 'tiny.eim', ...bundle.build!.sources], dir);
  return { program, path: join(dir, 'tiny.eim') };
}

/** A client that sees what the Python client sees: answers end with a line break and a NUL. */
export class Client {
  readonly #socket: Socket;
  #text = '';
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      this.#text += chunk;
      this.#wake();
    });
  }

  static async start(path: string, more: readonly string[] = []) {
    const dir = scratch();
    const socketPath = join(dir, 'runner.sock');
    const child = spawn(path, [socketPath, ...more], { stdio: 'ignore' });
    children.push(child);
    for (let i = 0; i < 2000 && !existsSync(socketPath); i++) await sleep(10);
    return { client: await Client.connect(socketPath), child, socketPath };
  }

  static async connect(socketPath: string): Promise<Client> {
    const socket = connect(socketPath);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Client(socket);
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server says
  async answers(count: number): Promise<any[]> {
    while (this.#text.split('\n\0').length <= count) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    const parts = this.#text.split('\n\0');
    this.#text = parts.slice(count).join('\n\0');
    return parts.slice(0, count).map((part) => JSON.parse(part));
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server says
  async ask(message: unknown): Promise<any> {
    this.write(JSON.stringify(message));
    return (await this.answers(1))[0];
  }

  close(): void {
    this.#socket.end();
  }
}

export const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

/** Scores of a classification as float32. */
export const floats = (result: { classification: Record<string, number> }): number[] =>
  Object.values(result.classification).map(Math.fround);

export const numbers = (program: Program, k: number): number[] => [...tinyWindow(program, k, true)];

let cached: ReturnType<typeof built> | undefined;
/** One executable for the tests that need no other. */
export function shared() {
  cached ??= built({});
  return cached;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server says
export function talk(path: string, messages: readonly unknown[], more = ''): any[] {
  const input = messages.map((message) => JSON.stringify(message)).join('\n') + more;
  const { stdout } = spawnSync(path, ['stdin'], { input, encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line));
}
