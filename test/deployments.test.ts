// Both impulses of the demo, and one with layers that keep a state, in all seven deployments: this machine, WebAssembly
// in Node and in Chromium, aarch64 and armv7 under qemu-user, and firmware of three boards in QEMU. Scores of int8
// networks are those of TypeScript bit for bit, everywhere.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyword, machine } from '../examples/demo/impulses.js';
import { writeMotion, writeSpeech } from '../examples/synthetic/files.js';
import { eim, expert, firmware, impulse, motion, select, type TrainedImpulse, wasm } from '../src/index.js';
import { EMULATED, emulated } from '../src/node/eim/testing/emulated.js';
import { build, EimRunner, readDataset, type SerialClient, wasm32 } from '../src/node/index.js';
import { simulatedSource } from '../src/targets/firmware/simulated-signal.js';
import { boot, classifyStatic, linesOf, numbersBehind } from '../src/targets/firmware/testing/qemu.js';
import { answersInChromium, answersInNode } from '../src/targets/wasm/testing/answers.js';
import { has } from '../src/testing/compilers.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-deployments-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Compilers and emulators take their time on a machine that has other things to do. */
const PATIENCE_MS = 300_000;
const WINDOWS = 8;

interface Answer {
  readonly scores: Readonly<Record<string, number>>;
  readonly anomaly?: number | undefined;
}

/** A trained impulse, and what it says of windows that it was not trained on. */
interface Trained {
  readonly model: TrainedImpulse;
  readonly windows: readonly Float32Array[];
  readonly expected: readonly Answer[];
}

const trained: Record<string, Trained> = {};

/** Motions through an LSTM both ways and a GRU. */
const states = (epochs: number) =>
  impulse({
    input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 1000, strideMs: 500 }),
    dsp: select({ axes: ['accX', 'accY', 'accZ'] }),
    learn: expert({
      epochs,
      build: ({ tf, inputShape, classes }) => {
        const lstm = tf.layers.lstm({ units: 6, returnSequences: true });
        return tf.sequential({
          layers: [
            tf.layers.bidirectional({ layer: lstm, inputShape: [...inputShape] }),
            tf.layers.gru({ units: 7, recurrentActivation: 'sigmoid' }),
            tf.layers.dense({ units: classes.length, activation: 'softmax' }),
          ],
        });
      },
    }),
  });

async function train(name: string, design: ReturnType<typeof keyword>, folder = name): Promise<void> {
  const data = await readDataset(join(root, folder));
  const model = await (await design.fit(data.train, { seed: 1 })).quantize(data.train);
  const windows = data.test.slice(0, WINDOWS).map((sample) => model.design.input.windows(sample)[0]!.values);
  const expected = windows.map((window) => {
    const { scores, anomaly } = model.predict(window);
    return { scores: scores!, anomaly };
  });
  // Of some use: not always the same answer.
  expect(windows.length).toBe(WINDOWS);
  expect(new Set(expected.map(({ scores }) => JSON.stringify(scores))).size).toBeGreaterThan(WINDOWS / 2);
  trained[name] = { model, windows, expected };
}

beforeAll(async () => {
  writeSpeech(join(root, 'keyword'), 10);
  writeMotion(join(root, 'motion'), 10, 4);
  await train('keyword', keyword(5));
  await train('motion', machine(5));
  await train('states', states(5), 'motion');
}, PATIENCE_MS);

/** Scores to the bit; anomaly scores are floats. */
function expectSame(got: readonly Answer[], expected: readonly Answer[]): void {
  expect(got.map(({ scores }) => scores)).toEqual(expected.map(({ scores }) => scores));
  expected.forEach(({ anomaly }, i) => {
    if (anomaly === undefined) return;
    expect(Math.abs(got[i]!.anomaly! - anomaly)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(anomaly)));
  });
}

/** Runs an executable that speaks the protocol of `.eim` files. */
async function expectFromEim(path: string, { windows, expected }: Trained): Promise<void> {
  const runner = await EimRunner.start(path);
  const got: Answer[] = [];
  for (const window of windows) {
    const { scores, anomaly } = await runner.classify(window);
    got.push({ scores: scores!, anomaly });
  }
  await runner.stop();
  expectSame(got, expected);
}

/** Numbers of all learners in a row: the scores of the classifier, and the anomaly score. */
const answersOf = (rows: readonly (readonly number[])[], { expected }: Trained): Answer[] =>
  rows.map((row, i) => {
    const labels = Object.keys(expected[i]!.scores);
    return { scores: Object.fromEntries(labels.map((label, k) => [label, row[k]!])), anomaly: row[labels.length] };
  });

const wasmFound = (await wasm32().find()) !== undefined;
const armFound = has('arm-none-eabi-g++') && has('qemu-system-arm');
const BOARDS = ['mps2-an386', 'mps2-an385', 'microbit'] as const;

