import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import type { Prediction, TrainedImpulse } from '../../impulse/index.js';
import { eim, postprocessor } from '../../targets/index.js';
import { has } from '../../testing/compilers.js';
import { build } from '../build.js';
import { EimRunner, packPixels } from './eim-runner.js';
import { imageModel, motionModel, noise } from './testing/models.js';

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-runner-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const problem = async (action: Promise<unknown>): Promise<ImpulseError> => {
  const error = await action.then(
    () => undefined,
    (cause) => cause,
  );
  if (error instanceof ImpulseError) return error;
  throw error ?? new Error('nothing was thrown');
};
const codeOf = async (action: Promise<unknown>): Promise<string> => (await problem(action)).code;

/** Without what the protocol has no place for. */
function withoutCells({ cells: _, learners, ...rest }: Prediction): unknown {
  const parts = Object.entries(learners).map(([name, { cells: __, ...part }]) => [name, part]);
  return { ...rest, learners: Object.fromEntries(parts) };
}

async function executable(name: string, model: TrainedImpulse): Promise<string> {
  const path = join(dir, `${name}.eim`);
  await build(model.deploy(eim({ name })), path, { flags: ['-O1'] });
  return path;
}

const sharedObjects = (): string[] => readdirSync('/dev/shm').filter((name) => name.startsWith('shm-'));

