import { describe, expect, it } from 'vitest';
import type { Sample } from '../data/index.js';
import { flatten } from '../dsp/index.js';
import { evaluationOf } from '../evaluate/index.js';
import { graph, impulse, motion, on } from '../impulse/index.js';
import { classifier, dense, kMeans } from '../learn/index.js';
import { classScore } from '../metrics/index.js';
import { type CrossValidateOptions, crossValidate, type FoldTask } from './cross-validate.js';
import { stratifiedFolds } from './folds.js';

const wrist = motion({ axes: ['x'], rateHz: 50, windowMs: 1000 });
const SUBJECTS = ['ann', 'bob', 'cleo', 'dan'];

/** Shaking that is stronger when busy, and stronger for some subjects. */
function recording(label: string, subject: string, take: number): Sample {
  const force = (label === 'busy' ? 4 : 1) * (1 + 0.1 * SUBJECTS.indexOf(subject));
  const values = Float32Array.from({ length: 100 }, (_, t) => force * Math.sin(t * 0.9 + take) + 0.01 * take);
  return {
    id: `${label}.${subject}-${take}`,
    label,
    signal: { rateHz: 50, axes: ['x'], values },
    metadata: { subject },
  };
}
const samples = SUBJECTS.flatMap((subject) =>
  ['busy', 'calm'].flatMap((label) => [0, 1, 2].map((take) => recording(label, subject, take))),
);
const design = graph({
  input: wrist,
  dsp: { stats: flatten() },
  learn: {
    state: on('stats').use(classifier({ layers: [dense(4)], epochs: 20 })),
    strange: on('stats').use(kMeans({ clusters: 2 })),
  },
});

/** Runs no training: every window is said to be busy. */
const nothing = async ({ test }: FoldTask) => {
  const windows = test.map(({ id, label }) => ({ sample: id, startMs: 0, truth: label! }));
  const block = { score: classScore.bind(undefined, ['busy', 'calm']) };
  return evaluationOf(windows, [{ name: 'state', block, rows: test.map(() => Float32Array.of(0.9, 0.1)) }]);
};

/** What each fold would train and test on. */
async function tasksOf(options: CrossValidateOptions, data: readonly Sample[] = samples): Promise<FoldTask[]> {
  const tasks: FoldTask[] = [];
  await crossValidate(design, data, {
    ...options,
    run: (task) => {
      tasks.push(task);
      return nothing(task);
    },
  });
  return tasks;
}

