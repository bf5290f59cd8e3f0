import { describe, expect, it } from 'vitest';
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
import { mfcc } from './mfcc.js';

conforms({
  name: 'mfcc',
  golden: 'mfcc',
  version: 4,
  schema: mfcc.schema,
  stage: bindSignal(mfcc(), 16_000, ['audio'], 16_000),
});

describe.skipIf(!hasReference)('mfcc, golden cases of older versions', () => {
  const cases = [1, 2, 3].flatMap((version) => goldenCases('mfcc', version));

  it('are there', () => {
    expect(new Set(cases.map((c) => c.implementationVersion)).size).toBe(3);
  });

  it.each(cases.map((c) => [`${c.implementationVersion} ${c.name}`, c] as const))('%s', (_name, c) => {
    expect(misfits(c, runStage(stageOf(c), inputOf(c)))).toEqual([]);
  });
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

describe('mfcc, versions and laws', () => {
  const bind = (options: Parameters<typeof mfcc>[0], samples = 8000) =>
    bindSignal(mfcc(options), samples, ['audio'], 8000);
  const plain = { normalizationFrames: 0 };
  const window = noise(8000).map((v, t) => Math.round(v * (500 + t)));

  it('has one frame less in version 1, and the filters of version 4 elsewhere', () => {
    expect(bind({ version: 1 }).output.axes[0]!.size).toBe(49);
    expect(bind({ version: 2 }).output.axes[0]!.size).toBe(50);
    const [two, three, four] = ([2, 3, 4] as const).map((version) => runStage(bind({ version }), window));
    expect(three).toEqual(two);
    expect(four).not.toEqual(three);
  });

  it('adds ln 4 to coefficient 0 when the sound is twice as loud, and leaves the others', () => {
    const out = runStage(bind(plain), window);
    const loud = runStage(
      bind(plain),
      window.map((v) => 2 * v),
    );
    loud.forEach((v, i) => {
      expect(v - out[i]!).toBeCloseTo(i % 13 === 0 ? Math.log(4) : 0, 4);
    });
  });

  it('does not care for loudness when normalised', () => {
    const out = runStage(bind({}), window);
    const loud = runStage(
      bind({}),
      window.map((v) => 8 * v),
    );
    loud.forEach((v, i) => {
      expect(Math.abs(v - out[i]!)).toBeLessThan(2e-5);
    });
  });

  it('gives the energy of the frame as coefficient 0, bands outside the filters included', () => {
    const out = runStage(
      bind({ ...plain, preEmphasis: 0, frameLengthMs: 32, lowHz: 1000, highHz: 2000, filters: 8, coefficients: 2 }),
      window,
    );
    const power = window.slice(0, 256).reduce((sum, v) => sum + v * v, 0);
    const edges = [
      window.slice(0, 256).reduce((a, v) => a + v, 0),
      window.slice(0, 256).reduce((a, v, i) => a + (i % 2 ? -v : v), 0),
    ];
    // Parseval: the powers of bins 0..N/2, half of the whole spectrum and its two real bins once more.
    const energy = power / 2 + edges.reduce((a, v) => a + v * v, 0) / 512;
    expect(out[0]).toBeCloseTo(Math.log(energy), 4);
  });

  it('is ln 1e-10 in silence, constant, and finite at full scale', () => {
    const silent = runStage(bind(plain), new Float32Array(8000));
    expect(silent[0]).toBeCloseTo(Math.log(1e-10), 5);
    expect(Math.abs(silent[1]!)).toBeLessThan(1e-5);
    const square = runStage(
      bind({}),
      Float32Array.from({ length: 8000 }, (_, t) => (t % 16 < 8 ? 32_767 : -32_768)),
    );
    expect([...square].every(Number.isFinite)).toBe(true);
  });

  it('has an energy of exactly 0 in bin 0 where samples sum up to c times the sum of those before them', () => {
    const options = { ...plain, fftLength: 64, frameLengthMs: 8, filters: 12, coefficients: 12 };
    // x[0..63] have the sum 49 n, x[-1..62] 50 n.
    const level = (n: number): Float32Array => {
      const x = noise(8000, n).map((v) => Math.round(v * 900));
      x[7999] = x[63]! + n;
      x[1]! += 49 * n - x.slice(0, 64).reduce((a, b) => a + b);
      return x;
    };
    for (const n of [0, 1, -1, 7, 100]) {
      const x = level(n);
      const moved = x.map((v, i) => (i === 63 ? v + 1 : v));
      const fixed = { ...options, arithmetic: 'fixed' as const };
      const [zero, one] = [runStage(bind(options), x), runStage(bind(options), moved)];
      const first = (Math.log(1 / 64) - Math.log(1e-10)) * Math.sqrt(2 / 12) * Math.cos(Math.PI / 24);
      expect(one[1]! - zero[1]!).toBeCloseTo(first, 1);
      expect(Math.abs(runStage(bind(fixed), x)[1]! - zero[1]!)).toBeLessThan(2e-3);
      expect(Math.abs(runStage(bind(fixed), moved)[1]! - one[1]!)).toBeLessThan(2e-3);
    }
  });

  it('takes a single frame, which has no deviation', () => {
    const one = bind({ frameLengthMs: 100 }, 800);
    expect(one.output.axes[0]!.size).toBe(1);
    expect([...runStage(one, window.slice(0, 800))].slice(1).every((v) => v === 0)).toBe(true);
  });

  twins(
    [
      bind({ version: 1, normalizationFrames: 11 }),
      bind({ version: 3, fftLength: 64, filters: 12, coefficients: 12, preEmphasis: 0 }),
      bind({ frameLengthMs: 20.125, normalizationFrames: 301, preEmphasisShift: 3 }),
      bind({ fftLength: 64, filters: 12, coefficients: 12, frameLengthMs: 7.875 }),
      bind({ fftLength: 64, filters: 12, coefficients: 12, preEmphasis: -0.7, preEmphasisShift: 2 }),
      bind({ frameLengthMs: 60, fftLength: 512, normalizationFrames: 51, preEmphasisShift: 8000 }),
      bind({ frameLengthMs: 999, fftLength: 8, filters: 2, coefficients: 2, normalizationFrames: 1 }),
    ],
    [{ stage: bind({}), window }],
  );
});
