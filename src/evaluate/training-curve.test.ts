import { expect, it } from 'vitest';
import type { FitProgress } from '../block.js';
import { trainingCurve } from './training-curve.js';

const step = (epoch: number, changes: Partial<FitProgress> = {}): FitProgress => ({
  learner: 'learn',
  epoch,
  epochs: 4,
  loss: 2 / epoch,
  accuracy: 0.2 * epoch,
  valLoss: 2.5 / epoch,
  valAccuracy: 0.15 * epoch,
  remainingMs: (4 - epoch) * 1500,
  ...changes,
});

const corners = (html: string): number[] =>
  [...html.matchAll(/points="([^"]*)"/g)].map(([, points]) => points!.split(' ').length);

it('draws one point more per epoch, and says how far it is', () => {
  const shown: string[] = [];
  const curve = trainingCurve({ html: (text) => shown.push(text) });
  for (const epoch of [1, 2, 3, 4]) curve.onProgress(step(epoch));
  // The first at once, the last in any case; those in between when time has passed.
  expect(shown.length).toBeGreaterThanOrEqual(2);
  expect(corners(shown[0]!)).toEqual([1, 1, 1, 1]);
  expect(corners(shown.at(-1)!)).toEqual([4, 4, 4, 4]);
  expect(shown[0]).toContain('epoch 1 of 4, 5 s left');
  expect(curve.toHtml()).toBe(shown.at(-1));
});

it('leaves out what a learner does not know, keeps learners apart and escapes their names', () => {
  const curve = trainingCurve();
  const unknown = { accuracy: Number.NaN, valAccuracy: Number.NaN };
  curve.onProgress(step(1, { learner: '<b>', ...unknown }));
  curve.onProgress(step(2, { learner: '<b>', ...unknown, valLoss: Number.NaN }));
  curve.onProgress(step(1));
  expect(corners(curve.toHtml())).toEqual([2, 1, 1, 1, 1, 1]);
  expect(curve.toHtml()).not.toContain('<b>');
});

it('starts over with a new training', () => {
  const curve = trainingCurve();
  for (const epoch of [1, 2, 1]) curve.onProgress(step(epoch));
  expect(corners(curve.toHtml())).toEqual([1, 1, 1, 1]);
});
