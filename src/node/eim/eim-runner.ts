import { fail, show, throwIfAborted } from '../../errors.js';
import { finiteValues } from '../../finite.js';
import type { Prediction } from '../../impulse/index.js';
import type { EimHello, EimParameters } from '../../targets/eim/hello.js';
import { checkHello, isRecord, type Message, predictionOf, refuseAnswer, sharedOffer } from './answers.js';
import { type CallOptions, Connection, orAborted } from './connection.js';
import { openServer, type ServerProcess } from './server-process.js';
import { openShared, type SharedFeatures } from './shared-memory.js';

export interface EimRunnerOptions {
  /**
   * How features reach the server: through shared memory where it is offered and this machine is a Linux (`auto`,
   * default), through shared memory or not at all (`always`), or as JSON (`never`).
   */
  readonly sharedMemory?: 'auto' | 'always' | 'never' | undefined;
  /** Longest wait for one answer in ms. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the server, whenever it is raised. */
  readonly signal?: AbortSignal | undefined;
}

/** What a server answered, as the protocol spells it. */
export interface EimAnswer {
  readonly result: Message;
  /** Milliseconds by part. */
  readonly timing: Message;
  /** Text of its engine. */
  readonly info?: string;
}

const TIMEOUT_MS = 60_000;

/**
 * A running `.eim`: the executable of an impulse, ours or one of Edge Impulse, that classifies in a process of its own.
 * Predictions have the form of those of a `TrainedImpulse`, so that code runs with either.
 *
 * Calls are answered in order, one at a time. Call `stop` at the end; the server also ends when this process does, and
 * leaves neither socket nor shared memory behind.
 *
 * @example
 * ```ts
 * const runner = await EimRunner.start('out/keyword.eim');
 * const { label, scores } = await runner.classify(window);
 * await runner.stop();
 * ```
 */
export class EimRunner {
  /** What the server says of itself. */
  readonly hello: EimHello;
  readonly #path: string;
  readonly #server: ServerProcess;
  readonly #connection: Connection;
  readonly #shared: SharedFeatures | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #sliceValues = 0;
  #stopped: Promise<void> | undefined;

  private constructor(parts: {
    path: string;
    server: ServerProcess;
    connection: Connection;
    hello: EimHello;
    shared: SharedFeatures | undefined;
  }) {
    this.#path = parts.path;
    this.#server = parts.server;
    this.#connection = parts.connection;
    this.#shared = parts.shared;
    this.hello = parts.hello;
    // Also when nobody calls stop: the file must not stay open, nor the memory there.
    void this.#server.ended.then(() => this.#cleanUp());
  }

