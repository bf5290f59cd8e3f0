// Groups of recordings on their way into training and evaluation.
import { describe, expect, it } from 'vitest';
import type { LearningBlock, TrainedBlock, TrainingSet } from '../block.js';
import type { Sample } from '../data/index.js';
import { flatten } from '../dsp/index.js';
import { classScore } from '../metrics/index.js';
import { featuresSpec, type Kind } from '../spec.js';
import { impulse, motion } from './index.js';

const wrist = motion({ axes: ['x'], rateHz: 50, windowMs: 1000, strideMs: 500 });

function recording(label: string, subject: string | undefined): Sample {
  const values = Float32Array.from({ length: 100 }, (_, t) => (label === 'busy' ? 4 : 1) * Math.sin(t));
  const metadata = subject === undefined ? {} : { metadata: { subject } };
  return { id: `${label}.${subject}`, label, signal: { rateHz: 50, axes: ['x'], values }, ...metadata };
}
const samples = ['ann', 'bob', undefined].flatMap((subject) => [
  recording('busy', subject),
  recording('calm', subject),
]);

/** Keeps what it is trained on, and always says "busy". */
function parrot(): { block: LearningBlock<Kind>; seen: TrainingSet[] } {
  const seen: TrainingSet[] = [];
  const labels = ['busy', 'calm'];
  const trained = {
    type: 'parrot',
    answers: 'classes',
    dtype: 'f32',
    labels,
    report: {},
    input: featuresSpec(7),
    output: { kind: 'scores', axes: [{ name: 'class', size: 2, labels }] },
    run: (_x: Float32Array, out: Float32Array) => out.set([0.75, 0.25]),
    work: {},
    state: { json: {}, arrays: {} },
    score: classScore.bind(undefined, labels),
  } as unknown as TrainedBlock;
  const block = {
    role: 'learn',
    type: 'parrot',
    version: 1,
    params: {},
    schema: {},
    fit: async (data: TrainingSet) => {
      seen.push(data);
      return trained;
    },
    sketch: () => trained,
    revive: () => trained,
    with: () => block,
  } as LearningBlock<Kind>;
  return { block, seen };
}

describe('groups', () => {
  it('keep recordings together in training: by recording, by metadata, by a function', async () => {
    const { block, seen } = parrot();
    const design = impulse({ input: wrist, dsp: flatten(), learn: block });
    await design.fit(samples);
    await design.fit(samples, { group: 'subject' });
    await design.fit(samples, { group: ({ label }) => label });
    // Three windows of each recording.
    const groups = seen.map((data) => data.groups.filter((_, i) => i % 3 === 0));
    expect(groups[0]).toEqual(samples.map(({ id }) => id));
    expect(groups[1]).toEqual(['ann', 'ann', 'bob', 'bob', 'busy.undefined', 'calm.undefined']);
    expect(groups[2]).toEqual(['busy', 'calm', 'busy', 'calm', 'busy', 'calm']);
    await expect(design.fit(samples, { group: 'speaker' })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      where: 'fit.group',
      expected: 'one of "subject", or a function',
    });
  });

  it('and places in time are known of every window of an evaluation', async () => {
    const model = await impulse({ input: wrist, dsp: flatten(), learn: parrot().block }).fit(samples);
    const { accuracy, learners } = await model.evaluate(samples, { group: 'subject', confidence: 0.8 });
    expect(accuracy).toBe(0.5);
    const { groups, results, mistakes, classification } = learners.learn!;
    expect(Object.keys(groups!)).toEqual(['ann', 'bob']);
    expect(groups!.ann).toMatchObject({ accuracy: 0.5, windows: 6 });
    expect(results.slice(0, 3).map(({ sample, startMs }) => [sample, startMs])).toEqual([
      ['busy.ann', 0],
      ['busy.ann', 500],
      ['busy.ann', 1000],
    ]);
    expect(mistakes[0]).toMatchObject({
      sample: 'calm.ann',
      truth: 'calm',
      predicted: 'busy',
      group: 'ann',
      startMs: 0,
    });
    expect(classification!.certain).toMatchObject({ uncertain: 18, accuracy: 0, accuracyOfAll: 0 });
    await expect(model.evaluate(samples, { confidence: 2 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(model.evaluate(samples, { group: 'speaker' })).rejects.toMatchObject({ where: 'evaluate.group' });
  });
});
