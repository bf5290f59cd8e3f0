import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Result {
  readonly classification: Readonly<Record<string, number>>;
  readonly anomaly?: number;
}
interface Answer {
  readonly id: number;
  readonly success: boolean;
  readonly error?: string;
  readonly result?: Result;
}

/** Starts an executable of the `eim` deployment and talks to it over its socket. */
export class EimClient {
  #id = 0;
  #text = '';
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: Socket,
    private readonly folder: string,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#receive(chunk));
  }

  static async start(path: string): Promise<EimClient> {
    const folder = mkdtempSync(join(tmpdir(), 'impulsekit-'));
    const address = join(folder, 'runner.sock');
    const child = spawn(resolve(path), [address], { stdio: 'ignore' });
    for (let tries = 0; !existsSync(address) && tries < 100; tries++) await sleep(50);
    const socket = createConnection(address);
    await once(socket, 'connect');
    const client = new EimClient(child, socket, folder);
    await client.#ask({ hello: 1 });
    return client;
  }

  async classify(window: Float32Array): Promise<Result> {
    const { result } = await this.#ask({ classify: [...window] });
    return result!;
  }

  async stop(): Promise<void> {
    const closed = once(this.process, 'exit');
    this.socket.destroy();
    await closed;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #ask(message: Readonly<Record<string, unknown>>): Promise<Answer> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => (answer.success ? resolve(answer) : reject(new Error(answer.error))));
      this.socket.write(`${JSON.stringify({ id, ...message })}\n`);
    });
  }

  /** Answers end with a NUL byte. */
  #receive(chunk: string): void {
    const parts = (this.#text + chunk).split('\0');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const answer = JSON.parse(part) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    }
  }
}