  /**
   * Starts an executable, or connects to the socket of one that runs, and says hello.
   *
   * @throws `CANNOT_READ` for a path that is no executable of this machine, `PROCESS_FAILED` when it ends or answers
   * something else, `CANNOT_WRITE` without shared memory when it must be, `BAD_OPTION`, `ABORTED`
   */
  static async start(path: string, options: EimRunnerOptions = {}): Promise<EimRunner> {
    const { sharedMemory = 'auto', timeoutMs = TIMEOUT_MS, signal } = options;
    checkOptions(sharedMemory, timeoutMs);
    throwIfAborted(signal, path);
    const server = await openServer(path);
    const connection = new Connection({
      where: path,
      readable: server.readable,
      writable: server.writable,
      timeoutMs,
      onHung: server.kill,
    });
    server.stderr?.setEncoding('utf8').on('data', (text: string) => connection.addLog(text));
    signal?.addEventListener('abort', server.kill, { once: true });
    void server.ended.then((how) => {
      signal?.removeEventListener('abort', server.kill);
      connection.end(endError(path, how, connection.log, signal));
    });
    try {
      if (signal?.aborted) server.kill();
      const answer = success(path, await connection.ask({ hello: 1 }));
      const hello = checkHello(path, answer);
      const shared = sharedOf(path, answer, hello, sharedMemory);
      return new EimRunner({ path, server, connection, hello, shared });
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The parameters of the impulse, as the protocol names them. */
  get parameters(): EimParameters {
    return this.hello.model_parameters;
  }

  /** Class labels in score order. */
  get labels(): readonly string[] {
    return this.parameters.labels;
  }

  /** Whether features go through shared memory. */
  get usesSharedMemory(): boolean {
    return this.#shared !== undefined;
  }

  /**
   * Classifies one window.
   *
   * @param window `input_features_count` values: interleaved samples, audio on the int16 scale; images as one number
   * 0xRRGGBB per pixel, see {@link packPixels}
   * @throws `SHAPE_MISMATCH`, `BAD_DATA` for values that are not finite, `PROCESS_FAILED`, `ABORTED`
   */
  async classify(window: ArrayLike<number>, options: CallOptions = {}): Promise<Prediction> {
    const { result } = await this.answer(window, options);
    return predictionOf(this.#path, this.hello, result);
  }

  /** The same as {@link classify}, in the words of the protocol and with its timing. */
  async answer(window: ArrayLike<number>, options: CallOptions = {}): Promise<EimAnswer> {
    const values = this.#checked(window, this.parameters.input_features_count);
    return orAborted(this.#classify('classify', values), options.signal, this.#path);
  }

  /**
   * Takes the next slice of a signal and classifies the latest window; undefined until a whole window has been seen.
   * Of an executable with detections, scores are 1 for the label that is detected now and 0 for all others, and there is
   * no `label` when nothing is.
   *
   * @param slice `slice_size` values, interleaved
   * @throws as {@link classify}
   */
  async classifyContinuous(slice: ArrayLike<number>, options: CallOptions = {}): Promise<Prediction | undefined> {
    const { slice_size, input_features_count } = this.parameters;
    const values = this.#checked(slice, slice_size);
    const answer = this.#classify('classify_continuous', values).then((taken) => {
      this.#sliceValues += values.length;
      return this.#sliceValues < input_features_count ? undefined : taken;
    });
    const taken = await orAborted(answer, options.signal, this.#path);
    return taken && predictionOf(this.#path, this.hello, taken.result);
  }

  /**
   * Changes thresholds of a block at run time: `parameters.thresholds` lists the blocks and what they have.
   *
   * @throws `BAD_OPTION` for what the server refuses, `PROCESS_FAILED`, `ABORTED`
   * @example
   * ```ts
   * const [block] = runner.parameters.thresholds;
   * await runner.setThreshold({ id: block!.id, min_score: 0.7 });
   * ```
   */
  async setThreshold(
    threshold: { readonly id: number } & Readonly<Record<string, number>>,
    options: CallOptions = {},
  ): Promise<void> {
    const answer = await orAborted(this.#ask({ set_threshold: threshold }), options.signal, this.#path);
    if (answer.success === true) return;
    fail({
      code: 'BAD_OPTION',
      where: `${this.#path} setThreshold`,
      got: show(threshold),
      expected: String(answer.error ?? 'a threshold of the server'),
      fix: 'Choose from parameters.thresholds.',
    });
  }

  /** Ends the server and waits until it has ended. May be called several times, and when the server is gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#server.stop();
    return this.#stopped;
  }

  /** Sends a request when all before it are answered. */
  #ask(message: Message, prepare: () => void = () => undefined): Promise<Message> {
    const answer = this.#turn.then(() => {
      prepare();
      return this.#connection.ask(message);
    });
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #classify(request: 'classify' | 'classify_continuous', values: Float32Array): Promise<EimAnswer> {
    const shared = this.#shared;
    const answer = shared
      ? this.#ask({ [`${request}_shm`]: { elements: values.length } }, () => shared.write(values))
      : this.#ask({ [request]: Array.from(values) });
    const { result, timing, info } = success(this.#path, await answer);
    if (!isRecord(result)) refuseAnswer(this.#path, result, 'a result');
    return { result, timing: isRecord(timing) ? timing : {}, ...(typeof info === 'string' && { info }) };
  }

  /** A copy, because the caller may change its own before its turn comes. */
  #checked(values: ArrayLike<number>, size: number): Float32Array {
    if (values.length === size && size > 0) return finiteValues(this.#path, Float32Array.from(values));
    return fail({
      code: 'SHAPE_MISMATCH',
      where: this.#path,
      got: `${values.length} values`,
      expected: size > 0 ? `${size}` : 'no slices: the impulse takes whole windows only',
      fix: 'Send as many values as runner.parameters says: input_features_count, or slice_size for slices.',
    });
  }

  #cleanUp(): void {
    this.#shared?.close();
    if (this.#server.started) this.#shared?.remove();
  }
}

function checkOptions(sharedMemory: unknown, timeoutMs: unknown): void {
  const where = 'EimRunner';
  if (!['auto', 'always', 'never'].includes(sharedMemory as string)) {
    const expected = "'auto', 'always' or 'never'";
    fail({
      code: 'BAD_OPTION',
      where: `${where}.sharedMemory`,
      got: show(sharedMemory),
      expected,
      fix: 'Leave it out.',
    });
  }
  // More does not fit into a timer.
  if (typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs < 2 ** 31) return;
  const expected = 'milliseconds, at least 1';
  fail({ code: 'BAD_OPTION', where: `${where}.timeoutMs`, got: show(timeoutMs), expected, fix: 'Leave it out.' });
}

function sharedOf(
  path: string,
  answer: Message,
  hello: EimHello,
  wanted: 'auto' | 'always' | 'never',
): SharedFeatures | undefined {
  if (wanted === 'never') return undefined;
  const offer = sharedOffer(path, answer, hello.model_parameters.input_features_count);
  try {
    if (offer && process.platform === 'linux') return openShared(offer);
  } catch (error) {
    if (wanted === 'always') throw error;
  }
  if (wanted === 'auto') return undefined;
  return fail({
    code: 'CANNOT_WRITE',
    where: path,
    got: show(answer.features_shm_error ?? 'no features_shm'),
    expected: 'shared memory on Linux',
    fix: "Leave out sharedMemory: 'always'.",
  });
}

function success(path: string, answer: Message): Message {
  if (answer.success === true) return answer;
  return fail({
    code: 'PROCESS_FAILED',
    where: path,
    got: show(answer.error ?? answer),
    expected: 'success',
    fix: 'See what the server says; the values may be outside of what its blocks can take.',
  });
}

function endError(path: string, how: string, log: string, signal: AbortSignal | undefined): Error {
  try {
    throwIfAborted(signal, path);
    return fail({
      code: 'PROCESS_FAILED',
      where: path,
      got: `${how}${log === '' ? '' : `, after saying ${show(log.slice(-70))}`}`,
      expected: 'a server that runs',
      fix: 'Start it again; if it ends again, run it by hand with the argument --print-info.',
    });
  } catch (error) {
    return error as Error;
  }
}

/**
 * Pixels as clients of the protocol send them: one number 0xRRGGBB each.
 *
 * `values [row, column, channel]`, bytes 0 to 255 in 1 channel (grey) or 3 -> `[row, column]`.
 *
 * @throws `BAD_DATA` for what is no byte, `SHAPE_MISMATCH` for values that do not make whole pixels
 * @example
 * ```ts
 * const { boxes } = await runner.classify(packPixels(rgb, 3));
 * ```
 */
export function packPixels(values: ArrayLike<number>, channels: 1 | 3): Float32Array {
  if (values.length % channels !== 0) {
    const fix = 'Give every pixel its 3 channels, or say that there is 1.';
    const expected = `a multiple of ${channels}`;
    fail({ code: 'SHAPE_MISMATCH', where: 'packPixels', got: `${values.length} values`, expected, fix });
  }
  return Float32Array.from({ length: values.length / channels }, (_, i) => {
    const at = i * channels;
    const [red, green, blue] = [0, channels === 3 ? 1 : 0, channels === 3 ? 2 : 0].map((c) => byteOf(values[at + c]!));
    return red! * 65_536 + green! * 256 + blue!;
  });
}

function byteOf(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value;
  const expected = 'a whole number from 0 to 255';
  return fail({
    code: 'BAD_DATA',
    where: 'packPixels',
    got: String(value),
    expected,
    fix: 'Round and limit the values.',
  });
}
