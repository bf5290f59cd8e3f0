import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { featuresSpec, sizeOf } from '../../spec.js';
import { CORES, has, run, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { runBlock } from '../testing/run-block.js';
import { labelled, noisyRows, outputsOf, plainClass, plainRows, plainValue } from '../testing/tabular-data.js';
import { boostedTrees } from './boosted-trees.js';
import { randomForest } from './random-forest.js';
import { softmax } from './softmax.js';

const spec = (data: TrainingSet) => featuresSpec(data.features[0]!.length);
const trained = (learner: LearningBlock<'features'>, data: TrainingSet, seed = 1) =>
  learner.fit(data, spec(data), { seed });
const answers = (block: TrainedBlock, rows: readonly Float32Array[]): number[][] =>
  rows.map(outputsOf(block, sizeOf(block.output)));
const largest = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));

const rows = plainRows(60);
const others = plainRows(15, 60);
const one = { trees: 1, bootstrap: false, featureShare: 1, maxDepth: 4, minLeaf: 3 } as const;

const noisy = noisyRows(300, 8, 'training');
const unseen = noisyRows(300, 8, 'testing');
const side = (row: Float32Array): string => (row[0]! + row[1]! / 10 > 0 ? (row[1]! > 5 ? 'high' : 'mid') : 'low');
const height = (row: Float32Array): number => Math.round(100 * (3 * row[0]! + row[1]!)) / 100 + 1000;

