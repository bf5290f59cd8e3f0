import { describe, expect, it } from 'vitest';
import { conforms } from '../testing/conformance.js';
import { bindSignal, codeOf, goldenCases, hasReference, noise, runStage, stageOf } from '../testing/index.js';
import { spectral } from './spectral.js';

conforms({
  name: 'spectral',
  golden: 'spectral_analysis',
  version: 4,
  schema: spectral.schema,
  stage: bindSignal(spectral(), 250, ['x', 'y', 'z'], 62.5),
});

describe.skipIf(!hasReference)('spectral, labels of version 4', () => {
  it.each(goldenCases('spectral_analysis', 4).map((c) => [c.name, c] as const))('%s', (_name, c) => {
    const prefix = `${c.axes.at(-1)} `;
    const labels = stageOf(c).output.axes[0]!.labels!.filter((label) => label.startsWith(prefix));
    expect(labels.map((label) => label.slice(prefix.length))).toEqual(c.labels);
  });
});

describe('spectral', () => {
  const axes = ['x', 'y', 'z'];
  const bind = (options: Parameters<typeof spectral>[0], samples = 250) =>
    bindSignal(spectral(options), samples, axes, 62.5);

  it('puts the sets at a tenth of the rate after all axes', () => {
    const window = noise(750 * 3);
    const both = bind({ extraLowFrequency: true }, 750);
    const plain = runStage(bind({}, 750), window);
    expect(runStage(both, window).slice(0, plain.length)).toEqual(plain);
    expect(both.output.axes[0]!.labels![plain.length]).toBe('x RMS LF');
  });

  it('finds the bin of a tone', () => {
    const window = Float32Array.from({ length: 750 }, (_, i) =>
      i % 3 === 1 ? Math.sin((2 * Math.PI * 12.5 * Math.floor(i / 3)) / 62.5) : 0,
    );
    const one = runStage(bind({ fftLength: 64, log: false }), window).slice(37, 74);
    expect(one[0]).toBeCloseTo(Math.SQRT1_2, 2);
    const bins = one.slice(5);
    expect(bins.indexOf(Math.max(...bins)) + 1).toBe(Math.round((12.5 * 64) / 62.5));
  });

  it('refuses designs that cannot be', () => {
    const code = (options: Parameters<typeof spectral>[0]) => codeOf(() => bind(options));
    expect(code({ filter: 'low', cutoffHz: 31.25 })).toBe('BAD_OPTION');
    expect(code({ filter: 'high', cutoffHz: 0.001, filterOrder: 8 })).toBe('BAD_OPTION');
    expect(code({ filter: 'low', cutoffHz: 1 })).toBe('BAD_OPTION');
    expect(code({ filter: 'low', cutoffHz: 5, decimation: 10 })).toBe('BAD_OPTION');
    expect(code({ extraLowFrequency: true, fftLength: 64 })).toBe('SHAPE_MISMATCH');
    expect(code({ fftLength: 48 })).toBe('BAD_OPTION');
    expect(code({ filterOrder: 3 as never })).toBe('BAD_OPTION');
    expect(code({ decimation: 4 as never })).toBe('BAD_OPTION');
  });

  it('counts more work for longer windows and for optional steps', () => {
    const flops = (options: Parameters<typeof spectral>[0], samples = 250) => bind(options, samples).work.flop!;
    expect(flops({}, 500)).toBeGreaterThan(flops({}));
    expect(flops({ filter: 'low' })).toBeGreaterThan(flops({}));
    expect(flops({ extraLowFrequency: true })).toBeGreaterThan(flops({}));
    expect(flops({ overlap: false })).toBeLessThan(flops({}));
  });
});
