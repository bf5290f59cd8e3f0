// Every anomaly learner beside a classifier: quantised, saved, loaded, compiled and served.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMotion } from '../examples/synthetic/files.js';
import {
  autoencoder,
  classifier,
  correlation,
  cppLibrary,
  type Dataset,
  dense,
  eim,
  gmm,
  graph,
  kMeans,
  motion,
  nano33ble,
  on,
  spectral,
  type TrainedImpulse,
} from '../src/index.js';
import { load, readDataset, save, write } from '../src/node/index.js';
import { has, run } from '../src/testing/compilers.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-anomaly-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let moves: Dataset;
beforeAll(async () => {
  writeMotion(join(root, 'motion'), 5, 6);
  moves = await readDataset(join(root, 'motion'));
});

const learners = {
  gmm: gmm({ components: 2, restarts: 1 }),
  autoencoder: autoencoder({ epochs: 3 }),
  'k-means': kMeans({ clusters: 4 }),
};

const watch = (learner: keyof typeof learners) =>
  graph({
    input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 1000 }),
    dsp: { spectrum: spectral(), relation: correlation() },
    learn: {
      state: on('spectrum').use(classifier({ layers: [dense(8)], epochs: 3 })),
      anomaly: on('spectrum', 'relation').use(learners[learner]),
    },
  });

describe.each(['gmm', 'autoencoder', 'k-means'] as const)('%s beside a classifier', (name) => {
  let small: TrainedImpulse;
  beforeAll(async () => {
    small = await (await watch(name).fit(moves.train)).quantize(moves.train);
  });

  it('answers with a class and an anomaly score, as int8 where it can', () => {
    const window = small.design.input.windows(moves.test[0]!)[0]!.values;
    const { label, anomaly } = small.predict(window);
    expect(small.labels).toContain(label);
    expect(anomaly).toBeTypeOf('number');
    const { block } = small.learners.find((learner) => learner.name === 'anomaly')!;
    expect(block.dtype).toBe(name === 'autoencoder' ? 'int8' : 'f32');
    expect(small.estimate(nano33ble).flashBytes).toBeGreaterThan(block.cpp.constBytes);
  });

  it('is the same after saving and loading', async () => {
    const dir = join(root, `saved ${name}`);
    await save(small, dir);
    const loaded = await load(dir);
    const window = small.design.input.windows(moves.test[0]!)[0]!.values;
    expect(loaded.predict(window)).toEqual(small.predict(window));
    expect(loaded.reports).toEqual(small.reports);
    expect(loaded.deploy(cppLibrary({ name: 'it' }))).toEqual(small.deploy(cppLibrary({ name: 'it' })));
  });

  it.skipIf(!has('make') || !has('g++'))('gives the same scores in compiled C++', async () => {
    const dir = join(root, `library ${name}`);
    await write(small.deploy(cppLibrary({ name: 'it' })), dir);
    expect(run('make', ['check'], dir)).toMatch(/\nOK\n$/);
  });

  it('says that it has an anomaly score where it is served', () => {
    const { files } = small.deploy(eim({ name: 'it' }));
    const sources = Object.values(files).filter((file) => typeof file === 'string');
    expect(sources.some((text) => /has_anomaly\W+[125]/.test(text))).toBe(true);
  });
});
