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
import { mfe } from './mfe.js';

conforms({
  name: 'mfe',
  golden: 'mfe',
  version: 4,
  schema: mfe.schema,
  stage: bindSignal(mfe(), 16_000, ['audio'], 16_000),
});

describe.skipIf(!hasReference)('mfe, golden cases of older versions', () => {
  const cases = [1, 2, 3].flatMap((version) => goldenCases('mfe', version));

  it('are there', () => {
    expect(new Set(cases.map((c) => c.implementationVersion)).size).toBe(3);
  });

  it.each(cases.map((c) => [`${c.implementationVersion} ${c.name}`, c] as const))('%s', (_name, c) => {
    expect(misfits(c, runStage(stageOf(c), inputOf(c)))).toEqual([]);
  });
});

describe('mfe', () => {
  const stage = bindSignal(mfe(), 16_000, ['audio'], 16_000);

  it('gives a spectrogram of frames by filters', () => {
    expect(stage.output.kind).toBe('spectrogram');
    expect(stage.output.axes.map((axis) => axis.size)).toEqual([99, 40]);
    expect(stage.output.axes[0]!.step).toBeCloseTo(0.01);
  });

  it('gives codes of 8 bits that do not wrap when the sound is as loud as can be', () => {
    const loud = Float32Array.from({ length: 16_000 }, (_, t) => 32_767 * Math.sign(Math.sin(1.2 * t)));
    const codes = runStage(stage, loud).map((v) => v * 256);
    expect(codes.every((q) => Number.isInteger(q) && q >= 0 && q <= 255)).toBe(true);
    expect(Math.max(...codes)).toBe(255);
  });

  it('answers a tone in the filter that covers it', () => {
    const peakOf = (hz: number): number => {
      const tone = Float32Array.from({ length: 16_000 }, (_, t) =>
        Math.round(3000 * Math.sin((2 * Math.PI * hz * t) / 16_000)),
      );
      const row = [...runStage(stage, tone).slice(400, 440)];
      return row.indexOf(Math.max(...row));
    };
    const peaks = [300, 1000, 2500, 6000].map(peakOf);
    expect(peaks).toEqual([...peaks].sort((a, b) => a - b));
    expect(new Set(peaks).size).toBe(4);
  });

  it('refuses what cannot meet', () => {
    const bind = (block: ReturnType<typeof mfe>, samples = 16_000, names = ['audio']) =>
      codeOf(() => bindSignal(block, samples, names, 16_000));
    expect(bind(mfe(), 16_000, ['left', 'right'])).toBe('SHAPE_MISMATCH');
    expect(bind(mfe(), 300)).toBe('SHAPE_MISMATCH');
    expect(bind(mfe({ frameStrideMs: 1 }))).toBe('SHAPE_MISMATCH');
    expect(bind(mfe({ filters: 120 }))).toBe('SHAPE_MISMATCH');
    expect(bind(mfe({ highHz: 8001 }))).toBe('BAD_OPTION');
    expect(bind(mfe({ lowHz: 3000, highHz: 2000 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfe({ fftLength: 200 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfe({ filters: 1 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfe({ filters: 20.5 }))).toBe('BAD_OPTION');
    expect(codeOf(() => mfe({ frames: 3 } as never))).toBe('UNKNOWN_OPTION');
    expect(codeOf(() => mfe().output({ ...signalSpec(10, ['x'], 10), kind: 'image' } as never))).toBe('SHAPE_MISMATCH');
  });

  it('binds every combination the tuner may try on one second at 16 kHz', () => {
    const { frameLengthMs, frameStrideMs, filters, fftLength, lowHz, noiseFloorDb } = mfe.schema;
    for (const f of filters.tune!) {
      for (const n of fftLength.tune!) {
        const block = mfe({
          filters: f,
          fftLength: n,
          frameLengthMs: frameLengthMs.tune![0],
          frameStrideMs: frameStrideMs.tune!.at(-1),
          lowHz: lowHz.tune![0],
          noiseFloorDb: noiseFloorDb.tune![0],
        });
        expect(sizeOf(bindSignal(block, 16_000, ['audio'], 16_000).output)).toBeGreaterThan(0);
      }
    }
  });

  it('counts more work for longer windows, longer transforms and more filters', () => {
    const flops = (options: Parameters<typeof mfe>[0], samples = 16_000) =>
      bindSignal(mfe(options), samples, ['audio'], 16_000).work.flop!;
    expect(flops({}, 32_000)).toBeGreaterThan(flops({}));
    expect(flops({ fftLength: 512 })).toBeGreaterThan(flops({}));
    expect(bindSignal(mfe({ filters: 32 }), 16_000, ['audio'], 16_000).work.log).toBe(99 * 32);
  });

  it('needs no more memory than one transform', () => {
    expect(stage.cpp.scratchBytes).toBe(1024);
    expect(stage.cpp.constBytes).toBe(3 * 256 + 42 * 2);
    expect(bindSignal(mfe({ version: 2, fftLength: 64, filters: 8 }), 16_000, ['audio'], 16_000).cpp.scratchBytes).toBe(
      4 * 100,
    );
  });

  it('refuses integers in versions that have no decibels', () => {
    expect(codeOf(() => bindSignal(mfe({ version: 1, arithmetic: 'fixed' }), 16_000, ['audio'], 16_000))).toBe(
      'BAD_OPTION',
    );
  });
});

const tone = (hz: number, amplitude: number, samples = 8000): Float32Array =>
  Float32Array.from({ length: samples }, (_, t) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * t) / 8000)));

describe('mfe, versions', () => {
  const bind = (options: Parameters<typeof mfe>[0], samples = 8000) =>
    bindSignal(mfe(options), samples, ['audio'], 8000);

  it('has one frame less in version 1 where the last one fits exactly', () => {
    expect(bind({ version: 1 }).output.axes[0]!.size).toBe(98);
    expect(bind({ version: 2 }).output.axes[0]!.size).toBe(99);
  });

  it('covers twice the frequency with each filter since version 4', () => {
    const loudest = (version: 3 | 4, hz: number): number => {
      const row = [...runStage(bind({ version, filters: 24 }), tone(hz, 3000)).slice(24 * 10, 24 * 11)];
      return row.indexOf(Math.max(...row));
    };
    // What version 3 calls a filter lies at half its frequency.
    for (const hz of [600, 1000, 1800]) expect(Math.abs(loudest(3, hz / 2) - loudest(4, hz))).toBeLessThanOrEqual(1);
  });

  it('spreads versions 1 and 2 over 0..1, whatever the loudness', () => {
    for (const version of [1, 2] as const) {
      const window = noise(8000).map((v, t) => Math.round(v * (1000 + 2 * t)));
      const out = runStage(bind({ version, normalizationFrames: 31 }), window);
      expect([Math.min(...out), Math.max(...out)]).toEqual([0, 1]);
      const louder = window.map((v) => 4 * v);
      expect(runStage(bind({ version, normalizationFrames: 31 }), louder)).toEqual(out);
    }
  });

  it('takes no mean off with a window of 0 frames', () => {
    const out = runStage(bind({ version: 2, normalizationFrames: 0 }), tone(1000, 3000));
    expect(Math.min(...out)).toBe(0);
    expect(Math.max(...out)).toBe(1);
  });

  it('gives 0 for silence', () => {
    for (const version of [1, 2, 3, 4] as const) {
      expect([...runStage(bind({ version }), new Float32Array(8000))].every((v) => v === 0)).toBe(true);
    }
  });

  twins(
    [
      bind({ version: 1, normalizationFrames: 51 }),
      bind({ version: 2, normalizationFrames: 0, filters: 12, fftLength: 64 }),
      bind({ version: 2, normalizationFrames: 1001, fftLength: 8, filters: 2 }),
      bind({ version: 3, frameStrideMs: 30 }),
      bind({ frameLengthMs: 0.7, fftLength: 4, filters: 2, frameStrideMs: 20 }),
    ],
    [{ stage: bind({ version: 2 }), window: tone(700, 9000) }],
  );
});

describe('mfe, laws', () => {
  const bind = (options: Parameters<typeof mfe>[0], samples = 8000) =>
    bindSignal(mfe(options), samples, ['audio'], 8000);

  it('moves by 20 log10 of the gain, in steps of the code', () => {
    const window = noise(8000).map((v) => Math.round(v * 2000));
    const quiet = runStage(bind({}), window);
    const loud = runStage(
      bind({}),
      window.map((v) => 4 * v),
    );
    const step = (20 * Math.log10(4)) / 64;
    loud.forEach((v, i) => {
      if (quiet[i]! > 0 && v < 255 / 256) expect(Math.abs(v - quiet[i]! - step)).toBeLessThanOrEqual(1.01 / 256);
    });
  });

  it('hears nothing of a constant but its frame edges, and of full scale all there is', () => {
    const constant = runStage(bind({ lowHz: 300 }), new Float32Array(8000).fill(32_767));
    const square = runStage(
      bind({}),
      tone(2500, 32_767).map((v) => (v >= 0 ? 32_767 : -32_768)),
    );
    expect(Math.max(...square)).toBe(255 / 256);
    expect(Math.max(...constant)).toBeLessThan(0.85);
  });

  it('takes odd frames, one frame only, and transforms longer and shorter than the frame', () => {
    const window = tone(900, 5000, 401);
    expect(bind({ frameLengthMs: 50.125 }, 401).output.axes[0]!.size).toBe(1);
    for (const fftLength of [64, 512, 2048]) {
      const out = runStage(bind({ frameLengthMs: 50.125, fftLength, filters: 12 }, 401), window);
      const peak = out.indexOf(Math.max(...out));
      expect([4, 5, 6, 7]).toContain(peak);
    }
  });
});
