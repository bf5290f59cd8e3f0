import type { Duplex } from 'node:stream';
import { fail, show } from '../errors.js';

export interface SerialOptions {
  /** Longest silence of the board before an answer is given up. Default 10,000. */
  timeoutMs?: number;
  /** Bytes are sent five at a time with this pause between them, for boards that receive slowly. Default 20. */
  pauseMs?: number;
}

/** How a recording is taken. */
export interface RecordOptions {
  label: string;
  /** Time between readings. */
  intervalMs: number;
  lengthMs: number;
  /** Name of the sensor, as the board lists it. Default: its only one. */
  sensor?: string;
  /** Signs the document. Default: the key that the board has, if any. */
  hmacKey?: string;
}

const PROMPT = '\r\n> ';
const BYTES_AT_ONCE = 5;
const QUIET_MS = 100;
const MAX_CHARACTERS = 64 << 20;

/**
 * Talks to firmware over a serial port, or anything that carries bytes both ways, with AT commands. One command runs at
 * a time.
 *
 * @example
 * ```ts
 * const board = new SerialClient(port);
 * await board.connect();
 * const { signal } = parseAcquisition(await board.record({ label: 'idle', intervalMs: 16, lengthMs: 2000 }), 'idle');
 * ```
 */
export class SerialClient {
  readonly #stream: Duplex;
  readonly #timeoutMs: number;
  readonly #pauseMs: number;
  #text = '';
  #ended = false;
  #wake = (): void => undefined;

  constructor(stream: Duplex, { timeoutMs = 10_000, pauseMs = 20 }: SerialOptions = {}) {
    this.#stream = stream;
    this.#timeoutMs = timeoutMs;
    this.#pauseMs = pauseMs;
    stream.on('data', (chunk: Uint8Array) => {
      this.#text += Buffer.from(chunk).toString('utf8');
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    stream.once('end', end).once('close', end).on('error', end);
  }

  /**
   * Stops what is running, and waits until the board listens.
   *
   * @throws `PROCESS_FAILED` when the board is silent or gone
   */
  async connect(): Promise<void> {
    await this.#send('b\r');
    await this.#until('connect', PROMPT);
    // One that has just started prompts twice.
    await sleep(QUIET_MS);
    this.#text = '';
  }

  /**
   * Sends a command and gives its answer, without the echo and the prompt. `timeoutMs`: the longest silence.
   *
   * @throws `PROCESS_FAILED` when the board is silent or gone, or answers with `ERR:`
   */
  async command(command: string, { timeoutMs = this.#timeoutMs }: { timeoutMs?: number } = {}): Promise<string> {
    await this.#start(command, timeoutMs);
    return checked(command, (await this.#until(command, PROMPT, timeoutMs)).trim());
  }

  /**
   * Sends a command that goes on until it is stopped, and hands over its lines; aborting the signal stops it.
   *
   * @throws `PROCESS_FAILED` as {@link SerialClient.command}, also when the command ends by itself
   */
  async watch(command: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.#start(command, this.#timeoutMs);
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (await this.#line(command, onLine, signal));
    } finally {
      signal.removeEventListener('abort', wake);
    }
    await this.#send('b\r');
    await this.#until(command, PROMPT);
  }

  /**
   * Takes a recording: a data acquisition document as bytes, as `parseAcquisition` reads it.
   *
   * @throws `PROCESS_FAILED` as {@link SerialClient.command}
   */
  async record({ label, intervalMs, lengthMs, sensor, hmacKey }: RecordOptions): Promise<Uint8Array> {
    const key = hmacKey === undefined ? '' : `,${hmacKey}`;
    await this.command(`AT+SAMPLESETTINGS=${label},${intervalMs},${lengthMs}${key}`);
    const start = sensor === undefined ? 'AT+SAMPLESTART' : `AT+SAMPLESTART=${sensor}`;
    const told = await this.command(start, { timeoutMs: this.#timeoutMs + lengthMs });
    const [, from = '', to = ''] = /Used buffer, from=(\d+), to=(\d+)/.exec(told) ?? [];
    if (to === '') refuse(start, show(told), 'where in its memory the recording is');
    const read = `AT+READBUFFER=${from},${to},n`;
    const bytes = Buffer.from(await this.command(read), 'base64');
    const size = Number(to) - Number(from);
    if (bytes.length !== size) refuse(read, `${bytes.length} bytes`, `${size} bytes`);
    return bytes;
  }

  /** Hands over the next line; false when aborted. */
  async #line(command: string, onLine: (line: string) => void, signal: AbortSignal): Promise<boolean> {
    await this.#wait(command, this.#timeoutMs, () => signal.aborted || this.#hasLine());
    if (signal.aborted) return false;
    if (this.#text.startsWith(PROMPT)) {
      this.#text = '';
      refuse(command, 'its end', 'to run until it is stopped');
    }
    const end = this.#text.indexOf('\r\n');
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    if (line.startsWith('ERR:')) await this.#until(command, PROMPT);
    onLine(checked(command, line));
    return !signal.aborted;
  }

  /** Whether a whole line is there; an empty one may be the beginning of a prompt. */
  #hasLine(): boolean {
    const end = this.#text.indexOf('\r\n');
    return end > 0 || (end === 0 && this.#text.length >= PROMPT.length);
  }

  /** Sends a command and passes over its echo. */
  async #start(command: string, timeoutMs: number): Promise<void> {
    if (/[^ -~]/.test(command)) refuse('command', show(command), 'printable ASCII');
    await this.#send(`${command}\r`);
    await this.#until(command, `${command}\r\n`, timeoutMs);
  }

  async #send(text: string): Promise<void> {
    if (this.#pauseMs === 0) {
      this.#stream.write(text);
      return;
    }
    for (let at = 0; at < text.length; at += BYTES_AT_ONCE) {
      if (at > 0) await sleep(this.#pauseMs);
      this.#stream.write(text.slice(at, at + BYTES_AT_ONCE));
    }
  }

  /** Takes the text before `mark`, and the mark. */
  async #until(command: string, mark: string, timeoutMs = this.#timeoutMs): Promise<string> {
    await this.#wait(command, timeoutMs, () => this.#text.includes(mark));
    const at = this.#text.indexOf(mark);
    const text = this.#text.slice(0, at);
    this.#text = this.#text.slice(at + mark.length);
    return text;
  }

  /** Waits until something is so; looks again whenever bytes come. */
  async #wait(command: string, timeoutMs: number, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#ended) refuse(command, 'the end of the connection', 'an answer');
      if (this.#text.length > MAX_CHARACTERS) refuse(command, `more than ${MAX_CHARACTERS} characters`, 'an answer');
      const woken = await new Promise<boolean>((done) => {
        const timer = setTimeout(() => done(false), timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          done(true);
        };
      });
      if (!woken) refuse(command, `${timeoutMs} ms of silence behind ${show(this.#text.slice(-60))}`, 'an answer');
    }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function checked(command: string, answer: string): string {
  const error = /^ERR:.*/m.exec(answer)?.[0];
  if (error !== undefined) refuse(command, show(error), 'an answer that is no error');
  return answer;
}

function refuse(command: string, got: string, expected: string): never {
  return fail({
    code: 'PROCESS_FAILED',
    where: command,
    got,
    expected,
    fix: 'Check the port, its speed (115,200 baud) and what AT+HELP says.',
  });
}
