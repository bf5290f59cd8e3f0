import { describe, expect, it } from 'vitest';
import { channelsLast, FIXTURES, fixtureBytes, fixtureInput } from '../../compile/import/onnx/testing/fixtures.js';
import { onnx } from './onnx.js';

const labels = ['a', 'b', 'c', 'd', 'e'];
const fixture = FIXTURES.conv1d!;
const rows = fixture.values.map((_, row) => channelsLast(fixtureInput(fixture, row), fixture.input));
const input = {
  kind: 'signal',
  axes: [
    { name: 'time', size: 22 },
    { name: 'axis', size: 3 },
  ],
  rateHz: 22,
} as const;

describe('onnx', () => {
  it('is trained from the start, and gives the probabilities of PyTorch', async () => {
    const block = (await onnx(fixtureBytes('conv1d'), { labels })).trained(input);
    const scores = new Float32Array(5);
    rows.forEach((row, i) => {
      block.run(row, scores);
      fixture.values[i]!.forEach((logarithm, c) => {
        expect(scores[c]).toBeCloseTo(Math.exp(logarithm), 5);
      });
    });
    expect([block.dtype, block.labels]).toEqual(['f32', labels]);
  });

  it('can be quantised and deployed like a network of our own', async () => {
    const block = (await onnx(fixtureBytes('conv1d'), { labels })).trained(input).quantize!(rows);
    expect(block.dtype).toBe('int8');
    const scores = new Float32Array(5);
    block.run(rows[0]!, scores);
    fixture.values[0]!.forEach((logarithm, c) => {
      expect(Math.abs(scores[c]! - Math.exp(logarithm))).toBeLessThan(0.02);
    });
    expect(block.cpp.emit('Network').definition).toContain('conv2d');
    expect(block.tflite!().length).toBeGreaterThan(1000);
  });

  it('comes back from what is saved', async () => {
    const learner = await onnx(fixtureBytes('conv1d'), { labels });
    const { state } = learner.trained(input);
    const again = onnx.restore(learner.params, state).trained(input);
    const [a, b] = [new Float32Array(5), new Float32Array(5)];
    learner.trained(input).run(rows[1]!, a);
    again.run(rows[1]!, b);
    expect(b).toEqual(a);
  });

  it('asks for as many labels and features as the model has', async () => {
    await expect(onnx(fixtureBytes('conv1d'), { labels: ['a'] })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      where: 'onnx.labels',
    });
    const learner = await onnx(fixtureBytes('conv1d'), { labels });
    expect(() => learner.trained({ kind: 'features', axes: [{ name: 'feature', size: 7 }] })).toThrow(/7 features/);
  });
});
