import { describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { featuresSpec } from '../../spec.js';
import { seededRandom } from '../random.js';
import { runBlock } from '../testing/run-block.js';
import { factorise, invert, triangle } from './cholesky.js';
import { expectationMaximisation, normalisation } from './expectation.js';
import { gmm } from './gmm.js';

function data(rows: readonly (readonly number[])[], classes = ['normal']): TrainingSet {
  return {
    features: rows.map((row) => Float32Array.from(row)),
    labels: new Int32Array(rows.length),
    classes,
    groups: rows.map((_, i) => String(i)),
  };
}

/** Three slanted clouds of very different units, a constant feature and one that follows another. */
function clouds(rows: number, purpose = 'clouds'): number[][] {
  const random = seededRandom(3, purpose);
  return Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    const x = 1000 * (i % 3) + 50 * a;
    return [x, 0.01 * (b + a) - 0.1 * (i % 3), 7, 2 * x + c, c];
  });
}

function scoreOf(block: TrainedBlock, row: readonly number[]): number {
  const out = new Float32Array(1);
  block.run(Float32Array.from(row), out);
  return out[0]!;
}

/** A block with these parameters, unscaled features. */
function mixture(weights: number[], means: number[][], covariances: number[][][]): TrainedBlock {
  const axes = means[0]!.length;
  const factors = covariances.map((covariance) => {
    const packed = Float64Array.from(covariance.flatMap((row, i) => row.slice(0, i + 1)));
    factorise(packed, axes);
    return packed;
  });
  const flat = Float64Array.from(factors.flatMap((factor) => [...factor]));
  const constants = normalisation({ weights: Float64Array.from(weights), means: new Float64Array(), factors: flat });
  for (const factor of factors) invert(factor, axes);
  const state = {
    json: { classes: ['normal'], report: {} },
    arrays: {
      axes: Int32Array.from({ length: axes }, (_, i) => i),
      mean: new Float32Array(axes),
      inverseScale: new Float32Array(axes).fill(1),
      means: Float32Array.from(means.flat()),
      factors: Float32Array.from(factors.flatMap((factor) => [...factor])),
      constants: Float32Array.from(constants),
    },
  };
  return gmm().revive(state, featuresSpec(axes));
}

const relative = (got: number, want: number): number => Math.abs(got - want) / Math.max(1, Math.abs(want));

