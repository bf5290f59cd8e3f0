import { describe, expect, it } from 'vitest';
import type { TrainedBlock } from '../../block.js';
import { featuresSpec } from '../../spec.js';
import { runBlock } from '../testing/run-block.js';
import { labelled, noisyRows, outputsOf, plainClass, plainRows } from '../testing/tabular-data.js';
import { logisticRegression } from './logistic-regression.js';
import { minimise } from './minimise.js';

const rows = plainRows(60);
const others = plainRows(15, 60);

/** Weights `[class, feature]` and biases of the only layer. */
function weightsOf({ state }: TrainedBlock): {
  readonly weights: readonly number[];
  readonly biases: readonly number[];
} {
  const arrays = Object.entries(state.arrays).filter(([name]) => name.startsWith('tensor'));
  const [weights, biases] = arrays.map(([, array]) => [...array]).sort((a, b) => b.length - a.length);
  return { weights: weights!, biases: biases! };
}

function expectClose(got: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `${i}: ${value}`).toBeLessThan(tolerance);
  });
}

// Coefficients of scikit-learn 1.2: LogisticRegression(multi_class='multinomial', C=0.5) on standardised rows.
describe('logisticRegression', () => {
  it('finds the coefficients of scikit-learn', async () => {
    const block = await logisticRegression({ l2: 2 }).fit(labelled(rows, plainClass), featuresSpec(4), {});
    const { weights, biases } = weightsOf(block);
    const expected = [
      [-1.001912, -0.014677, -0.089781, 0.454761],
      [-0.078345, -0.053826, -0.114522, -0.794283],
      [1.080257, 0.068503, 0.204303, 0.339522],
    ];
    expectClose(weights, expected.flat(), 1e-3);
    expectClose(biases, [-0.181984, 0.955803, -0.773819], 1e-3);
    const probabilities = others.slice(0, 3).flatMap(outputsOf(block, 3));
    const wanted = [0.097807, 0.279525, 0.622668, 0.190064, 0.44165, 0.368285, 0.226311, 0.391343, 0.382346];
    expectClose(probabilities, wanted, 1e-3);
  });

  it('finds them for two classes, and for weighted ones', async () => {
    const two = labelled(rows, (row) => Math.min(1, plainClass(row)));
    const block = await logisticRegression({ l2: 2 }).fit(two, featuresSpec(4), {});
    const { weights } = weightsOf(block);
    expectClose(weights.slice(4), [0.675317, -0.011932, 0.037118, -0.52333], 1e-3);
    const learner = logisticRegression({ l2: 2, classWeights: 'balanced' });
    const balanced = weightsOf(await learner.fit(labelled(rows, plainClass), featuresSpec(4), {}));
    expectClose(balanced.weights.slice(0, 4), [-1.155777, 0.001865, -0.075305, 0.439035], 1e-3);
    expectClose(balanced.biases, [-0.063684, 0.432717, -0.369033], 1e-3);
  });

  it('is the same in C++, close in int8, and the same after being saved', async () => {
    const learner = logisticRegression();
    const data = labelled(rows, plainClass);
    const block = await learner.fit(data, featuresSpec(4), {});
    const expected = others.flatMap(outputsOf(block, 3));
    expectClose([...runBlock(block, others)], expected, 1e-5);
    const int8 = block.quantize!(rows);
    const quantised = others.flatMap(outputsOf(int8, 3));
    expectClose(quantised, expected, 0.03);
    expect([...runBlock(int8, others)]).toEqual(quantised);
    const revived = learner.revive(block.state, featuresSpec(4));
    expect(others.flatMap(outputsOf(revived, 3))).toEqual(expected);
    const sketch = learner.sketch(featuresSpec(4), data.classes);
    expect(sketch.cpp.constBytes).toBe(block.cpp.constBytes);
  });

  it('needs no seed, and tells how it goes', async () => {
    const data = labelled(rows, plainClass);
    const losses: number[] = [];
    const onProgress = ({ loss }: { loss: number }) => losses.push(loss);
    const first = await logisticRegression().fit(data, featuresSpec(4), { seed: 1, onProgress });
    const second = await logisticRegression().fit(data, featuresSpec(4), { seed: 2 });
    expect(second.state).toEqual(first.state);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(first.report.epochs).toBe(losses.length);
  });

  it('gives sane answers for bad data, or says what is wrong', async () => {
    const learner = logisticRegression();
    const noisy = noisyRows(300, 5, 'bad');
    const spec = featuresSpec(5);
    const rare = labelled(noisy, (row) => (row[0]! > 2.3 ? 'rare' : 'common'));
    const block = await logisticRegression({ classWeights: 'balanced' }).fit(rare, spec, {});
    const found = noisy.filter((row) => row[0]! > 2.3).map((row) => outputsOf(block, 2)(row)[1]! > 0.5);
    expect(new Set(found)).toEqual(new Set([true]));
    const constant = noisy.map(() => Float32Array.of(1, 2, 3, 4, 5));
    const shares = await learner.fit({ ...rare, features: constant }, spec, {});
    const rarely = rare.labels.filter((label) => label === 1).length / 300;
    expect(outputsOf(shares, 2)(constant[0]!)[1]).toBeCloseTo(rarely, 4);
    const nan = { ...rare, features: noisy.map((row) => row.map((v, j) => (j === 1 ? Number.NaN : v))) };
    await expect(learner.fit(nan, spec, {})).rejects.toMatchObject({ code: 'BAD_DATA' });
    const single = labelled(noisy.slice(0, 1), () => 'a');
    await expect(learner.fit(single, spec, {})).rejects.toMatchObject({ code: 'ONE_CLASS' });
    const never = { ...rare, classes: ['common', 'rare', 'unseen'] };
    const three = await learner.fit(never, spec, {});
    expect(outputsOf(three, 3)(noisy[0]!)[2]).toBeLessThan(0.01);
    const aborted = learner.fit(rare, spec, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

it('goes down to the least of a stretched bowl', () => {
  const x = Float64Array.of(3, -2, 5);
  const bowl = (at: Float64Array, gradient: Float64Array): number => {
    const stretch = [1, 100, 1e4];
    at.forEach((v, i) => {
      gradient[i] = 2 * stretch[i]! * (v - i);
    });
    return at.reduce((sum, v, i) => sum + stretch[i]! * (v - i) ** 2, 0);
  };
  for (const value of minimise(bowl, x, 1e-9)) expect(value).toBeGreaterThanOrEqual(0);
  x.forEach((v, i) => {
    expect(v).toBeCloseTo(i, 8);
  });
});
