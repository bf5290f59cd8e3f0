import { describe, expect, it } from 'vitest';
import type { Answers, TrainedBlock } from '../block.js';
import { predictionOf } from './prediction.js';

/** Stands in for a learner: predictions look at its answers and labels only. */
const learner = (name: string, answers: Answers, labels: readonly string[] = []) => ({
  name,
  block: { answers, labels } as unknown as TrainedBlock,
});

describe('predictionOf', () => {
  it('says what each learner means, and the first of every kind at the top', () => {
    const learners = [
      learner('level', 'value'),
      learner('state', 'classes', ['off', 'on']),
      learner('later', 'classes', ['a', 'b']),
      learner('odd', 'anomaly'),
    ];
    const outputs = {
      level: Float32Array.of(2.5),
      state: Float32Array.of(0.25, 0.75),
      later: Float32Array.of(1, 0),
      odd: Float32Array.of(-3),
    };
    const state = { label: 'on', scores: { off: 0.25, on: 0.75 } };
    expect(predictionOf(learners, outputs)).toEqual({
      ...state,
      value: 2.5,
      anomaly: -3,
      learners: {
        level: { value: 2.5 },
        state,
        later: { label: 'a', scores: { a: 1, b: 0 } },
        odd: { anomaly: -3 },
      },
    });
  });
});
