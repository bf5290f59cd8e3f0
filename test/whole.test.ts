// Promises about the whole: the same seed gives the same bytes, saved impulses emit what they emitted, blocks of one's
// own go everywhere, impulses share a program.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rms } from '../examples/custom-block/rms.js';
import { writeMotion, writeSpeech } from '../examples/synthetic/files.js';
import {
  audio,
  type Bundle,
  classifier,
  conv1d,
  cppLibrary,
  type Dataset,
  dense,
  eim,
  fromFiles,
  graph,
  impulse,
  kMeans,
  mfcc,
  mfe,
  motion,
  nano33ble,
  on,
  spectral,
  type TrainedImpulse,
  trialTable,
  tune,
} from '../src/index.js';
import { load, readDataset, save, write } from '../src/node/index.js';
import { has, run, WARNINGS } from '../src/testing/compilers.js';
import { VERSION } from '../src/version.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-whole-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let speech: Dataset;
let moves: Dataset;
beforeAll(async () => {
  writeSpeech(join(root, 'speech'), 10);
  writeMotion(join(root, 'motion'), 5, 6);
  speech = await readDataset(join(root, 'speech'));
  moves = await readDataset(join(root, 'motion'));
});

const voice = audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 });
const wrist = motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 });
const keyword = impulse({
  input: voice,
  dsp: mfe({ frameStrideMs: 20 }),
  learn: classifier({ layers: [conv1d(4, 3)], epochs: 3 }),
});
const machine = graph({
  input: wrist,
  dsp: { spectrum: spectral(), power: rms({ frames: 5 }) },
  learn: {
    state: on('spectrum', 'power').use(classifier({ layers: [dense(8)], epochs: 5 })),
    anomaly: on('power').use(kMeans({ clusters: 4 })),
  },
});

function bytes(bundle: Bundle): Record<string, string> {
  return Object.fromEntries(
    Object.entries(bundle.files).map(([path, file]) => [path, Buffer.from(file).toString('base64')]),
  );
}
const everything = (model: TrainedImpulse): Record<string, string>[] =>
  [model.toBundle(), model.deploy(cppLibrary({ name: 'it' })), model.deploy(eim({ name: 'it' }))].map(bytes);

describe('reproducible', () => {
  it.each([
    ['chain', () => keyword, () => speech],
    ['graph with a block of one’s own', () => machine, () => moves],
  ])('%s: the same seed gives the same model and the same files', async (_, design, data) => {
    const once = async (seed: number) => (await design().fit(data().train, { seed })).quantize(data().train);
    const [a, b, other] = [await once(1), await once(1), await once(2)];
    expect(everything(a)).toEqual(everything(b));
    expect(bytes(a.toBundle())).not.toEqual(bytes(other.toBundle()));
    expect(a.origin).toMatchObject({ impulsekit: VERSION, seed: 1, dataHash: other.origin.dataHash });
    const less = await design().fit(data().train.slice(1), { seed: 1 });
    expect(less.origin.dataHash).not.toBe(a.origin.dataHash);
  });
});

