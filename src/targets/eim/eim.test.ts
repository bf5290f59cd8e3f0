import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import type { Program } from '../../program.js';
import { has, run, SANITIZERS, sanitizes, unpack, WARNINGS } from '../../testing/compilers.js';
import { type TinyOptions, tinyProgram, tinyScores, tinyWindow } from '../testing/tiny-program.js';
import { type EimOptions, eim } from './eim.js';

const dirs: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM');
});
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function built(
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
class Client {
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
    const dir = mkdtempSync(join(tmpdir(), 'eim-'));
    dirs.push(dir);
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

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

/** Scores of a classification as float32. */
const floats = (result: { classification: Record<string, number> }): number[] =>
  Object.values(result.classification).map(Math.fround);

const numbers = (program: Program, k: number): number[] => [...tinyWindow(program, k, true)];

describe.skipIf(!has('g++'))('eim', () => {
  it('is compiled warning-free by clang++ too', () => {
    if (has('clang++')) built({ anomaly: true }, ['-O2'], 'clang++');
  });

  it('answers hello and 50 classifications with the scores of TypeScript', async () => {
    const { program, path } = built({ anomaly: true, labels: ['no', 'größe "1"', '__proto__'] });
    const { client, child, socketPath } = await Client.start(path);
    const hello = await client.ask({ id: 1, hello: 1 });
    expect(hello).toMatchObject({
      id: 1,
      success: true,
      project: { name: 'a {brace', owner: 'me' },
      model_parameters: {
        axis_count: 3,
        frequency: 62.5,
        interval_ms: 16,
        has_anomaly: 1,
        input_features_count: 120,
        label_count: 3,
        labels: ['no', 'größe "1"', '__proto__'],
        model_type: 'classification',
        sensor: 2,
        slice_size: 60,
        thresholds: [],
        use_continuous_mode: false,
      },
    });
    for (let k = 0; k < 50; k++) {
      const window = numbers(program, k);
      const answer = await client.ask({ id: 2 + k, classify: window });
      const { scores } = tinyScores(program, Float32Array.from(window));
      expect(answer).toMatchObject({ id: 2 + k, success: true });
      expect(floats(answer.result)).toEqual([...scores[0]!]);
      expect(Math.fround(answer.result.anomaly)).toBe(scores[1]![0]);
      expect(answer.timing).toMatchObject({
        dsp: expect.any(Number),
        classification: expect.any(Number),
        anomaly: expect.any(Number),
      });
    }
    client.close();
    expect(await exitOf(child)).toBe(0);
    expect(existsSync(socketPath)).toBe(false);
  });

  it('answers a regression as a classification with one label', async () => {
    const { program, path } = built({ answers: 'value' });
    const { client } = await Client.start(path);
    const hello = await client.ask({ id: 1, hello: 1 });
    expect(hello.model_parameters).toMatchObject({ has_anomaly: 0, label_count: 1, labels: ['value'] });
    const window = numbers(program, 0);
    const answer = await client.ask({ id: 2, classify: window });
    const { scores } = tinyScores(program, Float32Array.from(window));
    expect(Math.fround(answer.result.classification.value)).toBe(scores[0]![0]);
    client.close();
  });

  it('takes split messages, several at once, and goes on after broken ones', async () => {
    const { program, path } = built({});
    const { client } = await Client.start(path);
    const window = numbers(program, 1);
    expect(await client.ask({ id: 1, classify: window })).toEqual({
      id: 1,
      success: false,
      error: 'Invalid message, should initialize first',
    });
    expect((await client.ask({ id: 2, hello: 2 })).error).toBe("Invalid value for 'hello', only 1 supported");
    for (const part of ['noise ]', '{"he', 'llo":', '1,"i', 'd":3}']) {
      client.write(part);
      await sleep(20);
    }
    expect((await client.answers(1))[0]).toMatchObject({ id: 3, success: true });

    const many = [4, 5, 6].map((id) => JSON.stringify({ id, classify: window, note: 'a } in " text' }));
    client.write(many.join('\n'));
    expect((await client.answers(3)).map(({ id, success }) => [id, success])).toEqual(
      [4, 5, 6].map((id) => [id, true]),
    );

    client.write(`{"id":7,"classify":[1,,2]}{"id":8,"text":"never closed\n{"id":9,${'"a":['.repeat(3)}}`);
    expect(await client.answers(3)).toEqual(Array(3).fill({ error: expect.stringContaining('Failed to parse') }));

    client.write(`{"id":10,"deep":${'['.repeat(100000)}${']'.repeat(100000)}}`);
    expect((await client.answers(1))[0].error).toContain('Failed to parse');

    client.write(`{"id":11,"classify":[1],"classi\\u0066y":${JSON.stringify(window)},"id":12}`);
    expect((await client.answers(1))[0]).toMatchObject({ id: 12, success: true });
  });

  it.each([
    [{ hello: 1 }, { success: false, error: "Missing 'id' field in message" }],
    [
      { id: 1.5, hello: 1 },
      { success: false, error: "Missing 'id' field in message" },
    ],
    [
      { id: 5, hello: 1 },
      { id: 5, success: false, error: "Invalid message 'hello', already initialized" },
    ],
    [
      { id: 5, classify: [1, 2] },
      { id: 5, success: false, error: "Invalid number of features in 'classify', expected 120 but got 2" },
    ],
    [
      { id: 5, classify: [] },
      { id: 5, success: false, error: "Invalid number of features in 'classify', expected 120 but got 0" },
    ],
    [
      { id: 5, classify: [1, null] },
      { id: 5, success: false, error: 'Failed to parse classify array, should contain all numbers' },
    ],
    [
      { id: 5, classify: 3 },
      { id: 5, success: false, error: 'Failed to parse classify array, should contain all numbers' },
    ],
    [
      { id: 5, classify_continuous: [1] },
      { id: 5, success: false, error: "Invalid number of features in 'classify_continuous', expected 60 but got 1" },
    ],
    [
      { id: 5, set_threshold: { id: 1, min_score: 0.5 } },
      { id: 5, success: false, error: 'set_threshold: cannot find learn block with this id' },
    ],
    [
      { id: 5, set_threshold: { min_score: 0.5 } },
      { id: 5, success: false, error: "set_threshold should have a numeric field 'id'" },
    ],
    [
      { id: 5, set_parameter: { a: 1 } },
      { id: 5, success: false, error: 'Failed to handle message' },
    ],
    [{ id: 5 }, { id: 5, success: false, error: 'Failed to handle message' }],
  ])('refuses %j', (message, answer) => {
    const { path } = shared();
    expect(talk(path, [{ id: 1, hello: 1 }, message])[1]).toEqual(answer);
  });

  it('refuses values beyond float32', () => {
    const { program, path } = shared();
    const text = JSON.stringify({ id: 2, classify: numbers(program, 0) })
      .replace('[', '[1e999,')
      .replace(/,[^,]*\]/, ']');
    expect(talk(path, [{ id: 1, hello: 1 }], text)[1]).toEqual({
      id: 2,
      success: false,
      error: 'Classifying failed, error code was 2',
    });
  });

  it.each([
    ['of the stride', undefined, 60],
    ['of a quarter', 4, 30],
  ])(
    'slides over slices %s: zeros until a window is full, then the scores of the latest',
    (_, slicesPerWindow, size) => {
      const { program, path } =
        slicesPerWindow === undefined ? shared() : built({}, ['-O1'], 'g++', { slicesPerWindow });
      const signal = [...numbers(program, 0), ...numbers(program, 1)];
      const slices = Array.from({ length: signal.length / size }, (_, k) => ({
        id: k + 2,
        classify_continuous: signal.slice(k * size, (k + 1) * size),
      }));
      const [hello, ...answers] = talk(path, [{ id: 1, hello: 1 }, ...slices]);
      expect(hello.model_parameters.slice_size).toBe(size);
      expect(answers).toHaveLength(slices.length);
      answers.forEach(({ result }, k) => {
        const end = (k + 1) * size;
        const window = Float32Array.from(signal.slice(end - 120, end));
        expect(floats(result)).toEqual(end < 120 ? [0, 0, 0] : [...tinyScores(program, window).scores[0]!]);
      });
    },
  );

  it('starts a slid window anew where a wrong slice came in between', () => {
    const { program, path } = shared();
    const signal = numbers(program, 2);
    const slice = (id: number, from: number) => ({ id, classify_continuous: signal.slice(from, from + 60) });
    const answers = talk(path, [{ id: 1, hello: 1 }, slice(2, 0), { id: 3, classify_continuous: [1] }, slice(4, 60)]);
    expect(answers[2].success).toBe(false);
    expect(floats(answers[3].result)).toEqual([...tinyScores(program, Float32Array.from(signal)).scores[0]!]);
  });

  it('tells the time of every block to clients that debug', () => {
    const { program, path } = shared();
    const [, answer] = talk(path, [
      { id: 1, hello: 1 },
      { id: 2, classify: numbers(program, 0), debug: true },
    ]);
    expect(answer.info).toMatch(/^impulsekit: dsp [\d.]+ ms, learn [\d.]+ ms$/);
  });

  describe.skipIf(process.platform !== 'linux')('shared memory', () => {
    it('takes windows and slices, and is gone afterwards', async () => {
      const { program, path } = shared();
      const { client, child } = await Client.start(path);
      const hello = await client.ask({ id: 1, hello: 1 });
      const { name, size_bytes, type, elements } = hello.features_shm;
      expect({ size_bytes, type, elements }).toEqual({ size_bytes: 480, type: 'float32', elements: 120 });
      const file = `/dev/shm${name}`;
      expect(name).toMatch(/^\/shm-[0-9a-f]{12}$/);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const window = tinyWindow(program, 4, true);
      writeFileSync(file, new Uint8Array(window.buffer), { flag: 'r+' });
      const answer = await client.ask({ id: 2, classify_shm: { elements: 120 } });
      const expected = [...tinyScores(program, window).scores[0]!];
      expect(floats(answer.result)).toEqual(expected);
      for (const from of [0, 60]) {
        writeFileSync(file, new Uint8Array(window.slice(from, from + 60).buffer), { flag: 'r+' });
        const slid = await client.ask({ id: 3, classify_continuous_shm: { elements: 60 } });
        expect(floats(slid.result)).toEqual(from === 0 ? [0, 0, 0] : expected);
      }
      client.close();
      await exitOf(child);
      expect(existsSync(file)).toBe(false);
    });

    it('is refused for other counts, and when a client has cut it short', async () => {
      const { client, child } = await Client.start(shared().path);
      const hello = await client.ask({ id: 1, hello: 1 });
      for (const bad of [{ elements: 119 }, { elements: 1e300 }, {}, null, 'x']) {
        const { error } = await client.ask({ id: 2, classify_shm: bad });
        expect(error).toMatch(
          /^(Invalid value for 'classify_data_shm.elements', expected 120, but got 119|Missing 'elements' in )/,
        );
      }
      truncateSync(`/dev/shm${hello.features_shm.name}`, 5);
      expect(await client.ask({ id: 3, classify_shm: { elements: 120 } })).toEqual({
        id: 3,
        success: false,
        error: 'Failed to read the shared memory',
      });
      child.kill('SIGINT');
      await exitOf(child);
      expect(existsSync(`/dev/shm${hello.features_shm.name}`)).toBe(false);
    });
  });

  it('serves 1,000 connections in turn when it is to stay', async () => {
    const { client, child, socketPath } = await Client.start(shared().path, ['--stay']);
    expect(await client.ask({ id: 1, hello: 1 })).toMatchObject({ success: true });
    client.close();
    for (let k = 0; k < 1000; k++) {
      const next = await Client.connect(socketPath);
      // Nothing is left of the one before.
      expect((await next.ask({ id: 1, classify: [1] })).error).toContain('initialize first');
      expect(await next.ask({ id: 2, hello: 1 })).toMatchObject({ success: true });
      next.write('{"id":3,"classify":[1,2');
      next.close();
    }
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(128 + 15);
    expect(existsSync(socketPath)).toBe(false);
  });

  it('prints its info, and what it needs', () => {
    const { path } = shared();
    const info = spawnSync(path, ['--print-info'], { encoding: 'utf8' });
    expect(info.status).toBe(0);
    expect(JSON.parse(info.stdout.slice(info.stdout.indexOf('{')))).toMatchObject({ id: 1, success: true });
    const none = spawnSync(path, [], { encoding: 'utf8' });
    expect(none).toMatchObject({ status: 1, stdout: expect.stringContaining('--print-info') });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('removes its socket on %s', async (signal) => {
    const { client, child, socketPath } = await Client.start(shared().path);
    expect(existsSync(socketPath)).toBe(true);
    child.kill(signal);
    expect(await exitOf(child)).toBe(128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal]);
    expect(existsSync(socketPath)).toBe(false);
    client.close();
  });

  it('does not replace a file that is no socket', () => {
    const dir = mkdtempSync(join(tmpdir(), 'eim-'));
    dirs.push(dir);
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    expect(spawnSync(shared().path, [join(dir, 'notes.txt')]).status).toBe(1);
    expect(existsSync(join(dir, 'notes.txt'))).toBe(true);
    expect(spawnSync(shared().path, [join(dir, 'x'.repeat(200))]).status).toBe(1);
  });

  it('gives up on a message of more than 32 MiB', () => {
    const input = `{"id":1,"text":"${'x'.repeat(33 * 1024 * 1024)}`;
    const { status, stdout } = spawnSync(shared().path, ['stdin'], { input, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('longer than 33554432') });
  });

  it.skipIf(!sanitizes('g++'))('survives thousands of mutated messages under sanitizers', () => {
    const { program, path } = built({ anomaly: true }, ['-O1', '-g', ...SANITIZERS]);
    const input = mutations(program, 4000);
    const { status, stderr, stdout } = spawnSync(path, ['stdin'], { input, maxBuffer: 1 << 28 });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    const answers = stdout.toString().trim().split('\n').slice(1);
    expect(answers.length).toBeGreaterThan(1000);
    for (const answer of answers) JSON.parse(answer);
  });
});

let cached: ReturnType<typeof built> | undefined;
/** One executable for the tests that need no other. */
function shared() {
  cached ??= built({});
  return cached;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server says
function talk(path: string, messages: readonly unknown[], more = ''): any[] {
  const input = messages.map((message) => JSON.stringify(message)).join('\n') + more;
  const { stdout } = spawnSync(path, ['stdin'], { input, encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line));
}

/** Valid messages with bytes flipped, cut, doubled and inserted; the seed is fixed, so that a failure repeats. */
function mutations(program: Program, count: number): Buffer {
  const generator = xoroshiro128plus(7);
  const below = (n: number): number => (generator.next() >>> 0) % n;
  const tokens = [
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u00',
    ':',
    ',',
    '-',
    '1e9',
    '0',
    'null',
    '\n',
    '\0',
    '\x7f',
    '.',
    'e',
  ];
  const seeds = [
    { id: 1, hello: 1 },
    { id: 2, classify: numbers(program, 3) },
    { id: 3, classify_continuous: numbers(program, 3).slice(0, 60) },
    { id: 3, classify_shm: { elements: 120 } },
    { id: 3, classify_continuous_shm: { elements: 60 }, debug: true },
    { id: 4, set_threshold: { id: 4, min_score: 0.5 } },
    { id: 5, a: [[{ b: '\u00e9\u0001"\\' }, true, null, -1.5e-7]] },
  ].map((message) => JSON.stringify(message));
  const parts: Buffer[] = [Buffer.from(seeds[0]!)];
  for (let i = 0; i < count; i++) {
    let text = seeds[below(seeds.length)]!;
    for (let edits = below(4); edits > 0; edits--) {
      const at = below(text.length);
      const token = tokens[below(tokens.length)]!;
      text = text.slice(0, at) + token + text.slice(at + below(3));
    }
    parts.push(Buffer.from(below(10) === 0 ? text.slice(0, below(text.length)) : text), Buffer.from('\n'));
    // Ends whatever a mutation left open, so that the rest is not one message.
    if (below(4) === 0) parts.push(Buffer.from(`"\n${'}'.repeat(8)}`));
  }
  return Buffer.concat(parts);
}

describe('eim emission', () => {
  const codeOf = (program: Program): string | undefined => {
    try {
      eim({ name: 'tiny' }).emit(program);
    } catch (error) {
      if (error instanceof ImpulseError) return error.code;
      throw error;
    }
    return undefined;
  };

  it('refuses braces in labels', () => {
    expect(codeOf(tinyProgram({ labels: ['a', 'b}'] }))).toBe('BAD_LABEL');
    expect(codeOf(tinyProgram({ labels: ['{', 'b'] }))).toBe('BAD_LABEL');
  });

  it('refuses cells of an image', () => {
    expect(codeOf(tinyProgram({ answers: 'cells' }))).toBe('UNSUPPORTED');
  });

  it('refuses two classifiers', () => {
    const program = tinyProgram();
    expect(codeOf({ ...program, learn: [program.learn[0]!, { ...program.learn[0]!, name: 'second' }] })).toBe(
      'UNSUPPORTED',
    );
  });

  it('refuses slices that are no whole number', () => {
    for (const slicesPerWindow of [0, -1, 1.5, Number.NaN]) {
      expect(() => eim({ name: 'tiny', slicesPerWindow })).toThrow('BAD_OPTION');
    }
  });

  it('is the same bytes twice', () => {
    const [a, b] = [0, 1].map(() => JSON.stringify(eim({ name: 'tiny' }).emit(tinyProgram())));
    expect(a).toBe(b);
  });
});
