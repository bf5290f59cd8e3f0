import { describe, expect, it } from 'vitest';
import { conforms } from '../testing/conformance.js';
import { bindSignal, codeOf, noise, runStage } from '../testing/index.js';
import { mfcc } from './mfcc.js';

conforms({
  name: 'mfcc',
  golden: 'mfcc',
  version: 4,
  schema: mfcc.schema,
  stage: bindSignal(mfcc(), 16_000, ['audio'], 16_000),
});

describe('mfcc', () => {
  const stage = bindSignal(mfcc(), 16_000, ['audio'], 16_000);

  it('gives a spectrogram of frames by coefficients', () => {
    expect(stage.output.axes.map((axis) => axis.size)).toEqual([50, 13]);
  });

  it('gives 0 where all frames of a normalisation window are equal, but for the residue in coefficient 0', () => {
    const silent = runStage(stage, new Float32Array(16_000));
    expect([...silent].filter((_, i) => i % 13 !== 0).every((v) => v === 0)).toBe(true);
    expect(Math.max(...silent.map(Math.abs))).toBeLessThan(1e-3);
    const block = mfcc({ normalizationFrames: 11 });
    const padded = noise(16_000).map((v, t) => (t < 4000 ? Math.round(v * 20_000) : 0));
    const rows = runStage(bindSignal(block, 16_000, ['audio'], 16_000), padded);
    expect([...rows.slice(20 * 13)].every((v) => Math.abs(v) < 1e-3)).toBe(true);
    expect([...rows.slice(0, 10 * 13)].every((v) => v !== 0)).toBe(true);
  });

  it('has mean 0 and variance 1 per coefficient when the window covers whole mirrored periods', () => {
    const rows = runStage(
      bindSignal(mfcc({ normalizationFrames: 1001 }), 16_000, ['audio'], 16_000),
      noise(16_000).map((v) => v * 9000),
    );
    for (let j = 0; j < 13; j++) {
      const column = Array.from({ length: 50 }, (_, k) => rows[k * 13 + j]!);
      const mean = column.reduce((a, b) => a + b) / 50;
      expect(mean).toBeCloseTo(0, 2);
      expect(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 50).toBeCloseTo(1, 1);
    }
  });

  it('refuses what cannot meet', () => {
    const bind = (block: ReturnType<typeof mfcc>, names = ['audio']) =>
      codeOf(() => bindSignal(block, 16_000, names, 16_000));
    expect(bind(mfcc({ coefficients: 33 }))).toBe('BAD_OPTION');
    expect(bind(mfcc(), ['left', 'right'])).toBe('SHAPE_MISMATCH');
    expect(bind(mfcc({ frameLengthMs: 1100 }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => mfcc({ normalizationFrames: 100 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfcc({ preEmphasisShift: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfcc({ fftLength: 300 }))).toBe('BAD_OPTION');
  });

  it('counts the normalisation only when there is one', () => {
    const flops = (options: Parameters<typeof mfcc>[0]) =>
      bindSignal(mfcc(options), 16_000, ['audio'], 16_000).work.flop!;
    expect(flops({})).toBeGreaterThan(flops({ normalizationFrames: 0 }));
    expect(flops({ frameStrideMs: 10 })).toBeGreaterThan(flops({}));
  });
});
