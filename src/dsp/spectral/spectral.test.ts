import { describe, expect, it } from 'vitest';
import { signalSpec, sizeOf } from '../../spec.js';
import { conforms, twins } from '../testing/conformance.js';
import {
  bindSignal,
  codeOf,
  goldenCases,
  hasReference,
  inputOf,
  misfits,
  noise,
  runStage,
  stageOf,
} from '../testing/index.js';
import { spectral } from './spectral.js';

conforms({
  name: 'spectral',
  golden: 'spectral_analysis',
  version: 4,
  schema: spectral.schema,
  stage: bindSignal(spectral(), 250, ['x', 'y', 'z'], 62.5),
});

const all = [1, 2, 3, 4].flatMap((version) => goldenCases('spectral_analysis', version));

describe.skipIf(!hasReference)('spectral, golden cases of versions 1 to 3', () => {
  it.each(all.filter((c) => c.implementationVersion < 4).map((c) => [c.name, c] as const))('%s', (_name, c) => {
    expect(misfits(c, runStage(stageOf(c), inputOf(c)))).toEqual([]);
  });
});

describe.skipIf(!hasReference)('spectral, labels', () => {
  it.each(all.map((c) => [c.name, c] as const))('%s', (_name, c) => {
    const prefix = `${c.axes.at(-1)} `;
    const labels = stageOf(c).output.axes[0]!.labels!.filter((label) => label.startsWith(prefix));
    expect(labels.map((label) => label.slice(prefix.length))).toEqual(c.labels);
  });
});