describe('crossValidate', () => {
  it('trains and tries fold by fold, the same for the same seed', async () => {
    const epochs: string[] = [];
    const once = () =>
      crossValidate(design, samples, { folds: 3, seed: 2, onProgress: (p) => epochs.push(`${p.fold}/${p.folds}`) });
    const first = await once();
    expect(new Set(epochs)).toEqual(new Set(['1/3', '2/3', '3/3']));
    expect(first.folds.map(({ testSamples, trainSamples }) => [testSamples, trainSamples])).toEqual(
      Array(3).fill([8, 16]),
    );
    const { mean, deviation, min, max, folds } = first.accuracy;
    const figures = first.folds.map(({ evaluation }) => evaluation.accuracy);
    expect(mean).toBeCloseTo(figures.reduce((a, b) => a + b) / 3, 12);
    expect([min, max, folds]).toEqual([Math.min(...figures), Math.max(...figures), 3]);
    expect(deviation).toBeGreaterThanOrEqual(0);
    expect(mean).toBeGreaterThan(0.5);
    expect(Object.keys(first.pooled)).toEqual(['state']);
    expect(first.pooled.state!.windows).toBe(2 * samples.length);
    expect(first.auc.mean).toBeNaN();
    expect(await once()).toEqual(first);
  });

  it('tests every sample once, each fold with all labels', async () => {
    const tasks = await tasksOf({ folds: 4 });
    expect(tasks.flatMap(({ test }) => test.map(({ id }) => id)).sort()).toEqual(samples.map(({ id }) => id).sort());
    for (const { train, test } of tasks) {
      expect(train.some((sample) => test.includes(sample))).toBe(false);
      expect(test.filter(({ label }) => label === 'busy')).toHaveLength(3);
      expect(test).toHaveLength(6);
    }
    const orders = await Promise.all([1, 1, 2].map((seed) => tasksOf({ folds: 4, seed })));
    const tests = orders.map((all) => all.map(({ test }) => test.map(({ id }) => id)));
    expect(tests[0]).toEqual(tests[1]);
    expect(tests[0]).not.toEqual(tests[2]);
  });

  it('keeps groups together, and leaves out one at a time', async () => {
    const pairs = await tasksOf({ folds: 2, group: 'subject' });
    for (const { test } of pairs) expect(new Set(test.map(({ metadata }) => metadata!.subject)).size).toBe(2);
    const noise = { ...recording('calm', 'ann', 9), metadata: {} };
    const single = await tasksOf({ folds: 'group', group: 'subject' }, [...samples, noise]);
    expect(single.map(({ group }) => group)).toEqual(SUBJECTS);
    for (const { group, train, test } of single) {
      expect(test.every(({ metadata }) => metadata!.subject === group)).toBe(true);
      expect(test).toHaveLength(6);
      expect(train).toContain(noise);
    }
    const byName = await tasksOf({ folds: 'group', group: ({ id }) => id.split('.')[1]!.slice(0, 3) });
    expect(byName.map(({ group }) => group)).toEqual(['ann', 'bob', 'cle', 'dan']);
  });

  it('pools what all folds say, and spreads over them', async () => {
    const result = await crossValidate(design, samples, { folds: 'group', group: 'subject', run: nothing });
    expect(result.pooled.state).toMatchObject({
      accuracy: 0.5,
      confusion: { busy: { busy: 12, calm: 0 }, calm: { busy: 12, calm: 0 } },
      windows: 24,
    });
    expect(result.pooled.state!.mistakes).toHaveLength(12);
    expect(result.accuracy).toEqual({ mean: 0.5, deviation: 0, min: 0.5, max: 0.5, folds: 4 });
  });

  it('runs several folds at a time where asked to', async () => {
    let [running, most] = [0, 0];
    const run = async (task: FoldTask) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return nothing(task);
    };
    const { folds } = await crossValidate(design, samples, { folds: 6, parallel: 3, run });
    expect(most).toBe(3);
    expect(folds.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('begins no fold after one has failed', async () => {
    let begun = 0;
    const run = async () => {
      begun++;
      throw new Error('no disk');
    };
    await expect(crossValidate(design, samples, { folds: 6, parallel: 2, run })).rejects.toThrow('no disk');
    expect(begun).toBe(2);
  });

  it('tries the int8 form where asked to', async () => {
    const chain = impulse({ input: wrist, dsp: flatten(), learn: classifier({ layers: [dense(4)], epochs: 10 }) });
    const { accuracy } = await crossValidate(chain, samples, { folds: 2, int8: true });
    expect(accuracy.mean).toBeGreaterThan(0.6);
  });

  it('refuses what cannot be done', async () => {
    const bad: [CrossValidateOptions, string][] = [
      [{ folds: 1 }, 'crossValidate.folds'],
      [{ folds: 2.5 }, 'crossValidate.folds'],
      [{ folds: 25 }, 'crossValidate.folds'],
      [{ folds: 5, group: 'subject' }, 'crossValidate.folds'],
      [{ folds: 'group' }, 'crossValidate.group'],
      [{ group: 'speaker' }, 'crossValidate.group'],
      [{ parallel: 0 }, 'crossValidate.parallel'],
    ];
    for (const [options, where] of bad) {
      await expect(crossValidate(design, samples, { run: nothing, ...options })).rejects.toMatchObject({
        code: 'BAD_OPTION',
        where,
      });
    }
    await expect(crossValidate(design, [], { run: nothing })).rejects.toMatchObject({ code: 'NO_DATA' });
    const signal = AbortSignal.abort();
    await expect(crossValidate(design, samples, { signal, run: nothing })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('stratifiedFolds', () => {
  const sample = (id: string, label: string): Sample => ({
    id,
    label,
    signal: { rateHz: 1, axes: ['x'], values: Float32Array.of(0) },
  });

  it('spreads rare labels and uneven groups', () => {
    // Ten groups of 3 to 12 samples; one sample in eight is rare.
    const groups = new Map(
      Array.from({ length: 10 }, (_, g) => {
        const all = Array.from({ length: 3 + g }, (_, i) => sample(`${g}.${i}`, (g + i) % 8 === 0 ? 'rare' : 'often'));
        return [`g${g}`, all] as const;
      }),
    );
    const folds = stratifiedFolds(groups, 3, 1);
    const rare = folds.map((fold) => fold.filter(({ label }) => label === 'rare').length);
    const sizes = folds.map((fold) => fold.length);
    expect(Math.max(...rare) - Math.min(...rare)).toBeLessThanOrEqual(1);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(8);
  });

  it('counts a recording of several labels with the share of its time', () => {
    const signal = { rateHz: 1, axes: ['x'], values: new Float32Array(10) };
    const mixed = (id: string, end: number): Sample => ({
      id,
      label: undefined,
      segments: [
        { startIndex: 0, endIndex: end, label: 'a' },
        { startIndex: end + 1, endIndex: 9, label: 'b' },
      ],
      signal,
    });
    const ends = [0, 8, 0, 8];
    const folds = stratifiedFolds(new Map(ends.map((end, i) => [`${i}`, [mixed(`${i}`, end)]])), 2, 1);
    const seconds = folds.map((fold) => fold.reduce((sum, { segments }) => sum + segments![0]!.endIndex + 1, 0));
    expect(seconds).toEqual([10, 10]);
  });
});
