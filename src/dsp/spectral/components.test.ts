import { describe, expect, it } from 'vitest';
import { bindSignal, hasReference, noise, readReference, runStage } from '../testing/index.js';
import { spectral } from './spectral.js';

/** Features by name of one axis without decomposition: the window less its mean. */
function describeWindow(x: Float32Array): Record<string, number> {
  const stage = bindSignal(spectral({ analysis: 'wavelet', waveletLevel: 0 }), x.length, ['x'], 100);
  const names = stage.output.axes[0]!.labels!.map((label) => label.replace('x L0-', ''));
  return Object.fromEntries([...runStage(stage, x)].map((v, i) => [names[i]!, v]));
}

describe('statistics of a component', () => {
  it('of a ramp', () => {
    const got = describeWindow(Float32Array.from({ length: 101 }, (_, i) => i));
    expect(got).toMatchObject({ median: 0, n5: -45, n25: -25, n75: 25, n95: 45, mean: 0, skew: 0 });
    expect(got.zcross).toBeCloseTo(1 / 101, 6);
    expect(got.mcross).toBeCloseTo(1 / 101, 6);
    // Every bin holds one value, the last one two.
    expect(got.entropy).toBeCloseTo(-(99 / 101) * Math.log(1 / 101) - (2 / 101) * Math.log(2 / 101), 5);
    expect(got.std).toBeCloseTo(Math.sqrt((101 ** 2 - 1) / 12), 4);
    expect(got.var).toBeCloseTo((got.std! ** 2 * 101) / 100, 2);
    expect(got.kurtosis).toBeCloseTo(-1.2 * ((101 ** 2 + 1) / (101 ** 2 - 1)), 4);
  });

  it('of silence', () => {
    for (const v of Object.values(describeWindow(new Float32Array(64).fill(7)))) expect(v).toBe(0);
  });

  it('grow with the signal, or not', () => {
    const x = noise(200);
    const plain = describeWindow(x);
    const scaled = describeWindow(x.map((v) => v * 8));
    for (const name of ['n5', 'n25', 'n75', 'n95', 'median', 'mean', 'std', 'rms']) {
      expect(scaled[name]!).toBeCloseTo(8 * plain[name]!, 5);
    }
    for (const name of ['entropy', 'zcross', 'mcross', 'skew', 'kurtosis']) expect(scaled[name]).toBe(plain[name]);
    expect(scaled.var).toBeCloseTo(64 * plain.var!, 4);
  });

  it.skipIf(!hasReference)('are those of the reference', () => {
    const { input, order, output } = readReference('stages.json').waveletStats as {
      input: number[];
      order: string[];
      output: number[];
    };
    const got = describeWindow(Float32Array.from(input));
    // Here the mean is taken off first.
    const mean = output[order.indexOf('mean')]!;
    for (const name of ['entropy', 'mcross', 'std', 'var', 'skew', 'kurtosis']) {
      expect(got[name], name).toBeCloseTo(output[order.indexOf(name)]!, 5);
    }
    for (const name of ['n5', 'n25', 'n75', 'n95', 'median']) {
      expect(got[name], name).toBeCloseTo(output[order.indexOf(name)]! - mean, 5);
    }
  });
});