describe.each(['keyword', 'motion', 'states'])('%s gives the same answers', (name) => {
  it.skipIf(!has('g++'))('on this machine', { timeout: PATIENCE_MS }, async () => {
    const path = join(root, `${name}.eim`);
    await build(trained[name]!.model.deploy(eim({ name })), path);
    await expectFromEim(path, trained[name]!);
  });

  for (const processor of EMULATED) {
    it.skipIf(!processor.found)(`on ${processor.toolchain.name}`, { timeout: PATIENCE_MS }, async () => {
      const path = join(root, `${name}-${processor.toolchain.name}.eim`);
      await build(trained[name]!.model.deploy(eim({ name })), path, { toolchain: processor.toolchain });
      await expectFromEim(emulated(processor, path), trained[name]!);
    });
  }

  describe.skipIf(!wasmFound)('as WebAssembly', () => {
    const dir = join(root, `${name}-wasm`);
    const rows = (): number[][] => trained[name]!.windows.map((window) => [...window]);

    beforeAll(async () => {
      mkdirSync(dir);
      await build(trained[name]!.model.deploy(wasm({ name: 'model' })), join(dir, 'model.js'));
    }, PATIENCE_MS);

    it('in Node', { timeout: PATIENCE_MS }, () => {
      const { simd, scalar } = answersInNode(dir, rows());
      for (const answers of [simd, scalar]) {
        expectSame(answersOf(answers, trained[name]!), trained[name]!.expected);
      }
    });

    it.skipIf(!has('chromium'))('in Chromium', { timeout: PATIENCE_MS }, async () => {
      const { page, worker } = await answersInChromium(dir, rows());
      for (const answers of [page.simd, page.scalar, worker.simd, worker.scalar]) {
        expectSame(answersOf(answers, trained[name]!), trained[name]!.expected);
      }
    });
  });

  describe.skipIf(!armFound).concurrent.each(BOARDS)('as firmware of %s', (board) => {
    it('in QEMU', { timeout: PATIENCE_MS }, async () => {
      const { model } = trained[name]!;
      const image = join(root, `${name}-${board}.elf`);
      const bundle = model.deploy(firmware({ name, board }));
      const heard = name === 'keyword' ? clips() : undefined;
      await build(heard ? { ...bundle, files: { ...bundle.files, ...playing(heard) } } : bundle, image);
      const { child, raw, client } = boot(image, board);
      children.push(child);
      await client.connect();
      if (heard) await expectHeard(client, heard, model);
      else await expectSent(raw, trained[name]!);
      child.kill('SIGKILL');
    });
  });
});

/** Answers of a board, one for every window. */
function printed(lines: readonly string[], labels: readonly string[]): Answer[] {
  const columns = labels.map((label) => numbersBehind(lines, label));
  const anomalies = numbersBehind(lines, 'anomaly score');
  return columns[0]!.map((_, i) => ({
    scores: Object.fromEntries(labels.map((label, k) => [label, columns[k]![i]!])),
    anomaly: anomalies[i],
  }));
}

/** Windows that the host sends. */
async function expectSent(raw: Duplex, { windows, expected }: Trained): Promise<void> {
  const got: Answer[] = [];
  for (const [i, window] of windows.entries()) {
    got.push(...printed(await classifyStatic(raw, window), Object.keys(expected[i]!.scores)));
  }
  expectSame(got, expected);
}

/** As many recordings in a row as the flash of the smallest board holds. */
const clips = (): Float32Array =>
  Float32Array.from(trained.keyword!.windows.slice(0, 4).flatMap((window) => [...window]));

/** What makes the simulated sensor play a signal. */
const playing = (signal: Float32Array) => ({
  'simulated_signal.cpp': simulatedSource({ values: Int16Array.from(signal), scale: 1 }, 1),
});

/** Windows that the board's own sensor takes: one, and then those of the stream that follows. */
async function expectHeard(client: SerialClient, signal: Float32Array, model: TrainedImpulse): Promise<void> {
  const [size, stride] = [16_000, 8000];
  const windowAt = (from: number): Float32Array =>
    Float32Array.from({ length: size }, (_, i) => signal[(from + i) % signal.length]!);
  const windows = [0, ...Array.from({ length: WINDOWS }, (_, k) => size + k * stride)].map(windowAt);
  const expected = windows.map((window) => ({ scores: model.predict(window).scores! }));
  const labels = Object.keys(expected[0]!.scores);
  const last = new RegExp(`^    ${labels.at(-1)}: `);
  const once = await linesOf(client, 'AT+RUNIMPULSE', last, 1);
  const slices = await linesOf(client, 'AT+RUNIMPULSECONT', last, WINDOWS);
  expectSame([...printed(once, labels).slice(0, 1), ...printed(slices, labels).slice(0, WINDOWS)], expected);
}
