import { describe, expect, it } from 'vitest';
import { conforms } from '../testing/conformance.js';
import { bindSignal, codeOf, noise, runStage } from '../testing/index.js';
import { flatten } from './flatten.js';

conforms({
  name: 'flatten',
  golden: 'flatten',
  version: 1,
  schema: flatten.schema,
  stage: bindSignal(flatten(), 100, ['accX', 'accY'], 50),
});

describe('flatten', () => {
  const axes = ['accX', 'accY'];
  const stage = bindSignal(flatten(), 100, axes, 50);

  it('names its features by axis and statistic', () => {
    const { output } = bindSignal(
      flatten({ minimum: false, maximum: false, skewness: false, kurtosis: false }),
      9,
      axes,
      50,
    );
    const names = ['Average', 'RMS', 'Stdev'];
    expect(output.axes[0]!.labels).toEqual(axes.flatMap((axis) => names.map((name) => `${axis} ${name}`)));
  });

  it.each([2.5, -2.5, 0])('scales statistics as if the window had been scaled by %s', (scale) => {
    const window = noise(200);
    const scaled = runStage(
      stage,
      window.map((v) => v * scale),
    );
    runStage(bindSignal(flatten({ scale }), 100, axes, 50), window).forEach((value, i) => {
      expect(value).toBeCloseTo(scaled[i]!, 5);
    });
  });

  it('keeps its digits when a small motion rides on a large constant', () => {
    const one = bindSignal(flatten(), 1000, ['x'], 50);
    const motion = noise(1000).map((v) => Math.round(v * 64) / 64);
    const centred = runStage(one, motion);
    const offset = runStage(
      one,
      motion.map((v) => v + 100_000),
    );
    for (const i of [4, 5, 6]) expect(offset[i]).toBeCloseTo(centred[i]!, 6);
  });

  it('refuses to compute nothing', () => {
    const nothing = flatten({
      average: false,
      minimum: false,
      maximum: false,
      rms: false,
      stdev: false,
      skewness: false,
      kurtosis: false,
    });
    expect(codeOf(() => bindSignal(nothing, 10, axes, 50))).toBe('BAD_OPTION');
  });

  it('counts more work for longer windows and more statistics', () => {
    const flops = (block: ReturnType<typeof flatten>, samples: number) =>
      bindSignal(block, samples, axes, 50).work.flop!;
    expect(flops(flatten(), 200)).toBeGreaterThan(flops(flatten(), 100));
    expect(flops(flatten(), 100)).toBeGreaterThan(flops(flatten({ kurtosis: false, skewness: false }), 100));
  });
});