it('knows its own version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});

describe('save and load', () => {
  it.each([
    ['float', async () => keyword.fit(speech.train), []],
    ['int8', async () => (await keyword.fit(speech.train)).quantize(speech.train), []],
    ['int8 graph', async () => (await machine.fit(moves.train)).quantize(moves.train), [rms]],
  ])('%s: emits the same bytes and predicts the same', async (name, make, blocks) => {
    const model = await make();
    const dir = join(root, `saved ${name}`);
    await save(model, dir);
    const loaded = await load(dir, { blocks });
    expect(everything(loaded)).toEqual(everything(model));
    const window = model.design.input.windows((name.includes('graph') ? moves : speech).test[0]!)[0]!.values;
    expect(loaded.predict(window)).toEqual(model.predict(window));
    expect(loaded.origin).toEqual(model.origin);
  });

  it('refuses damaged files and unknown blocks', async () => {
    const { files } = (await keyword.fit(speech.train)).toBundle();
    const json = files['impulse.json'] as string;
    const weights = files['weights.bin'] as Uint8Array;
    const codeOf = (text: string, bin = weights): string => {
      try {
        fromFiles({ json: text, weights: bin });
        return 'loaded';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf(json)).toBe('loaded');
    expect(codeOf('not json')).toBe('BAD_FILE');
    expect(codeOf('[]')).toBe('BAD_FILE');
    expect(codeOf(json.replace('"format": 1', '"format": 99'))).toBe('BAD_FILE');
    expect(codeOf(json, weights.slice(0, 100))).toBe('BAD_FILE');
    expect(codeOf(json.replace('"type": "mfe"', '"type": "constructor"'))).toBe('UNSUPPORTED');
    expect(codeOf(json.replace('"type": "audio"', '"type": "toString"'))).toBe('BAD_FILE');
  });
});

describe('a block of one’s own', () => {
  it.skipIf(!has('make') || !has('g++'))('gives the same bits in compiled C++', async () => {
    const model = await (await machine.fit(moves.train)).quantize(moves.train);
    const dir = join(root, 'own');
    await write(model.deploy(cppLibrary({ name: 'own' })), dir);
    const report = run('make', ['check'], dir);
    expect(report).toMatch(/features equal 44\/44/);
    expect(report).toMatch(/\nOK\n$/);
  });
});

describe.skipIf(!has('g++'))('features of an int8 network', () => {
  it('are stored as the network takes them, and a stream gives the same scores', async () => {
    const float = await keyword.fit(speech.train);
    const small = await float.quantize(speech.train);
    expect(float.program.dsp[0]!.dtype).toBe('f32');
    expect(small.program.dsp[0]!.dtype).toBe('int8');
    expect(small.program.arenaBytes).toBeLessThan(float.program.arenaBytes / 2);

    const dir = join(root, 'stored');
    await write(small.deploy(cppLibrary({ name: 'stored' })), dir);
    const library = ['stored.cpp', 'stored_parameters.cpp', 'stored_continuous.cpp'];
    run('g++', [...WARNINGS, '-O1', '-o', 'check', ...library, 'verify/verify.cpp', 'verify/golden.cpp'], dir);
    expect(run('./check', [], dir)).toMatch(/\nOK\n$/);

    const { values } = speech.test[0]!.signal;
    const signal = Int16Array.from({ length: 40_000 }, (_, i) => values[i % values.length]!);
    writeFileSync(
      join(dir, 'main.cpp'),
      `#include <stdio.h>
#include <string.h>
#include "stored.h"
static const int16_t signal[] = {${signal.join(',')}};
int main() {
  stored::Result stream, window;
  for (int end = stored::kSliceSize; end <= 40000; end += stored::kSliceSize) {
    if (stored::run_continuous(signal + end - stored::kSliceSize, &stream) != stored::Status::kOk) continue;
    stored::run(signal + end - stored::kInputSize, &window);
    puts(memcmp(&stream, &window, sizeof window) == 0 ? "same" : "different");
  }
}
`,
    );
    run('g++', [...WARNINGS, '-O1', '-o', 'streaming', 'main.cpp', ...library], dir);
    expect(run('./streaming', [], dir)).toBe('same\n'.repeat(4));
  });

  it('stream in TypeScript too', async () => {
    const model = await (await keyword.fit(speech.train)).quantize(speech.train);
    const stream = model.continuous();
    const { values } = speech.test[0]!.signal;
    const signal = Float32Array.from({ length: 40_000 }, (_, i) => values[i % values.length]!);
    let windows = 0;
    for (let end = stream.sliceSize; end <= signal.length; end += stream.sliceSize) {
      const prediction = stream.push(signal.subarray(end - stream.sliceSize, end));
      if (end < 16_000) expect(prediction).toBeUndefined();
      else expect(prediction, `window ${windows++}`).toEqual(model.predict(signal.slice(end - 16_000, end)));
    }
    expect(windows).toBe(4);
    expect(() => stream.push([1, 2, 3])).toThrow(/SHAPE_MISMATCH/);
    expect(() => stream.push(new Float32Array(stream.sliceSize).fill(Number.NaN))).toThrow(/BAD_DATA/);
  });
});

describe('two impulses', () => {
  it.skipIf(!has('g++'))('link into one program', async () => {
    const dir = join(root, 'two');
    const word = await (await keyword.fit(speech.train)).quantize(speech.train);
    const state = await (await machine.fit(moves.train)).quantize(moves.train);
    await write(word.deploy(cppLibrary({ name: 'word' })), join(dir, 'word'));
    await write(state.deploy(cppLibrary({ name: 'state' })), join(dir, 'state'));
    writeFileSync(
      join(dir, 'main.cpp'),
      `#include "word/word.h"
#include "state/state.h"
static float sound[word::kInputSize];
static float move[state::kInputSize];
int main() {
  word::Result a;
  state::Result b;
  const bool ok = word::run(sound, &a) == word::Status::kOk && state::run(move, &b) == state::Status::kOk;
  return ok ? 0 : 1;
}
`,
    );
    const parts = ['word/word', 'state/state'].flatMap((path) => [`${path}.cpp`, `${path}_parameters.cpp`]);
    run('g++', [...WARNINGS, '-o', 'two', 'main.cpp', ...parts], dir);
    expect(run('./two', [], dir)).toBe('');
  });
});

describe('other designs', () => {
  it('cepstra and two-dimensional convolution', async () => {
    const { conv2d } = await import('../src/index.js');
    const design = impulse({
      input: voice,
      dsp: mfcc(),
      learn: classifier({ layers: [conv2d(4, 3)], epochs: 2 }),
    });
    const model = await design.fit(speech.train);
    const { accuracy, windows, learners } = await model.evaluate(speech.test);
    expect(windows).toBe(speech.test.length);
    expect(accuracy).toBeGreaterThanOrEqual(0);
    expect(Object.keys(learners.learn!.confusion!)).toEqual([...model.labels]);
  });
});

describe('estimates', () => {
  it('are the same before and after training, and say what is missing', async () => {
    const before = keyword.estimate(nano33ble, { labels: 4 });
    const after = (await (await keyword.fit(speech.train)).quantize(speech.train)).estimate(nano33ble);
    expect(JSON.stringify(before)).toBe(JSON.stringify(after));
    expect(after.fits).toBe(true);
    const tiny = keyword.estimate({ ...nano33ble, ramBytes: 1000 }, { labels: 4 });
    expect(tiny.fits).toBe(false);
    expect(tiny.missing.ramBytes).toBe(after.ramBytes - 1000);
  });
});

describe('tune', () => {
  const options = { target: nano33ble, trials: 2, seed: 3, limits: { ramBytes: 40_000, latencyMs: 300 } };

  it('repeats itself, keeps its limits, and its best trains again to the same figures', async () => {
    const once = () => tune(keyword, { ...options, data: speech });
    const [a, b] = [await once(), await once()];
    const figures = (result: typeof a) => result.trials.map(({ impulse: _, ...rest }) => rest);
    expect(figures(a)).toEqual(figures(b));
    expect(a.trials).toHaveLength(2);
    for (const trial of a.trials) {
      expect(trial.ramBytes).toBeLessThanOrEqual(40_000);
      expect(trial.latencyMs).toBeLessThanOrEqual(300);
    }
    const [first] = a.trials;
    const again = await a.best.fit(speech.train, { seed: first!.seed });
    expect((await again.evaluate(speech.test)).accuracy).toBe(first!.accuracy);
    expect(again.reports.learn!.valAccuracy).toBe(first!.valAccuracy);
    expect(trialTable(a.trials).split('\n')).toHaveLength(4);
  });

  it('reads limits with units', async () => {
    const limits = 'ram < 40 kB and latency <= 0.3 s';
    const { trials } = await tune(keyword, { ...options, trials: 1, limits, data: speech });
    expect(trials[0]!.ramBytes).toBeLessThanOrEqual(40_000);
    await expect(tune(keyword, { ...options, limits: 'ram < 3 apples', data: speech })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });

  it('refuses an impossible limit and names it', async () => {
    const limits = { ramBytes: 64_000, latencyMs: 0.001 };
    await expect(tune(keyword, { ...options, limits, data: speech })).rejects.toMatchObject({
      code: 'DOES_NOT_FIT',
      where: 'tune.limits.latencyMs',
    });
  });
});
