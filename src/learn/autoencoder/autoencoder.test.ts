import { describe, expect, it } from 'vitest';
import type { TrainedBlock, TrainingSet } from '../../block.js';
import { featuresSpec } from '../../spec.js';
import { conv1d, dense } from '../layers.js';
import { seededRandom } from '../random.js';
import { runBlock } from '../testing/run-block.js';
import { autoencoder } from './autoencoder.js';

function data(rows: readonly ArrayLike<number>[], classes = ['normal']): TrainingSet {
  return {
    features: rows.map((row) => Float32Array.from(row)),
    labels: new Int32Array(rows.length),
    classes,
    groups: rows.map((_, i) => String(i)),
  };
}

/** Eight features that two hidden causes move, in different units, one of them constant. */
function caused(rows: number, purpose = 'caused'): number[][] {
  const random = seededRandom(5, purpose);
  return Array.from({ length: rows }, () => {
    const [a, b] = [random.normal(), random.normal()];
    const noise = (): number => 0.05 * random.normal();
    return [
      a + noise(),
      100 * b + 5 * noise(),
      a + b + noise(),
      7,
      a - b + noise(),
      0.01 * (2 * a + noise()),
      -b,
      b - 3,
    ];
  });
}

const scoreOf = (block: TrainedBlock, row: ArrayLike<number>): number => {
  const out = new Float32Array(1);
  block.run(Float32Array.from(row), out);
  return out[0]!;
};

const OPTIONS = { epochs: 60, learningRate: 0.01 };
const train = (options = {}, rows = caused(160)) =>
  autoencoder({ ...OPTIONS, ...options }).fit(data(rows), featuresSpec(rows[0]!.length), {});

