/** A client that does everything a client should not, on one connection after another. */
import { readFileSync, truncateSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { noise } from './models.js';

/** Sends text and gives the next answer, or nothing when the server hangs up. */
class Peer {
  readonly socket: Socket;
  #text = '';
  #wake: () => void = () => undefined;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.setEncoding('utf8');
    const more = (chunk = ''): void => {
      this.#text += chunk;
      this.#wake();
    };
    this.socket
      .on('data', more)
      .on('close', () => more())
      .on('error', () => undefined);
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  async answer(): Promise<Record<string, unknown> | undefined> {
    while (!this.#text.includes('\n\0')) {
      if (this.socket.closed) return undefined;
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    const end = this.#text.indexOf('\n\0');
    const text = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return JSON.parse(text);
  }

  async ask(message: unknown): Promise<Record<string, unknown> | undefined> {
    this.send(JSON.stringify(message));
    return this.answer();
  }

  async close(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await new Promise((done) => this.socket.once('close', done));
  }
}

/** One bad habit: what it does on a fresh connection. `below(n)` draws a whole number. */
type Habit = (peer: Peer, features: number, below: (n: number) => number) => Promise<unknown> | undefined;

const hello = { id: 1, hello: 1 };
const zeros = (count: number): string => `[${Array(count).fill('0.5').join(',')}]`;

/** By name; every one leaves the server able to serve the next connection. */
export const HABITS: Readonly<Record<string, Habit>> = {
  'comes and goes': () => undefined,
  'malformed JSON': async (peer, _features, below) => {
    await peer.ask(hello);
    const bad = [
      '{"id":2,,}',
      '{]}',
      '{"id":2,"classify":[1,2}',
      '{"id":}',
      '{"id":2,"classify":[01]}',
      '{"a":"\u0001"}',
    ];
    peer.send(bad[below(bad.length)]!);
    if (below(2)) await peer.answer();
  },
  'random bytes': async (peer, _features, below) => {
    peer.send(Buffer.from(Array.from({ length: 1 + below(5000) }, () => below(256))));
  },
  'a giant array': async (peer) => {
    await peer.ask(hello);
    peer.send(`{"id":2,"classify":${zeros(2_000_000)}}`);
    await peer.answer();
  },
  'a message without end': async (peer) => {
    // Longer than any message may be: the server hangs up.
    const part = `${'[1,'.repeat(350_000)}`;
    peer.send('{"id":2,"classify":');
    for (let sent = 0; sent < 34e6 && !peer.socket.closed; sent += part.length) {
      peer.send(part);
      await sleep(1);
    }
  },
  'deep brackets': async (peer) => {
    peer.send(`{"id":2,"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    await peer.answer();
  },
  'half a message': async (peer, features, below) => {
    await peer.ask(hello);
    const text = `{"id":2,"classify":${zeros(features)}}`;
    peer.send(text.slice(0, below(text.length)));
  },
  'gone before the answer': async (peer, features) => {
    await peer.ask(hello);
    peer.send(`{"id":2,"classify":${zeros(features)}}`);
  },
  'asks and never reads': async (peer, features) => {
    await peer.ask(hello);
    peer.socket.pause();
    const text = `{"id":2,"classify":${zeros(features)}}`;
    for (let i = 0; i < 20; i++) peer.send(text);
    await sleep(20);
  },
  'wrong counts and values': async (peer, features) => {
    await peer.ask(hello);
    await peer.ask({ id: 2, classify: [1, 2, 3] });
    await peer.ask({ id: 3, classify: null });
    await peer.ask({ id: 4, classify_shm: { elements: 2 ** 40 } });
    await peer.ask({ id: 5, set_threshold: { id: 1e300, min_score: 'x' } });
    peer.send(`{"id":6,"classify":${zeros(features).replace('0.5', '1e999')}}`);
    await peer.answer();
  },
  'shared memory cut short': async (peer, features) => {
    const answer = await peer.ask(hello);
    const offer = answer?.features_shm as { name: string } | undefined;
    if (offer) truncateSync(`/dev/shm${offer.name}`, 5);
    await peer.ask({ id: 2, classify_shm: { elements: features } });
  },
};

export interface HostileReport {
  readonly connections: number;
  /** Resident memory in bytes: after every habit was shown once, at its highest after that, and at the end. */
  readonly firstBytes: number;
  readonly highestBytes: number;
  readonly lastBytes: number;
  /** Slowest hello in between, in ms. */
  readonly slowestHelloMs: number;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/**
 * Plays all habits in turn, then goes on with drawn ones while `more` says so; a good client says hello and classifies
 * after every ten of them.
 *
 * @throws when a good client gets no good answer
 */
export async function annoy(
  server: { readonly path: string; readonly pid: number; readonly features: number },
  more: (connections: number) => boolean,
): Promise<HostileReport> {
  const random = noise(9);
  const below = (n: number): number => Math.floor(((random() + 1) / 2) * n);
  const names = Object.keys(HABITS);
  let connections = 0;
  let slowestHelloMs = 0;
  const play = async (name: string): Promise<void> => {
    const peer = new Peer(server.path);
    await HABITS[name]!(peer, server.features, below);
    await peer.close();
    connections++;
  };
  const check = async (): Promise<void> => {
    const start = performance.now();
    const peer = new Peer(server.path);
    const answer = await peer.ask(hello);
    slowestHelloMs = Math.max(slowestHelloMs, performance.now() - start);
    const classified = await peer.ask({ id: 2, classify: Array(server.features).fill(1) });
    await peer.close();
    connections++;
    if (answer?.success !== true || classified?.success !== true)
      throw new Error(`after ${connections}: no good answer`);
  };
  for (const name of names) await play(name);
  await check();
  const firstBytes = residentBytes(server.pid);
  let highestBytes = firstBytes;
  while (more(connections)) {
    await play(names[below(names.length)]!);
    if (connections % 11 !== 0) continue;
    await check();
    highestBytes = Math.max(highestBytes, residentBytes(server.pid));
  }
  await check();
  return { connections, firstBytes, highestBytes, lastBytes: residentBytes(server.pid), slowestHelloMs };
}
