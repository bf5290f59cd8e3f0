import { describe, expect, it } from 'vitest';
import { featuresSpec, spectrogramSpec } from '../../spec.js';
import { conv1d, dense } from '../layers.js';
import { runBlock } from '../testing/run-block.js';
import { labelled, noisyRows, outputsOf } from '../testing/tabular-data.js';
import { regression } from './regression.js';

const rows = noisyRows(300, 5, 'training');
const unseen = noisyRows(200, 5, 'testing');
/** A value far from 0 and of a large unit. */
const levelOf = (row: Float32Array): number => Math.round(5000 + 300 * row[0]! - 20 * Math.abs(row[1]!));
const spec = featuresSpec(5);
const learner = regression({ epochs: 40 });

describe('regression', () => {
  it('predicts in the unit of the labels, float and int8, in both languages', async () => {
    const block = await learner.fit(labelled(rows, levelOf), spec, {});
    const truth = unseen.map((row) => String(levelOf(row)));
    const outputs = unseen.map((row) => Float32Array.from(outputsOf(block, 1)(row)));
    const { r2, mae } = block.score(outputs, truth).regression!;
    expect(r2).toBeGreaterThan(0.9);
    expect(block.report.valMae).toBeGreaterThan(mae / 2);
    expect(block.report.valMae).toBeLessThan(mae * 2);
    expect(block.report.valMse).toBeGreaterThanOrEqual(block.report.valMae! ** 2);
    const inCpp = runBlock(block, unseen);
    outputs.forEach(([value], i) => {
      expect(Math.abs(inCpp[i]! - value!) / value!).toBeLessThan(1e-5);
    });

    const int8 = block.quantize!(rows);
    const quantised = unseen.map((row) => Float32Array.from(outputsOf(int8, 1)(row)));
    expect(int8.score(quantised, truth).regression!.r2).toBeGreaterThan(0.87);
    expect([...runBlock(int8, unseen)]).toEqual(quantised.map(([value]) => value));
    const revived = learner.revive(block.state, spec);
    expect(unseen.map((row) => outputsOf(revived, 1)(row))).toEqual(outputs.map((row) => [...row]));
    expect(learner.sketch(spec, []).cpp.constBytes).toBe(block.cpp.constBytes);
  });

  it('gives the same bytes for the same seed', async () => {
    const short = regression({ epochs: 3 });
    const attempt = (seed: number) => short.fit(labelled(rows, levelOf), spec, { seed });
    const [a, b, c] = [await attempt(1), await attempt(1), await attempt(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state).not.toEqual(a.state);
  });

  it('learns from spectrograms as they are', async () => {
    const frames = spectrogramSpec(8, 3, 0.02);
    const images = noisyRows(120, 24, 'frames').map((row) => row.map((v) => v / 10 + 3));
    const sum = (row: Float32Array): number => Math.round(100 * row.reduce((a, b) => a + b)) / 100;
    const block = await regression({ layers: [conv1d(8, 3)], epochs: 60 }).fit(labelled(images, sum), frames, {});
    const outputs = images.map((row) => Float32Array.from(outputsOf(block, 1)(row)));
    expect(
      block.score(
        outputs,
        images.map((row) => String(sum(row))),
      ).regression!.r2,
    ).toBeGreaterThan(0.8);
  });

  it('says what is wrong, or gives a sane answer', async () => {
    const attempt = (features: Float32Array[], labelOf: (row: Float32Array) => unknown) =>
      regression({ epochs: 3, layers: [dense(4)] }).fit(labelled(features, labelOf), spec, {});
    await expect(attempt(rows, (row) => (row[0]! > 0 ? 'up' : 'down'))).rejects.toMatchObject({ code: 'BAD_LABEL' });
    await expect(attempt(rows, () => '')).rejects.toMatchObject({ code: 'BAD_LABEL' });
    await expect(attempt(rows, () => 7)).rejects.toMatchObject({ code: 'ONE_CLASS' });
    await expect(attempt(rows.slice(0, 1), levelOf)).rejects.toMatchObject({ code: 'ONE_CLASS' });
    await expect(attempt([], levelOf)).rejects.toMatchObject({ code: 'NO_DATA' });
    const broken = [...rows.slice(1), Float32Array.of(1, 2, 3, Number.NaN, 5)];
    await expect(attempt(broken, () => Math.random())).rejects.toMatchObject({ code: 'BAD_DATA' });
    const constant = rows.map(() => Float32Array.of(1, 2, 3, 4, 5));
    let next = 0;
    const block = await attempt(constant, () => next++ % 2);
    expect(Math.abs(outputsOf(block, 1)(constant[0]!)[0]! - 0.5)).toBeLessThan(0.5);
    expect(() => regression({ layers: [] as never, epochs: 0 })).toThrow(/BAD_OPTION/);
  });
});
