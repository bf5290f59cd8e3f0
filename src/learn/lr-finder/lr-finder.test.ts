import { describe, expect, it } from 'vitest';
import type { TrainingSet } from '../../block.js';
import { featuresSpec } from '../../spec.js';
import { classifier } from '../classifier/classifier.js';
import { kMeans } from '../k-means/k-means.js';
import { seededRandom } from '../random.js';
import { rangeTest, steepest } from './lr-finder.js';

const input = featuresSpec(4);

function data(rows: number): TrainingSet {
  const { normal } = seededRandom(3, 'rows');
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 2);
  return {
    classes: ['a', 'b'],
    labels,
    groups: Array.from(labels, (_, i) => `${i}`),
    features: Array.from(labels, (label) => Float32Array.from({ length: 4 }, () => normal() + label)),
  };
}

describe('rangeTest', () => {
  it('raises the rate in even steps of its logarithm and suggests one that trains', async () => {
    const seen: number[] = [];
    const options = { minRate: 1e-4, maxRate: 1, steps: 60, onStep: (p: { loss: number }) => seen.push(p.loss) };
    const curve = await rangeTest(classifier(), data(200), input, options);
    const rates = curve.points.map((point) => point.learningRate);
    expect(rates[0]).toBeCloseTo(1e-4, 10);
    rates.slice(1).forEach((rate, i) => {
      expect(rate / rates[i]!).toBeCloseTo(1e4 ** (1 / 59), 6);
    });
    expect(seen).toEqual(curve.points.map((point) => point.loss));
    expect(curve.learningRate).toBeGreaterThan(5e-4);
    expect(curve.learningRate).toBeLessThan(0.5);
    const again = await rangeTest(classifier(), data(200), input, { ...options, onStep: undefined });
    expect(again).toEqual(curve);
  });

  it('ends early when the loss explodes', async () => {
    const curve = await rangeTest(classifier({ weightDecay: 0 }), data(200), input, { minRate: 0.001, maxRate: 100 });
    expect(curve.diverged).toBe(true);
    expect(curve.points.length).toBeLessThan(120);
    expect(curve.learningRate).toBeLessThan(1);
  });

  it('finds the steepest descent of a curve made by hand', () => {
    const loss = (rate: number) => 1 - 1 / (1 + (0.01 / rate) ** 2) + (rate > 0.3 ? rate : 0);
    const points = Array.from({ length: 100 }, (_, i) => 1e-4 * 1e4 ** (i / 99)).map((learningRate) => ({
      learningRate,
      loss: loss(learningRate),
      smoothed: loss(learningRate),
    }));
    expect(steepest(points)).toBeGreaterThan(0.008);
    expect(steepest(points)).toBeLessThan(0.0125);
  });

  it('can be stopped, and refuses learners without a rate and rates the wrong way round', async () => {
    const controller = new AbortController();
    const stopped = rangeTest(classifier(), data(100), input, {
      signal: controller.signal,
      onStep: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(rangeTest(kMeans(), data(20), input)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const wrong = rangeTest(classifier(), data(20), input, { minRate: 1, maxRate: 0.1 });
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(rangeTest(classifier(), { ...data(20), features: [] }, input)).rejects.toMatchObject({
      code: 'NO_DATA',
    });
  });
});
