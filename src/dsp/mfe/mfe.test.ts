import { describe, expect, it } from 'vitest';
import { signalSpec, sizeOf } from '../../spec.js';
import { conforms } from '../testing/conformance.js';
import { bindSignal, codeOf, runStage } from '../testing/index.js';
import { mfe } from './mfe.js';

conforms({
  name: 'mfe',
  golden: 'mfe',
  version: 4,
  schema: mfe.schema,
  stage: bindSignal(mfe(), 16_000, ['audio'], 16_000),
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
    expect(stage.cpp.constBytes).toBe(65 * 4 + 42 * 2);
  });
});