describe.skipIf(!has('g++'))('a motion executable', () => {
  let model: TrainedImpulse;
  let path: string;
  beforeAll(async () => {
    model = await motionModel();
    path = await executable('motion', model);
  });

  const window = (seed: number): Float32Array => {
    const random = noise(seed);
    return Float32Array.from({ length: 375 }, () => 1000 * random());
  };

  it.each(['never', 'auto'] as const)(
    'predicts what the model predicts, with shared memory %s',
    async (sharedMemory) => {
      const runner = await EimRunner.start(path, { sharedMemory });
      expect(runner.usesSharedMemory).toBe(sharedMemory === 'auto' && process.platform === 'linux');
      expect(runner.labels).toEqual(model.labels);
      // All at once: they are answered in order, whatever they share.
      const windows = Array.from({ length: 50 }, (_, k) => window(k + 1));
      const answers = await Promise.all(windows.map((values) => runner.classify(values)));
      expect(answers).toEqual(windows.map((values) => model.predict(values)));
      await runner.stop();
    },
  );

  it('slides over slices as the model does', async () => {
    const runner = await EimRunner.start(path);
    const stream = model.continuous();
    const random = noise(5);
    const got: unknown[] = [];
    const want: unknown[] = [];
    for (let k = 0; k < 20; k++) {
      const slice = Float32Array.from({ length: runner.parameters.slice_size }, () => 1000 * random());
      got.push(await runner.classifyContinuous(slice));
      want.push(stream.push(slice));
    }
    expect(got).toEqual(want);
    expect(want.filter(Boolean)).not.toHaveLength(0);
    await runner.stop();
  });

  it('tells what is detected in a stream, and no label when there is nothing', async () => {
    const detections = { averageResults: 2, threshold: 0.6, suppressResults: 2 };
    const detecting = join(dir, 'detecting.eim');
    await build(model.deploy(eim({ name: 'motion', postprocess: detections })), detecting, { flags: ['-O1'] });
    const runner = await EimRunner.start(detecting);
    const [stream, events, random] = [model.continuous(), postprocessor(model.labels, detections), noise(5)];
    const got: unknown[] = [];
    const want: unknown[] = [];
    for (let k = 0; k < 30; k++) {
      const slice = Float32Array.from({ length: runner.parameters.slice_size }, () => 1000 * random());
      const prediction = await runner.classifyContinuous(slice);
      const scores = stream.push(slice)?.scores;
      if (prediction) got.push(prediction.label);
      if (scores) want.push(events.push(scores).label);
    }
    expect(got).toEqual(want);
    expect(new Set(want).size).toBeGreaterThan(1);
    await runner.stop();
  });

  it('refuses bad values with codes, and goes on', async () => {
    const runner = await EimRunner.start(path);
    expect(await codeOf(runner.classify([1, 2]))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(runner.classify(Array(375).fill(Number.NaN)))).toBe('BAD_DATA');
    expect(await codeOf(runner.classifyContinuous([1]))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(runner.setThreshold({ id: 1, min_score: 0.5 }))).toBe('BAD_OPTION');
    expect(await codeOf(runner.classify(window(1), { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await runner.classify(window(1))).toEqual(model.predict(window(1)));
    await runner.stop();
    expect(await codeOf(runner.classify(window(1)))).toBe('PROCESS_FAILED');
  });

  it('leaves no process and no shared memory behind, however it ends', async () => {
    const before = sharedObjects();
    const stopped = await EimRunner.start(path);
    await Promise.all([stopped.stop(), stopped.stop()]);
    const controller = new AbortController();
    const aborted = await EimRunner.start(path, { signal: controller.signal });
    const call = codeOf(aborted.classify(window(1)));
    controller.abort();
    expect(await call).toBe('ABORTED');
    await aborted.stop();
    expect(await codeOf(EimRunner.start(path, { signal: AbortSignal.abort() }))).toBe('ABORTED');
    for (let i = 0; i < 100 && sharedObjects().length > before.length; i++) await sleep(20);
    expect(sharedObjects().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('connects to the socket of a server that runs', async () => {
    const { spawn } = await import('node:child_process');
    const socket = join(dir, 'stays.sock');
    const child = spawn(path, [socket, '--stay'], { stdio: 'ignore' });
    for (let i = 0; i < 1000 && !existsSync(socket); i++) await sleep(10);
    for (const seed of [1, 2]) {
      const runner = await EimRunner.start(socket);
      expect(await runner.classify(window(seed))).toEqual(model.predict(window(seed)));
      await runner.stop();
    }
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    expect(existsSync(socket)).toBe(false);
  });
});

describe.skipIf(!has('g++'))('an image executable', () => {
  it('finds the objects that the model finds, and takes another threshold', async () => {
    const model = await imageModel();
    const runner = await EimRunner.start(await executable('image', model));
    const windows = model.program.golden.map((golden) => golden.window);
    for (const window of windows) {
      expect(await runner.classify(packPixels(window, 3))).toEqual(withoutCells(model.predict(window)));
    }
    expect(windows.flatMap((window) => model.predict(window).boxes ?? [])).not.toHaveLength(0);
    const [threshold] = runner.parameters.thresholds;
    expect(threshold).toMatchObject({ type: 'object_detection', min_score: 0.05 });
    await runner.setThreshold({ id: threshold!.id, min_score: 1 });
    const all = await Promise.all(windows.map((window) => runner.classify(packPixels(window, 3))));
    expect(all.flatMap(({ boxes }) => boxes)).toEqual([]);
    expect(await codeOf(runner.setThreshold({ id: threshold!.id, min_score: 2 }))).toBe('BAD_OPTION');
    expect(await codeOf(runner.classifyContinuous(Array(9)))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(runner.classify(Array(2304).fill(-1)))).toBe('PROCESS_FAILED');
    await runner.stop();
  });
});

/** An executable that is a script: what the world may hand us. */
function script(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/usr/bin/env node\n${text}`);
  chmodSync(path, 0o755);
  return path;
}

/** Answers hello like an old server of others, then does what `more` says with each message `m`. */
const foreign = (name: string, parameters: object, more: string): string =>
  script(
    name,
    `const hello = { success: true, project: {}, model_parameters: ${JSON.stringify(parameters)} };
console.log('a banner { that is no JSON');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const m = JSON.parse(line);
  const say = (answer) => console.log(JSON.stringify({ id: m.id, ...answer }));
  if (m.hello) return say(hello);
  ${more}
});`,
  );

describe('executables of others', () => {
  const parameters = { input_features_count: 3, labels: ['no', 'yes'], label_count: 2, has_anomaly: 1 };

  it('give predictions under the names of the protocol', async () => {
    const result = '{ classification: { yes: 0.75, no: 0.25 }, anomaly: -0.5 }';
    const runner = await EimRunner.start(foreign('old.eim', parameters, `say({ success: true, result: ${result} });`));
    const scores = { no: 0.25, yes: 0.75 };
    expect(await runner.classify([1, 2, 3])).toEqual({
      label: 'yes',
      scores,
      anomaly: -0.5,
      learners: { classification: { label: 'yes', scores }, anomaly: { anomaly: -0.5 } },
    });
    await runner.stop();
  });

  it.each([
    ['no result', 'say({ success: true })'],
    ['no score', 'say({ success: true, result: { classification: { yes: 1 }, anomaly: 0 } })'],
    ['a text for a score', "say({ success: true, result: { classification: { no: 'x', yes: 1 }, anomaly: 0 } })"],
    ['an error', "say({ success: false, error: 'no' })"],
    ['nothing but an exit', 'process.exit(3)'],
  ])('are refused when they answer with %s', async (name, more) => {
    const runner = await EimRunner.start(foreign(`${name}.eim`, parameters, more));
    expect(await codeOf(runner.classify([1, 2, 3]))).toBe('PROCESS_FAILED');
    await runner.stop();
  });

  it('are given up when they do not answer in time', async () => {
    const runner = await EimRunner.start(foreign('slow.eim', parameters, ''), { timeoutMs: 5000 });
    const quick = codeOf(runner.classify([1, 2, 3], { signal: AbortSignal.timeout(50) }));
    expect(await quick).toBe('ABORTED');
    expect((await problem(runner.classify([1, 2, 3]))).got).toContain('no answer within 5000 ms');
    await runner.stop();
  });

  it.each([
    ['ends at once', "console.error('no such library'); process.exit(7)", 'exit code 7'],
    ['says something else', "process.stdin.on('data', () => console.log('{}'))", '{}'],
    [
      'offers memory elsewhere',
      "process.stdin.on('data', () => console.log(JSON.stringify({ success: true, model_parameters: { input_features_count: 3, labels: [] }, features_shm: { name: '/../etc/passwd', type: 'float32', elements: 3 } })))",
      'passwd',
    ],
  ])('are not started when the program %s', async (name, text, got) => {
    const error = await problem(EimRunner.start(script(`${name}.eim`, text)));
    expect(error).toMatchObject({ code: 'PROCESS_FAILED', got: expect.stringContaining(got) });
  });

  it('are not started when there is none', async () => {
    writeFileSync(join(dir, 'text.eim'), 'no program');
    expect(await codeOf(EimRunner.start(join(dir, 'missing.eim')))).toBe('CANNOT_READ');
    expect(await codeOf(EimRunner.start(join(dir, 'text.eim')))).toBe('CANNOT_READ');
    expect(await codeOf(EimRunner.start(dir))).toBe('CANNOT_READ');
    const bad = { sharedMemory: 'sometimes' as 'auto' };
    expect(await codeOf(EimRunner.start(join(dir, 'text.eim'), bad))).toBe('BAD_OPTION');
    expect(await codeOf(EimRunner.start(join(dir, 'text.eim'), { timeoutMs: 0 }))).toBe('BAD_OPTION');
  });
});

describe('packPixels', () => {
  it('makes one number of the channels of a pixel', () => {
    expect([...packPixels([1, 2, 3, 255, 0, 128], 3)]).toEqual([0x010203, 0xff0080]);
    expect([...packPixels([7, 255], 1)]).toEqual([0x070707, 0xffffff]);
    expect(() => packPixels([1, 2], 3)).toThrow('SHAPE_MISMATCH');
    expect(() => packPixels([256], 1)).toThrow('BAD_DATA');
  });
});
