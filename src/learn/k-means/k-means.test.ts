import { describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { featuresSpec } from '../../spec.js';
import { seededRandom } from '../random.js';
import { runBlock } from '../testing/run-block.js';
import { kMeans } from './k-means.js';

function data(rows: readonly (readonly number[])[], classes = ['normal']): TrainingSet {
  return {
    features: rows.map((row) => Float32Array.from(row)),
    labels: new Int32Array(rows.length),
    classes,
    groups: rows.map((_, i) => String(i)),
  };
}

/** Three clouds of very different units, a constant feature and a nearly constant one. */
function clouds(rows: number, purpose = 'clouds'): number[][] {
  const random = seededRandom(3, purpose);
  return Array.from({ length: rows }, (_, i) => {
    const cloud = i % 3;
    return [1000 * cloud + 50 * random.normal(), 0.01 * random.normal() - 0.1 * cloud, 7, 1e4 + cloud, random.normal()];
  });
}

function scoreOf(block: TrainedBlock, row: readonly number[]): number {
  const out = new Float32Array(1);
  block.run(Float32Array.from(row), out);
  return out[0]!;
}

describe('k-means', () => {
  it('scores the distance to the border of the nearest cluster', () => {
    const state = {
      json: { classes: ['normal'] },
      arrays: {
        axes: Int32Array.of(0, 1),
        mean: Float32Array.of(10, 0),
        inverseScale: Float32Array.of(0.5, 1),
        centres: Float32Array.of(0, 0, 10, 10),
        radius: Float32Array.of(1, 2),
      },
    };
    const block = kMeans().revive(state, featuresSpec(2));
    // 3 from the first centre after scaling, its radius is 1.
    expect(scoreOf(block, [16, 0])).toBe(2);
    expect(scoreOf(block, [10, 0.25])).toBe(-0.75);
    expect(scoreOf(block, [30, 10])).toBe(-2);
    expect(scoreOf(block, [1e9, 0])).toBe(1000);
  });

  it('holds all training windows inside and strangers outside', async () => {
    const rows = clouds(90);
    const block = await kMeans({ clusters: 3 }).fit(data(rows), featuresSpec(5), {});
    for (const row of rows) expect(scoreOf(block, row)).toBeLessThanOrEqual(0);
    expect(scoreOf(block, [9000, 0, 7, 1e4, 0])).toBeGreaterThan(0.3);
    expect(scoreOf(block, [0, 0, 17, 1e4, 0])).toBeGreaterThan(0.3);
  });

  it('looks at the chosen axes only', async () => {
    const block = await kMeans({ clusters: 3, axes: [0, 4] }).fit(data(clouds(90)), featuresSpec(5), {});
    expect(scoreOf(block, [0, 1e6, -1e6, 0, 0])).toBe(scoreOf(block, [0, 0, 0, 0, 0]));
    expect(() => kMeans({ axes: [5] }).sketch(featuresSpec(5), [])).toThrow(/SHAPE_MISMATCH/);
    expect(() => kMeans({ axes: [1, 1] })).toThrow(/BAD_OPTION/);
  });

  it('gives the same clusters for the same seed', async () => {
    const learn = (seed: number) => kMeans({ clusters: 8 }).fit(data(clouds(60)), featuresSpec(5), { seed });
    const [a, b, c] = [await learn(1), await learn(1), await learn(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });

  it('counts labels unseen in training as anomalies', async () => {
    const block = await kMeans({ clusters: 3 }).fit(data(clouds(90)), featuresSpec(5), {});
    const scores = [-1, -2, 3, -1.5].map((s) => Float32Array.of(s));
    expect(block.score(scores, ['normal', 'normal', 'broken', 'broken'])).toMatchObject({ windows: 4, auc: 0.75 });
    expect(block.score(scores, ['normal', 'normal', 'normal', 'normal']).auc).toBeUndefined();
  });

  it('refuses what it cannot learn from', async () => {
    const learn = (rows: number[][]) => kMeans({ clusters: 3 }).fit(data(rows), featuresSpec(5), {});
    await expect(learn([])).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(learn(clouds(2))).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(learn([...clouds(5), [0, 0, Number.NaN, 0, 0]])).rejects.toMatchObject({ code: 'BAD_DATA' });
    const options = { signal: AbortSignal.abort() };
    const aborted = kMeans({ clusters: 3 }).fit(data(clouds(90)), featuresSpec(5), options);
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses a damaged state', async () => {
    const block = await kMeans({ clusters: 3 }).fit(data(clouds(90)), featuresSpec(5), {});
    const { json, arrays } = block.state;
    const revive = (changes: object) => kMeans().revive({ json, arrays: { ...arrays, ...changes } }, featuresSpec(5));
    expect(revive({}).cpp.emit('X')).toEqual(block.cpp.emit('X'));
    expect(() => revive({ axes: Int32Array.of(0, 1, 2, 3, 5) })).toThrow(/BAD_FILE/);
    expect(() => revive({ centres: new Float32Array(4) })).toThrow(/BAD_FILE/);
    expect(() => revive({ mean: Float32Array.of(0, 0, Number.NaN, 0, 0) })).toThrow(/BAD_FILE/);
  });

  it('survives windows that are all the same', async () => {
    const block = await kMeans({ clusters: 3 }).fit(data(Array(5).fill([1, 2])), featuresSpec(2), {});
    expect(scoreOf(block, [1, 2])).toBe(0);
    expect(scoreOf(block, [1, 5])).toBe(3);
  });

  it('learns from one window, and a thousand features', async () => {
    const one = await kMeans({ clusters: 1 }).fit(data([[1, 2]]), featuresSpec(2), {});
    expect(scoreOf(one, [4, 6])).toBe(5);
    const random = seededRandom(1, 'wide');
    const rows = Array.from({ length: 20 }, () => Array.from({ length: 1000 }, () => random.normal()));
    const wide = await kMeans({ clusters: 4 }).fit(data(rows), featuresSpec(1000), {});
    expect(scoreOf(wide, rows[0]!)).toBeLessThanOrEqual(0);
    expect(
      scoreOf(
        wide,
        rows[0]!.map((v) => v + 5),
      ),
    ).toBeGreaterThan(100);
  });

  it('computes the same bits in C++', async () => {
    const block = await kMeans({ clusters: 8 }).fit(data(clouds(90)), featuresSpec(5), {});
    const rows = [...clouds(200, 'others'), ...clouds(20).map((row) => row.map((v) => v * 100))];
    const expected = Float32Array.from(rows, (row) => scoreOf(block, row));
    expect(runBlock(block, rows)).toEqual(expected);
  });

  it('sketches the size it will have', async () => {
    const block = await kMeans({ clusters: 8 }).fit(data(clouds(90)), featuresSpec(5), {});
    const sketch = kMeans({ clusters: 8 }).sketch(featuresSpec(5), ['normal']);
    const { scratchBytes, constBytes } = block.cpp;
    expect(sketch.cpp).toMatchObject({ scratchBytes, constBytes });
    expect(sketch.work).toEqual(block.work);
  });
});