describe('one tree', () => {
  // Answers of scikit-learn 1.2 with min_samples_leaf=3, max_depth=3 for classes and 4 for values.
  it('tells the classes of DecisionTreeClassifier', async () => {
    const block = await trained(randomForest({ ...one, maxDepth: 3 }), labelled(rows, plainClass));
    const expected = [2, 1, 1, 0, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 2];
    expect(answers(block, others).map(largest)).toEqual(expected);
  });

  it('gives the values of DecisionTreeRegressor', async () => {
    const block = await trained(randomForest({ ...one, predicts: 'value' }), labelled(rows, plainValue));
    const expected = [
      11.2, 7.4, 1.866667, 0.966667, -1.533333, -4.233333, 13.533333, 9.333333, 4.45, 1.866667, -0.6, -3.066667, -6.175,
      13.533333, 7.4,
    ];
    answers(block, others).forEach(([value], i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  it('is one leaf for features that never change', async () => {
    const flat = Array.from({ length: 9 }, () => Float32Array.of(1, 2));
    const data = {
      ...labelled(flat, () => 'x'),
      classes: ['a', 'b'],
      labels: Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1),
    };
    const block = await trained(randomForest({ trees: 3, bootstrap: false }), data);
    const [scores] = answers(block, flat);
    expect(scores![0]).toBeCloseTo(2 / 3, 2);
    expect(runBlock(block, flat.slice(0, 1))).toEqual(Float32Array.from(scores!));
  });
});

describe('randomForest', () => {
  it('tells unseen windows, and knows how well from those its trees have not seen', async () => {
    const block = await trained(randomForest(), labelled(noisy, side));
    const score = block.score(
      answers(block, unseen).map((row) => Float32Array.from(row)),
      unseen.map(side),
    );
    expect(score.accuracy).toBeGreaterThan(0.88);
    expect(block.report.oobAccuracy).toBeCloseTo(score.accuracy!, 1);
    for (const scores of answers(block, unseen)) expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it.each(['best', 'random'] as const)('predicts values in their unit with %s thresholds', async (thresholds) => {
    const learner = randomForest({ predicts: 'value', thresholds, featureShare: 1 });
    const block = await trained(learner, labelled(noisy, height));
    const score = block.score(
      answers(block, unseen).map((row) => Float32Array.from(row)),
      unseen.map((row) => String(height(row))),
    );
    expect(score.regression!.r2).toBeGreaterThan(0.85);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const data = labelled(noisy, side);
    const [a, b, c] = [
      await trained(randomForest(), data),
      await trained(randomForest(), data),
      await trained(randomForest(), data, 2),
    ];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });

  it('keeps its limits, and the sketch is no smaller', async () => {
    const learner = randomForest({ trees: 10, maxNodes: 60, maxDepth: 5 });
    const block = await trained(learner, labelled(noisy, side));
    const sketch = learner.sketch(featuresSpec(8), ['high', 'low', 'mid']);
    expect(block.report.nodes).toBeLessThanOrEqual(60);
    expect(block.report.comparisons).toBeLessThanOrEqual(50);
    expect(block.cpp.constBytes).toBeLessThanOrEqual(sketch.cpp.constBytes);
    expect(block.cpp.scratchBytes).toBe(sketch.cpp.scratchBytes);
  });

  it('finds the rare one of 100:1 when classes weigh the same', async () => {
    const rare = labelled(noisy, (row) => (row[0]! > 2.3 ? 'rare' : 'common'));
    const learner = randomForest({ classWeights: 'balanced', minLeaf: 3, featureShare: 1 });
    const block = await trained(learner, rare);
    const found = answers(
      block,
      noisy.filter((row) => row[0]! > 2.3),
    ).map(largest);
    expect(rare.labels.filter((label) => label === 1).length).toBeLessThan(6);
    expect(new Set(found)).toEqual(new Set([1]));
  });
});

describe('boostedTrees', () => {
  it('gives the values of GradientBoostingRegressor', async () => {
    const options = { rounds: 20, maxDepth: 2, minLeaf: 3, l2: 0, featureShare: 1, rowShare: 1, validationSplit: 0 };
    const learner = boostedTrees({ ...options, predicts: 'value', patience: 0 });
    const block = await trained(learner, labelled(rows, plainValue));
    // scikit-learn 1.2 with n_estimators=20, max_depth=2, min_samples_leaf=3, criterion='squared_error'.
    const expected = [
      9.71524, 7.338184, 4.090707, 0.665307, -1.119527, -3.203558, 10.376925, 8.226163, 5.516346, 2.944251, 0.264038,
      -2.299292, -4.971141, 11.440254, 7.338184,
    ];
    answers(block, others).forEach(([value], i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  it.each([
    ['three classes', side],
    ['two classes', (row: Float32Array) => side(row) === 'low'],
  ])('tells unseen windows of %s', async (_, labelOf) => {
    const block = await trained(boostedTrees(), labelled(noisy, labelOf));
    const outputs = answers(block, unseen).map((row) => Float32Array.from(row));
    const score = block.score(
      outputs,
      unseen.map((row) => String(labelOf(row))),
    );
    expect(score.accuracy).toBeGreaterThan(0.88);
    expect(score.classification!.logLoss).toBeLessThan(0.35);
    expect(block.report.bestEpoch).toBeLessThanOrEqual(block.report.epochs!);
  });

  it('stops when nothing gets better, and tells how it goes', async () => {
    const data = labelled(noisy, (row) => Math.abs(Math.round(row[3]! * 1e4)) % 2);
    const seen: number[] = [];
    const block = await boostedTrees({ patience: 3 }).fit(data, spec(data), {
      onProgress: (p) => seen.push(p.valLoss),
    });
    expect(seen.length).toBe(block.report.epochs);
    expect(seen.length).toBeLessThan(100);
    expect(block.report.trees).toBe(Math.max(1, block.report.bestEpoch!));
  });

  it('gives what it has when stopped', async () => {
    const data = labelled(noisy, side);
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: (p: { epoch: number }) => p.epoch === 4 && stop.abort() };
    const block = await boostedTrees().fit(data, spec(data), { ...options, onAbort: 'best' });
    expect(block.report.epochs).toBe(4);
    await expect(boostedTrees().fit(data, spec(data), options)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('gives the same bytes for the same seed', async () => {
    const data = labelled(noisy, side);
    const [a, b, c] = [
      await trained(boostedTrees(), data),
      await trained(boostedTrees(), data),
      await trained(boostedTrees(), data, 2),
    ];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });
});

const kinds: readonly [string, LearningBlock<'features'>, (row: Float32Array) => unknown][] = [
  ['votes', randomForest({ trees: 20 }), side],
  ['mean values', randomForest({ trees: 20, predicts: 'value' }), height],
  ['random thresholds', randomForest({ trees: 20, thresholds: 'random' }), side],
  ['boosted classes', boostedTrees({ rounds: 20 }), side],
  ['two boosted classes', boostedTrees({ rounds: 20 }), (row) => side(row) === 'low'],
  ['boosted values', boostedTrees({ rounds: 20, predicts: 'value' }), height],
];

describe.each(kinds)('%s', (_, learner, labelOf) => {
  it('are the same bits in C++, and after being saved', async () => {
    const data = labelled(noisy, labelOf);
    const block = await trained(learner, data);
    const expected = Float32Array.from(answers(block, unseen).flat());
    expect(runBlock(block, unseen)).toEqual(expected);
    const state = { json: JSON.parse(JSON.stringify(block.state.json)), arrays: block.state.arrays };
    const revived = learner.revive(state, spec(data));
    expect(Float32Array.from(answers(revived, unseen).flat())).toEqual(expected);
    expect(revived.cpp.emit('X')).toEqual(block.cpp.emit('X'));
    expect(revived.work).toEqual(block.work);
  });

  it('refuse what they cannot learn from', async () => {
    const data = labelled(noisy, labelOf);
    const broken = [...noisy.slice(1), Float32Array.of(1, 2, 3, Number.NaN, 5, 6, 7, 8)];
    await expect(trained(learner, { ...data, features: broken })).rejects.toMatchObject({ code: 'BAD_DATA' });
    const none = { features: [], labels: new Int32Array(0), classes: [], groups: [] };
    await expect(learner.fit(none, featuresSpec(8), {})).rejects.toMatchObject({ code: 'NO_DATA' });
    const single = labelled(noisy.slice(0, 1), labelOf);
    await expect(trained(learner, single)).rejects.toMatchObject({ code: 'ONE_CLASS' });
    const options = { signal: AbortSignal.abort() };
    await expect(learner.fit(data, spec(data), options)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('learn from two windows', async () => {
    const few = labelled([noisy[0]!, noisy[1]!], (row) => (row === noisy[0] ? 1 : 2));
    const block = await trained(learner, few);
    for (const value of answers(block, unseen).flat()) expect(Number.isFinite(value)).toBe(true);
  });

  it('refuse a damaged state', async () => {
    const block = await trained(learner, labelled(noisy, labelOf));
    const { json, arrays } = block.state;
    const revive = (changes: object) => () =>
      learner.revive({ json, arrays: { ...arrays, ...changes } }, featuresSpec(8));
    const circle = (arrays.child as Int32Array).map(() => 0);
    expect(revive({ child: circle })).toThrow(/BAD_FILE/);
    expect(revive({ root: Int32Array.of(1e6) })).toThrow(/BAD_FILE/);
    expect(revive({ feature: (arrays.feature as Int32Array).map(() => 8) })).toThrow(/BAD_FILE/);
    expect(revive({ threshold: new Float32Array(1) })).toThrow(/BAD_FILE/);
    expect(() => learner.revive({ json: {}, arrays }, featuresSpec(8))).toThrow(/BAD_FILE/);
  });
});

it('refuses values that are no numbers, and limits that leave no tree', async () => {
  for (const learner of [randomForest({ predicts: 'value' }), boostedTrees({ predicts: 'value' })]) {
    await expect(trained(learner, labelled(noisy, side))).rejects.toMatchObject({ code: 'BAD_LABEL' });
    await expect(
      trained(
        learner,
        labelled(noisy, () => 5),
      ),
    ).rejects.toMatchObject({ code: 'ONE_CLASS' });
  }
  expect(() => randomForest({ trees: 100, maxNodes: 50 })).toThrow(/BAD_OPTION/);
  expect(() => randomForest({ featureShare: 0 })).toThrow(/BAD_OPTION/);
  const tight = trained(boostedTrees({ maxNodes: 50 }), labelled(noisy, side));
  await expect(tight).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

it('adds up to 1 over any scores', () => {
  for (const values of [
    [0, 0],
    [-1000, 1000],
    [3, 1, -2, 88],
  ]) {
    const shares = Float32Array.from(values);
    softmax(shares);
    const exact = values.map((v) => Math.exp(v - Math.max(...values)));
    const total = exact.reduce((a, b) => a + b);
    shares.forEach((share, i) => {
      expect(share).toBeCloseTo(exact[i]! / total, 6);
    });
  }
});

describe.skipIf(!has('arm-none-eabi-g++'))('on microcontrollers', () => {
  it.each(Object.entries(CORES))('compiles warning-free for %s', async (_, core) => {
    const folder = mkdtempSync(join(tmpdir(), 'forest-'));
    try {
      for (const [name, learner, labelOf] of kinds) {
        const block = await trained(learner, labelled(noisy, labelOf));
        writeHeaders(folder, block.cpp.headers);
        const { declaration, definition } = block.cpp.emit('Block');
        const call = 'void call(const float* in, float* out, void* scratch) { Block::run(in, out, scratch); }';
        const include = `#include "${block.cpp.headers[0]!.path}"`;
        const prototype = 'void call(const float* in, float* out, void* scratch);';
        writeFileSync(join(folder, 'block.cpp'), [include, declaration, definition, prototype, call].join('\n'));
        const flags = [...core, ...WARNINGS, '-std=c++11', '-Os', '-fno-exceptions', '-fno-rtti', '-c', '-I.'];
        run('arm-none-eabi-g++', [...flags, 'block.cpp', '-o', 'block.o'], folder);
        const sizes = run('arm-none-eabi-nm', ['-S', '--size-sort', '-C', 'block.o'], folder);
        const code = Object.values(block.cpp.codeBytes).reduce((a, b) => a + b, 0);
        // Two classes take less than is said of many.
        if (core.join().includes('m4')) expect(within(textBytes(sizes), code - 100, code + 24), name).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Bytes of code in what `nm -S` printed. */
function textBytes(symbols: string): number {
  const sizes = [...symbols.matchAll(/^\w+ (\w+) [tTW] /gm)].map(([, hex]) => Number.parseInt(hex!, 16));
  return sizes.reduce((a, b) => a + b, 0);
}

const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;
