import type { Readable, Writable } from 'node:stream';
import { fail, throwIfAborted } from '../../errors.js';
import { isRecord, type Message } from './answers.js';

/** Longest answer that is taken. */
const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;
/** Of what else the server says, this much is kept for error messages. */
const KEPT_CHARACTERS = 4000;

export interface CallOptions {
  /** Gives up waiting; the server still finishes what it has begun. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly resolve: (answer: Message) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests and answers over a pair of streams, matched by their `id`. Answers are lines; what is no JSON is kept as log. */
export class Connection {
  readonly #where: string;
  readonly #writable: Writable;
  readonly #timeoutMs: number;
  readonly #onHung: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;
  #parts: string[] = [];
  #characters = 0;
  #log = '';
  #ended: Error | undefined;

  constructor(parts: { where: string; readable: Readable; writable: Writable; timeoutMs: number; onHung: () => void }) {
    const { where, readable, writable, timeoutMs, onHung } = parts;
    this.#where = where;
    this.#writable = writable;
    this.#timeoutMs = timeoutMs;
    this.#onHung = onHung;
    readable.setEncoding('utf8');
    readable.on('data', (chunk: string) => this.#receive(chunk));
    // Whoever owns the streams hears of their end and calls `end`.
    readable.on('error', () => undefined);
    writable.on('error', () => undefined);
  }

  /** The last of what the server said outside of answers. */
  get log(): string {
    return this.#log.trim();
  }

  addLog(text: string): void {
    this.#log = (this.#log + text).slice(-KEPT_CHARACTERS);
  }

  /**
   * Sends a request and gives the answer, whatever it says.
   *
   * @throws `PROCESS_FAILED` when the server ends or does not answer in time
   */
  ask(message: Message): Promise<Message> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#id;
    return new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(`no answer within ${this.#timeoutMs} ms`);
        this.#onHung();
      }, this.#timeoutMs);
      const settled =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          this.#waiting.delete(id);
          then(value);
        };
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#writable.write(`${JSON.stringify({ id, ...message })}\n`);
    });
  }

  /** Rejects everything that waits and will be asked. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of [...this.#waiting.values()]) reject(this.#ended);
    this.#parts = [];
  }

  #receive(chunk: string): void {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      this.#parts.push(chunk.slice(from, end));
      this.#take(this.#parts.join(''));
      this.#parts = [];
      this.#characters = 0;
      from = end + 1;
    }
    const rest = chunk.slice(from);
    this.#parts.push(rest);
    this.#characters += rest.length;
    if (this.#characters > MAX_ANSWER_CHARACTERS) {
      this.#fail(`an answer of more than ${MAX_ANSWER_CHARACTERS} characters`);
      this.#onHung();
    }
  }

  /** A line without its end: an answer, behind the NUL of the one before, or log. */
  #take(line: string): void {
    const text = line.replaceAll('\0', '');
    const answer = text.startsWith('{') ? parsed(text) : undefined;
    if (answer === undefined) {
      this.addLog(`${text}\n`);
      return;
    }
    const waiting = typeof answer.id === 'number' ? this.#waiting.get(answer.id) : [...this.#waiting.values()][0];
    waiting?.resolve(answer);
  }

  #fail(got: string): void {
    try {
      fail({
        code: 'PROCESS_FAILED',
        where: this.#where,
        got,
        expected: 'an answer',
        fix: 'Raise timeoutMs if the model is that slow; otherwise the executable is broken: build it again.',
      });
    } catch (error) {
      this.end(error as Error);
    }
  }
}

function parsed(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The promise, or `ABORTED` as soon as the signal is raised; the promise goes on and its failure is nobody's. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, where: string): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => undefined);
  throwIfAborted(signal, where);
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      try {
        throwIfAborted(signal, where);
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
