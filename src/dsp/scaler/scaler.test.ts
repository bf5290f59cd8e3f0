import { describe, expect, it } from 'vitest';
import { featuresSpec, spectrogramSpec } from '../../spec.js';
import { conforms, twins } from '../testing/conformance.js';
import { codeOf, noise, runStage } from '../testing/index.js';
import { scaler } from './scaler.js';

const fitted = scaler({ mean: [1, -2, 3], deviation: [2, 0.5, 0] });

conforms({ name: 'scaler', schema: scaler.schema, stage: fitted.bind(spectrogramSpec(5, 3, 0.01)) });

describe('scaler', () => {
  twins([
    fitted.bind(spectrogramSpec(5, 3, 0.01)),
    fitted.bind(featuresSpec(3)),
    scaler({ per: 'all', mean: [7], deviation: [3] }).bind(featuresSpec(6)),
  ]);

  it('subtracts the mean and divides by the deviation of each band; a constant band stays at 0', () => {
    const out = runStage(fitted.bind(spectrogramSpec(2, 3, 0.01)), Float32Array.of(3, -1, 3, 1, -2, 4));
    expect([...out]).toEqual([1, 2, 0, 0, 0, 1]);
  });

  it.each([
    ['band', 3, 16],
    ['feature', 12, 4],
    ['all', 1, 48],
  ] as const)('learns per %s: what it then gives has mean 0 and deviation 1', (per, scales, count) => {
    const spec = spectrogramSpec(4, 3, 0.01);
    const all = noise(48).map((v, i) => 40 * v + 100 * (i % 3));
    const windows = [0, 12, 24, 36].map((at) => all.slice(at, at + 12));
    const block = scaler<'spectrogram'>({ per }).fit!(spec, windows);
    expect(block.params.mean).toHaveLength(scales);
    const values = windows.map((x) => runStage(block.bind(spec), x));
    const group = values.flatMap((row) => [...row].filter((_, i) => i % scales === 0));
    const mean = group.reduce((a, b) => a + b, 0) / group.length;
    expect(group).toHaveLength(count);
    expect(mean).toBeCloseTo(0, 4);
    expect(group.reduce((a, b) => a + (b - mean) ** 2, 0) / group.length).toBeCloseTo(1, 4);
  });

  it('keeps what it was given', () => {
    const block = scaler<'features'>({ mean: [5, 5] }).fit!(featuresSpec(2), [
      Float32Array.of(1, 2),
      Float32Array.of(3, 2),
    ]);
    expect(block.params).toMatchObject({ mean: [5, 5], deviation: [1, 0] });
  });

  it('does not blow up the rounding of a constant', () => {
    const block = scaler<'features'>().fit!(featuresSpec(1), [Float32Array.of(981), Float32Array.of(981.0001)]);
    expect(block.params.deviation).toEqual([0]);
  });

  it('says what to do when it has learnt nothing', () => {
    const stage = scaler().bind(featuresSpec(2));
    expect(codeOf(() => stage.run(new Float32Array(2), new Float32Array(2)))).toBe('BAD_OPTION');
    expect(() => stage.run(new Float32Array(2), new Float32Array(2))).toThrow(/Train the impulse/);
    expect(codeOf(() => fitted.bind(featuresSpec(4)))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => scaler({ deviation: [-1] }))).toBe('BAD_OPTION');
    expect(codeOf(() => scaler({ mean: [Number.NaN] }))).toBe('BAD_OPTION');
    expect(codeOf(() => scaler().fit!(featuresSpec(2), []))).toBe('NO_DATA');
  });
});