describe('spectral', () => {
  const axes = ['x', 'y', 'z'];
  type Options = NonNullable<Parameters<typeof spectral>[0]>;
  const bind = (options: Options, samples = 250) => bindSignal(spectral(options), samples, axes, 62.5);

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

  it('gives what silence and a constant have', () => {
    for (const value of [0, 9.81, -1e6]) {
      const out = runStage(bindSignal(spectral(), 51, ['x'], 62.5), new Float32Array(51).fill(value));
      expect([...out.slice(0, 5)]).toEqual([0, 0, -3, 0, -3]);
      for (const power of out.slice(5)) expect(power).toBeCloseTo(-10, 5);
    }
  });

  it('takes windows of one sample, and of odd lengths', () => {
    expect([...runStage(bindSignal(spectral({ log: false }), 1, ['x'], 62.5), Float32Array.of(3))]).toEqual([
      ...[0, 0, -3, 0, -3],
      ...new Array(8).fill(0),
    ]);
    for (const samples of [2, 7, 17, 129]) {
      expect([...runStage(bind({}, samples), noise(3 * samples))].every(Number.isFinite)).toBe(true);
    }
  });

  it('grows with the signal, whose shape stays', () => {
    const stage = bindSignal(spectral(), 125, ['x'], 62.5);
    const window = noise(125).map((v, i) => v + Math.sin(i / 5));
    const plain = runStage(stage, window);
    for (const factor of [1e-6, 0.01, 4, 1e9]) {
      const scaled = runStage(
        stage,
        window.map((v) => v * factor),
      );
      expect(scaled[0]! / factor).toBeCloseTo(plain[0]!, 5);
      for (const i of [1, 2, 3, 4]) expect(scaled[i]).toBeCloseTo(plain[i]!, 4);
      for (let i = 5; i < 13; i++) expect(scaled[i]! - 2 * Math.log10(factor)).toBeCloseTo(plain[i]!, 4);
    }
  });

  it('does not see a constant', () => {
    const stage = bindSignal(spectral(), 125, ['x'], 62.5);
    // Multiples of 1/64 stay exact beside 1000.
    const window = noise(125).map((v) => Math.round(v * 64) / 64);
    const plain = runStage(stage, window);
    const offset = runStage(
      stage,
      window.map((v) => v + 1000),
    );
    offset.forEach((v, i) => {
      expect(v).toBeCloseTo(plain[i]!, 4);
    });
  });

  it('has no statistics of the spectrum before version 4', () => {
    const window = noise(750);
    const [now, before] = [bind({}), bind({ version: 3 })].map((stage) => runStage(stage, window));
    expect(before!.length).toBe(33);
    expect(before).toEqual(now!.filter((_, i) => i % 13 !== 3 && i % 13 !== 4));
    expect(runStage(bind({ version: 2, analysis: 'wavelet' }), window)).toEqual(before);
  });

  it('shows the signal and its spectrum', () => {
    const window = noise(750);
    const stage = bind({ decimation: 3, fftLength: 32, log: false });
    const views = stage.views(window);
    expect(views.map(({ name }) => name)).toEqual(['window', 'signal without its mean', 'largest power', 'features']);
    const [, signal, power, features] = views;
    expect(signal!.spec).toEqual(signalSpec(84, axes, 62.5 / 3));
    expect(power!.spec.axes.map(({ size, unit }) => [size, unit])).toEqual([
      [3, undefined],
      [17, 'Hz'],
    ]);
    expect(power!.spec.axes[1]!.step).toBeCloseTo(62.5 / 3 / 32, 9);
    expect(power!.values.slice(17 + 1, 34)).toEqual(features!.values.slice(21 + 5, 42));
    for (const options of [{ analysis: 'wavelet' }, { version: 1 }] as const) {
      for (const view of bind(options).views(window)) expect(view.values.length).toBe(sizeOf(view.spec));
    }
  });

  it('links only what is used', () => {
    const pieces = (options: Options) => Object.keys(bind(options).cpp.codeBytes);
    expect(pieces({})).toEqual(['dsp/spectral', 'dsp/stats', 'dsp/spectrum', 'dsp/fft of 16', 'dsp/log']);
    expect(pieces({ log: false, fftLength: 32 })).toEqual(['dsp/spectral', 'dsp/stats', 'dsp/spectrum', 'dsp/fft']);
    expect(pieces({ analysis: 'wavelet', filter: 'low' })).toContain('dsp/butterworth in place');
    expect(pieces({ extraLowFrequency: true })).toContain('dsp/decimate');
    expect(bind({}).cpp.constBytes).toBe(0);
    expect(bind({}).cpp.scratchBytes).toBe(4 * 276);
  });

  twins([
    bind({}, 33),
    bind({ analysis: 'wavelet', wavelet: 'db3', waveletLevel: 2 }, 129),
    bind({ version: 1, peaks: 5 }, 50),
    bind({ extraLowFrequency: true, filter: 'low', fftLength: 8, cutoffHz: 5 }, 101),
  ]);

  it('refuses designs that cannot be', () => {
    const code = (options: Options) => codeOf(() => bind(options));
    expect(code({ filter: 'low', cutoffHz: 31.25 })).toBe('BAD_OPTION');
    expect(code({ filter: 'high', cutoffHz: 0.001, filterOrder: 8 })).toBe('BAD_OPTION');
    expect(code({ filter: 'low', cutoffHz: 1 })).toBe('BAD_OPTION');
    expect(code({ filter: 'low', cutoffHz: 5, decimation: 10 })).toBe('BAD_OPTION');
    expect(code({ extraLowFrequency: true, fftLength: 64 })).toBe('SHAPE_MISMATCH');
    expect(code({ fftLength: 48 })).toBe('BAD_OPTION');
    expect(code({ analysis: 'wavelet', waveletLevel: 3 })).toBe('SHAPE_MISMATCH');
    expect(code({ wavelet: 'db99' as never })).toBe('BAD_OPTION');
    expect(code({ filterOrder: 3 as never })).toBe('BAD_OPTION');
    expect(code({ decimation: 4 as never })).toBe('BAD_OPTION');
  });

  it('counts more work for longer windows and for optional steps', () => {
    const flops = (options: Options, samples = 250) => bind(options, samples).work.flop!;
    expect(flops({}, 500)).toBeGreaterThan(flops({}));
    expect(flops({ filter: 'low' })).toBeGreaterThan(flops({}));
    expect(flops({ extraLowFrequency: true })).toBeGreaterThan(flops({}));
    expect(flops({ overlap: false })).toBeLessThan(flops({}));
  });
});
