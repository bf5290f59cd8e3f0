import { describe, expect, it } from 'vitest';
import { conforms, twins } from '../testing/conformance.js';
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

  it('gives what a constant and a single step have', () => {
    const constant = runStage(bindSignal(flatten(), 77, ['x'], 50), new Float32Array(77).fill(-0.1));
    const v = Math.fround(-0.1);
    expect([...constant]).toEqual([v, v, v, -v, 0, 0, -3]);
    expect([...runStage(bindSignal(flatten(), 1, axes, 50), Float32Array.of(3, 0))]).toEqual([
      ...[3, 3, 3, 3, 0, 0, -3],
      ...[0, 0, 0, 0, 0, 0, -3],
    ]);
  });

  it('grows with the signal, whose shape stays', () => {
    const one = bindSignal(flatten(), 1001, ['x'], 50);
    const window = noise(1001).map((v) => v * v * v + 0.2);
    const plain = runStage(one, window);
    for (const factor of [1e-9, 0.125, 3, 1e15]) {
      const scaled = runStage(
        one,
        window.map((v) => v * factor),
      );
      for (const i of [0, 1, 2, 3, 4]) expect(scaled[i]! / factor).toBeCloseTo(plain[i]!, 6);
      for (const i of [5, 6]) expect(scaled[i]!).toBeCloseTo(plain[i]!, 5);
    }
  });

  twins([bindSignal(flatten(), 33, axes, 50), bindSignal(flatten({ log: true, scale: -0.5 }), 70, ['x'], 50)]);

  it('keeps its digits when a small motion rides on a large constant', () => {
    const one = bindSignal(flatten(), 1000, ['x'], 50);
    const motion = noise(1000).map((v) => Math.round(v * 64) / 64);
    const centred = runStage(one, motion);
    const offset = runStage(
      one,
      motion.map((v) => v + 100_000),
    );
    for (const i of [4, 5, 6]) expect(offset[i]).toBeCloseTo(centred[i]!, 5);
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