describe('autoencoder', () => {
  it('copies windows like those it knows, and fails at others', async () => {
    const block = await train();
    const { threshold, valLoss } = block.report;
    expect(valLoss).toBeLessThan(0.1);
    const usual = caused(50, 'others').map((row) => scoreOf(block, row));
    expect(usual.filter((score) => score < 2 * threshold!).length).toBeGreaterThan(45);
    // Every feature in its range, but not together.
    expect(scoreOf(block, [1.5, -150, 1.5, 7, -1.5, 0, 1.5, -1.5])).toBeGreaterThan(4 * threshold!);
    // Beyond the range, the farther the stranger.
    const far = [10, 100, 1000].map((v) => scoreOf(block, [v, 0, 0, 7, 0, 0, 0, -3]));
    expect(far).toEqual([...far].sort((a, b) => a - b));
    expect(scoreOf(block, Array(8).fill(3e38))).toBe(Math.fround(1e30));
  });

  it('scores the mean squared distance in standard deviations', async () => {
    const block = await train({ layers: [dense(2, { activation: 'none' })] });
    const { mean, inverseScale } = block.state.arrays as Record<string, Float32Array>;
    // Two dense layers without activation, by hand.
    const { network } = block.state.json as { network: { ops: { kind: string; inputs: number[] }[] } };
    const [first, second] = network.ops.map(({ inputs }) =>
      inputs.slice(1).map((index) => block.state.arrays[`tensor${index}`] as Float32Array),
    ) as [Float32Array[], Float32Array[]];
    const apply = ([weights, bias]: Float32Array[], x: number[]): number[] =>
      Array.from(bias!, (b, i) => x.reduce((sum, v, j) => sum + v * weights![i * x.length + j]!, b));
    for (const row of [...caused(5, 'hand'), [30, 0, 0, 7, 0, 0, 0, 0]]) {
      const z = row.map((v, i) => (v - mean![i]!) * inverseScale![i]!);
      const cut = z.map((v) => Math.max(-3, Math.min(3, v)));
      const copy = apply(second, apply(first, cut));
      const want = z.reduce((sum, v, i) => sum + (v - copy[i]!) ** 2, 0) / 8;
      expect(Math.abs(scoreOf(block, row) - want)).toBeLessThan(1e-5 * Math.max(1, want));
    }
  });

  it('computes the same in C++: float within 1e-5, int8 bit for bit', async () => {
    const block = await train();
    const rows = [...caused(100, 'others'), ...caused(10).map((row) => row.map((v) => 50 * v)), Array(8).fill(3e38)];
    const expected = rows.map((row) => scoreOf(block, row));
    [...runBlock(block, rows)].forEach((got, i) => {
      expect(Math.abs(got - expected[i]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, expected[i]!));
    });
    const int8 = block.quantize!(caused(100).map((row) => Float32Array.from(row)));
    expect(int8.dtype).toBe('int8');
    expect(int8.quantize).toBeUndefined();
    expect(runBlock(int8, rows)).toEqual(Float32Array.from(rows, (row) => scoreOf(int8, row)));
    // Quantised copies are a little off.
    expect(Math.abs(scoreOf(int8, rows[0]!) - expected[0]!)).toBeLessThan(0.05);
  });

  it('gives the same bytes for the same seed', async () => {
    const learn = (seed: number) => autoencoder({ epochs: 2 }).fit(data(caused(40)), featuresSpec(8), { seed });
    const [a, b, c] = [await learn(1), await learn(1), await learn(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });

  it('sketches the size it will have, float and int8', async () => {
    const block = await train({ epochs: 1 });
    const sketch = autoencoder().sketch(featuresSpec(8), ['normal']);
    const { scratchBytes, constBytes } = block.cpp;
    expect(sketch.cpp).toMatchObject({ scratchBytes, constBytes });
    expect(sketch.work).toEqual(block.work);
    const int8 = block.quantize!(caused(40).map((row) => Float32Array.from(row)));
    expect(sketch.quantize!([]).cpp.scratchBytes).toBe(int8.cpp.scratchBytes);
    expect(sketch.quantize!([]).cpp.constBytes).toBe(int8.cpp.constBytes);
    expect(int8.cpp.constBytes).toBeLessThan(constBytes);
  });

  it('revives as it was, and refuses a damaged state', async () => {
    const block = await train({ epochs: 2 });
    const { json, arrays } = block.state;
    const revived = autoencoder().revive({ json, arrays }, featuresSpec(8));
    expect(revived.report).toEqual(block.report);
    expect(revived.answers).toBe('anomaly');
    expect(revived.labels).toEqual([]);
    const row = caused(1, 'one')[0]!;
    expect(scoreOf(revived, row)).toBe(scoreOf(block, row));
    const { mean: _, ...unscaled } = arrays;
    expect(() => autoencoder().revive({ json, arrays: unscaled }, featuresSpec(8))).toThrow(/BAD_FILE/);
    expect(() => autoencoder().revive({ json, arrays }, featuresSpec(9))).toThrow(/BAD_FILE/);
  });

  it('counts labels unseen in training as anomalies', async () => {
    const block = await train({ epochs: 1 });
    const scores = [1, 2, 3, 1.5].map((s) => Float32Array.of(s));
    expect(block.score(scores, ['normal', 'normal', 'broken', 'broken'])).toMatchObject({ auc: 0.75 });
  });

  it('refuses what it cannot learn from', async () => {
    const learn = (rows: number[][], options = {}) => autoencoder().fit(data(rows), featuresSpec(8), options);
    await expect(learn([])).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(learn([[0, 0, Number.NaN, 0, 0, 0, 0, 0]])).rejects.toMatchObject({ code: 'BAD_DATA' });
    await expect(learn(caused(40), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(train({ layers: [conv1d(4, 3)] })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('learns from one window, and from windows that are all the same', async () => {
    const one = await train({ epochs: 5 }, [[1, 2]]);
    expect(scoreOf(one, [1, 2])).toBeLessThan(0.1);
    expect(scoreOf(one, [9, 2])).toBeGreaterThan(1);
    const same = await train({ epochs: 5 }, Array(5).fill([1, 2]));
    expect(scoreOf(same, [1, 2])).toBeLessThan(0.1);
  });

  it('learns a thousand features', async () => {
    const random = seededRandom(1, 'wide');
    const rows = Array.from({ length: 40 }, () => {
      const cause = random.normal();
      return Array.from({ length: 1000 }, (_, i) => cause * Math.sin(i) + 0.1 * random.normal());
    });
    const block = await train({ epochs: 15 }, rows);
    const strange = rows[0]!.map((_, i) => Math.cos(i));
    expect(scoreOf(block, strange)).toBeGreaterThan(2 * block.report.threshold!);
  });
});
