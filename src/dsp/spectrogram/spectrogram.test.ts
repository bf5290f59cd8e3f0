import { describe, expect, it } from 'vitest';
import { conforms } from '../testing/conformance.js';
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
import { spectrogram } from './spectrogram.js';

type Options = Parameters<typeof spectrogram>[0];

const bind = (options: Options, samples = 8000, rateHz = 8000, axes = ['audio']) =>
  bindSignal(spectrogram(options), samples, axes, rateHz);

const tone = (hz: number, amplitude: number, samples = 8000, rateHz = 8000): Float32Array =>
  Float32Array.from({ length: samples }, (_, t) => amplitude * Math.cos((2 * Math.PI * hz * t) / rateHz));

conforms({ name: 'spectrogram', golden: 'spectrogram', version: 4, schema: spectrogram.schema, stage: bind({}) });

describe.skipIf(!hasReference)('spectrogram, golden cases of older versions', () => {
  const cases = [1, 2, 3].flatMap((version) => goldenCases('spectrogram', version));

  it('are all there', () => {
    if (hasReference) expect(cases.length).toBe(6);
  });

  it.each(cases.map((c) => [c.name, c] as const))('%s', (_name, c) => {
    expect(misfits(c, runStage(stageOf(c), inputOf(c)))).toEqual([]);
  });
});

describe('spectrogram', () => {
  it('gives frames by bins, with seconds and hertz', () => {
    const [frame, band] = bind({}).output.axes;
    expect(frame).toMatchObject({ size: 99, step: 0.01, unit: 's' });
    expect(band).toMatchObject({ size: 65, step: 62.5, unit: 'Hz' });
  });

  it('counts one frame less in version 1 where the last one fits exactly', () => {
    expect(bind({ version: 1 }).output.axes[0]!.size).toBe(98);
    expect(bind({ version: 2 }).output.axes[0]!.size).toBe(99);
    expect(bind({ version: 1 }, 8040).output.axes[0]!.size).toBe(98);
  });

  it('adds 6.02 dB where the signal doubles', () => {
    const x = noise(8000, 3).map((v) => 50 * v);
    const once = runStage(bind({}), x);
    const twice = runStage(
      bind({}),
      x.map((v) => 2 * v),
    );
    const step = (20 * Math.log10(2)) / 64;
    const above = [...once].map((v, i) => [v, twice[i]!] as const).filter(([v]) => v > 0);
    expect(above.length).toBeGreaterThan(6000);
    for (const [v, w] of above) expect(w - v).toBeCloseTo(step, 5);
  });

  it('shows a tone in its bin at the power of its amplitude', () => {
    const out = runStage(bind({ frameLengthMs: 16 }), tone(1000, 0.5));
    const db = 10 * Math.log10((0.25 * 0.25 * 128 * 128) / 128);
    for (let k = 0; k < 99; k++) {
      const row = [...out.slice(k * 65, k * 65 + 65)];
      expect(row.indexOf(Math.max(...row))).toBe(16);
      expect(row[16]).toBeCloseTo((db + 52) / 64, 5);
      expect(row.filter((v) => v > 0).length).toBe(1);
    }
  });

  it('puts a constant into bin 0 and the highest tone into the last', () => {
    const power = (amplitude: number): number => (10 * Math.log10(amplitude * amplitude * 128) + 52) / 64;
    for (const [x, bin] of [
      [new Float32Array(8000).fill(0.3), 0],
      [tone(4000, 0.3), 64],
    ] as const) {
      const row = [...runStage(bind({ frameLengthMs: 16 }), x).slice(0, 65)];
      expect(row[bin]).toBeCloseTo(power(0.3), 5);
      expect(row.filter((v) => v > 0).length).toBe(1);
    }
  });

  it('gives 0 for silence, whatever the version and the noise floor', () => {
    for (const version of [1, 2, 3, 4] as const) {
      const out = runStage(bind({ version, noiseFloorDb: -200 }), new Float32Array(8000));
      expect(out.every((v) => v === 0)).toBe(true);
    }
  });

  it('spans 0..1 in versions 1 and 2, unless the window is constant', () => {
    for (const version of [1, 2] as const) {
      for (const scale of [1e-9, 1, 32_767]) {
        const out = runStage(
          bind({ version }),
          noise(8000, 5).map((v) => scale * v),
        );
        expect([Math.min(...out), Math.max(...out)]).toEqual([0, 1]);
      }
    }
  });

  it('counts samples as fractions of 32768 in version 3 as soon as one is above 1', () => {
    const x = noise(8000, 9).map((v) => 32_767 * v);
    const scaled = runStage(
      bind({ version: 3 }),
      x.map((v) => v / 32_768),
    );
    const loud = runStage(bind({ version: 3 }), x);
    loud.forEach((v, i) => {
      expect(v).toBeCloseTo(scaled[i]!, 5);
    });
    const quiet = noise(8000, 9);
    expect(Math.max(...runStage(bind({ version: 3 }), quiet))).toBeGreaterThan(0.7);
    quiet[7999] = -1.01;
    expect(Math.max(...runStage(bind({ version: 3 }), quiet))).toBe(0);
    expect(Math.max(...runStage(bind({ version: 4 }), x))).toBeGreaterThan(1);
    expect(Math.max(...loud)).toBeLessThanOrEqual(1);
  });

  it('refuses what cannot meet', () => {
    expect(codeOf(() => bind({}, 8000, 8000, ['left', 'right']))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bind({}, 150))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bind({ frameStrideMs: 1 }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bind({ frameLengthMs: 0.375 }))).toBe('BAD_OPTION');
    expect(codeOf(() => bind({ frameStrideMs: 0.375 }))).toBe('BAD_OPTION');
    expect(codeOf(() => bind({ frameLengthMs: 0.5 }, 1000))).toBeUndefined();
    expect(codeOf(() => spectrogram({ fftLength: 100 }))).toBe('BAD_OPTION');
    expect(codeOf(() => spectrogram({ version: 5 as never }))).toBe('BAD_OPTION');
  });

  it('shows the power of every bin in decibels', () => {
    const x = tone(1000, 0.5);
    for (const version of [1, 4] as const) {
      const [window, power, features] = bind({ version, frameLengthMs: 16 }).views(x);
      expect([window!.name, power!.name, features!.name]).toEqual(['window', 'power spectrum', 'features']);
      expect(power!.spec.unit).toBe('dB');
      expect(power!.values[16]).toBeCloseTo(10 * Math.log10(0.25 * 0.25 * 128), 3);
    }
  });

  it('counts a logarithm per value, but in versions 1 and 2', () => {
    expect(bind({}).work.log).toBe(99 * 65);
    expect(bind({ version: 2 }).work.log).toBeUndefined();
    expect(bind({}).cpp.scratchBytes).toBe(512);
  });
});