describe('gmm', () => {
  it('scores by the formula, as scikit-learn 1.2 and scipy 1.10 do', () => {
    const block = mixture(
      [0.5, 0.3, 0.2],
      [
        [0, 0, 0],
        [2, -1, 0.5],
        [-3, 1, 2],
      ],
      [
        [
          [1, 0.5, 0.2],
          [0.5, 2, -0.3],
          [0.2, -0.3, 1.5],
        ],
        [
          [0.3, 0.1, 0],
          [0.1, 0.4, 0.05],
          [0, 0.05, 0.2],
        ],
        [
          [4, -1, 0.5],
          [-1, 1, 0],
          [0.5, 0, 0.25],
        ],
      ],
    );
    const known: [number[], number][] = [
      [[0, 0, 0], 3.88660768395203],
      [[2, -1, 0.5], 2.0286428759468085],
      [[1, 1, 1], 4.761863725850267],
      [[-3, 2, 2], 4.769668038301264],
      [[8, -7, 5], 56.26967940465923],
      [[0.25, -2, 30], 322.3797389467536],
    ];
    for (const [row, want] of known) expect(relative(scoreOf(block, row), want)).toBeLessThan(1e-5);
  });

  it('scores one normal distribution by hand', () => {
    const block = mixture([1], [[1, 0]], [[[4, 0], [0, 1]]]); // biome-ignore format: a matrix
    // 2 deviations along the first axis: 2 + ln(2 pi) + ln 2
    expect(scoreOf(block, [5, 0])).toBeCloseTo(2 + Math.log(2 * Math.PI) + Math.log(2), 5);
  });

  it('fits what scikit-learn fits from the same start', async () => {
    const noise = (i: number, k: number): number => {
      const v = Math.sin(12.9898 * i + 78.233 * k) * 43758.5453;
      return 2 * (v - Math.floor(v)) - 1;
    };
    const rows = Array.from({ length: 60 }, (_, i) => {
      const [a, b, c] = [noise(i, 1), noise(i, 2), i % 2];
      return Float32Array.of(Math.round(64 * (4 * c + a + 0.5 * b)) / 64, Math.round(64 * (b - 2 * c + 0.3 * a)) / 64);
    });
    const start = Float64Array.from(rows.flatMap(([x]) => (x! > 1.5 ? [0, 1] : [1, 0])));
    const limits = { regularisation: 1e-3, maxIterations: 500, tolerance: 0 };
    const found = await expectationMaximisation(rows, start, limits, async () => {});
    expect(found.logLikelihood).toBeCloseTo(-2.1146915155910073, 5);
    expect([...found.weights]).toEqual([expect.closeTo(0.5, 5), expect.closeTo(0.5, 5)]);
    const means = [0.059375, -0.01875, 4.0697916667, -1.89375];
    expect([...found.means]).toEqual(means.map((m) => expect.closeTo(m, 5)));
    // The product of the factors is the covariance.
    const [a, b, c, d, e, f] = found.factors as unknown as [number, number, number, number, number, number];
    const covariances = [a * a, a * b, b * b + c * c, d * d, d * e, e * e + f * f];
    const reference = [0.4662571615, 0.343219401, 0.3882135417, 0.3644884983, 0.2261458333, 0.2945123698];
    expect(covariances).toEqual(reference.map((v) => expect.closeTo(v, 5)));
  });

  it('finds how many clouds there are', async () => {
    const random = seededRandom(1, 'clouds');
    const rows = Array.from({ length: 300 }, (_, i) => [6 * (i % 3) + random.normal(), random.normal()]);
    const block = await gmm().fit(data(rows), featuresSpec(2), {});
    expect(block.report.components).toBe(3);
    const one = await gmm({ components: 1 }).fit(data(rows), featuresSpec(2), {});
    expect(one.report.bic).toBeGreaterThan(block.report.bic!);
    expect(scoreOf(block, [9, 0])).toBeGreaterThan(scoreOf(block, [12, 0]) + 2);
  });

  it('gives its own likelihood, and a threshold that 99 % of the windows stay below', async () => {
    const rows = clouds(200);
    const block = await gmm({ components: 3 }).fit(data(rows), featuresSpec(5), {});
    const scores = rows.map((row) => scoreOf(block, row));
    const mean = scores.reduce((a, b) => a + b) / scores.length;
    expect(relative(mean, -block.report.logLikelihood!)).toBeLessThan(1e-4);
    expect(scores.filter((score) => score > block.report.threshold!)).toHaveLength(2);
    // Far along the slant is closer than a little off it.
    expect(scoreOf(block, [1120, -0.076, 7, 2240, 0])).toBeLessThan(scoreOf(block, [1000, -0.1, 7, 2300, 0]));
  });

  it('looks at the chosen axes only', async () => {
    const block = await gmm({ axes: [0, 4] }).fit(data(clouds(90)), featuresSpec(5), {});
    expect(scoreOf(block, [0, 1e6, -1e6, 0, 0])).toBe(scoreOf(block, [0, 0, 0, 0, 0]));
    expect(() => gmm({ axes: [5] }).sketch(featuresSpec(5), [])).toThrow(/SHAPE_MISMATCH/);
    expect(() => gmm({ axes: [] })).toThrow(/BAD_OPTION/);
    expect(() => gmm({ components: 0 })).toThrow(/BAD_OPTION/);
  });

  it('gives the same mixture for the same seed', async () => {
    const learn = (seed: number) => gmm({ components: 8 }).fit(data(clouds(80)), featuresSpec(5), { seed });
    const [a, b, c] = [await learn(1), await learn(1), await learn(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });

  it('gains likelihood with restarts, never loses', async () => {
    const learn = (restarts: number) => gmm({ components: 6, restarts }).fit(data(clouds(80)), featuresSpec(5), {});
    const [one, five] = [await learn(1), await learn(5)];
    expect(five.report.logLikelihood).toBeGreaterThanOrEqual(one.report.logLikelihood!);
  });

  it('counts labels unseen in training as anomalies', async () => {
    const block = await gmm({ components: 3 }).fit(data(clouds(90)), featuresSpec(5), {});
    const scores = [-1, -2, 3, -1.5].map((s) => Float32Array.of(s));
    expect(block.score(scores, ['normal', 'normal', 'broken', 'broken'])).toMatchObject({ windows: 4, auc: 0.75 });
  });

  it('refuses what it cannot learn from', async () => {
    const learn = (rows: number[][], options = {}) => gmm({ components: 3 }).fit(data(rows), featuresSpec(5), options);
    await expect(learn([])).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(learn(clouds(2))).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(learn([...clouds(5), [0, 0, Number.NaN, 0, 0]])).rejects.toMatchObject({ code: 'BAD_DATA' });
    await expect(learn(clouds(90), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('learns from one window, and from windows that are all the same', async () => {
    const one = await gmm().fit(data([[1, 2]]), featuresSpec(2), {});
    expect(one.report.components).toBe(1);
    expect(scoreOf(one, [1, 3])).toBeGreaterThan(scoreOf(one, [1, 2]) + 100);
    const same = await gmm({ components: 3 }).fit(data(Array(5).fill([1, 2])), featuresSpec(2), {});
    expect(same.report.components).toBe(1);
    expect(scoreOf(same, [1, 2])).toBeCloseTo(scoreOf(one, [1, 2]), 4);
  });

  it('stays finite however far the input', async () => {
    const block = await gmm().fit(data(clouds(90)), featuresSpec(5), {});
    for (const far of [1e6, 1e20, 3e38]) {
      const score = scoreOf(block, [far, -far, far, 0, 0]);
      expect(score).toBeGreaterThan(1e3);
      expect(score).toBeLessThanOrEqual(Math.fround(1e30));
    }
  });

  it('learns a thousand features from a hundred windows', async () => {
    const random = seededRandom(1, 'wide');
    const rows = Array.from({ length: 100 }, () => Array.from({ length: 1000 }, () => random.normal()));
    const block = await gmm().fit(data(rows), featuresSpec(1000), {});
    expect(block.report.components).toBe(1);
    const strange = rows[0]!.map((v, i) => (i < 500 ? v : v + 3));
    expect(scoreOf(block, strange)).toBeGreaterThan(block.report.threshold!);
  });

  it('refuses a damaged state', async () => {
    const block = await gmm({ components: 3 }).fit(data(clouds(90)), featuresSpec(5), {});
    const { json, arrays } = block.state;
    const revive = (changes: object) => gmm().revive({ json, arrays: { ...arrays, ...changes } }, featuresSpec(5));
    expect(revive({}).cpp.emit('X')).toEqual(block.cpp.emit('X'));
    expect(revive({}).report).toEqual(block.report);
    expect(() => revive({ axes: Int32Array.of(0, 1, 2, 3, 5) })).toThrow(/BAD_FILE/);
    expect(() => revive({ factors: new Float32Array(4) })).toThrow(/BAD_FILE/);
    expect(() => revive({ constants: Float32Array.of(0, Number.NaN, 0) })).toThrow(/BAD_FILE/);
  });

  it('computes the same bits in C++', async () => {
    const block = await gmm({ components: 6 }).fit(data(clouds(90)), featuresSpec(5), {});
    const far = clouds(20, 'far').flatMap((row) => [100, 1e8, 1e30].map((factor) => row.map((v) => v * factor)));
    const rows = [...clouds(200, 'others'), ...far];
    const expected = Float32Array.from(rows, (row) => scoreOf(block, row));
    expect(runBlock(block, rows)).toEqual(expected);
  });

  it('sketches the size it will have', async () => {
    const block = await gmm({ components: 3 }).fit(data(clouds(90)), featuresSpec(5), {});
    const sketch = gmm({ components: 3 }).sketch(featuresSpec(5), ['normal']);
    const { scratchBytes, constBytes } = block.cpp;
    expect(sketch.cpp).toMatchObject({ scratchBytes, constBytes });
    expect(sketch.work).toEqual(block.work);
    expect(constBytes).toBe(5 * (2 + 4 + 4) + 4 * 3 * (1 + 5 + triangle(5)));
    // 'auto' counts with the most it may take.
    const open = await gmm().fit(data(clouds(90)), featuresSpec(5), {});
    expect(gmm().sketch(featuresSpec(5), []).cpp.constBytes).toBeGreaterThanOrEqual(open.cpp.constBytes);
  });
});
