import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('peer.py', import.meta.url));

/** PyTorch in a process of its own, which measures a net whenever asked and idles in between. */
export class Peer {
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly version: string,
    readonly child: ChildProcessWithoutNullStreams,
    readonly reader: Interface,
    lines: AsyncIterator<string>,
  ) {
    this.#lines = lines;
  }

  /** Starts the peer; undefined when there is no Python with PyTorch. */
  static async start(options: readonly string[]): Promise<Peer | undefined> {
    for (const python of [process.env.PYTHON, 'python3', '/usr/bin/python3']) {
      if (!python) continue;
      const child = spawn(python, [SCRIPT, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
      // A missing program ends the output as well, which is what tells.
      child.on('error', () => {});
      child.stdin.on('error', () => {});
      child.stderr.resume();
      const reader = createInterface({ input: child.stdout });
      const lines = reader[Symbol.asyncIterator]();
      const first = await lines.next();
      if (!first.done) return new Peer(JSON.parse(first.value).torch, child, reader, lines);
    }
    return undefined;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Milliseconds of CPU time per training step; null where a net knows no such layout. */
  async measure(net: string, layout: 'contiguous' | 'channels_last'): Promise<number | null> {
    this.child.stdin.write(`${net} ${layout}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the peer ended while measuring ${net}`);
    return JSON.parse(value).ms;
  }

  stop(): void {
    this.child.stdin.end();
  }
}
