// The ends of what blocks take: one sample, the largest windows, odd lengths.
import { describe, expect, it } from 'vitest';
import type { ProcessingBlock } from '../block.js';
import { shapeOf } from '../spec.js';
import { filter, flatten, mfcc, mfe, pcen, raw, spectral, spectrogram, spectrum } from './index.js';
import { bindSignal, codeOf, noise, runStage } from './testing/index.js';

const FRAMED: readonly [string, (options: object) => ProcessingBlock<'signal'>][] = [
  ['mfe', (options) => mfe(options)],
  ['mfcc', (options) => mfcc(options)],
  ['spectrogram', (options) => spectrogram(options)],
  ['pcen', (options) => pcen(options)],
];

const OTHERS: readonly [string, ProcessingBlock<'signal'>][] = [
  ['raw', raw()],
  ['flatten', flatten()],
  ['spectral', spectral()],
  ['spectral of version 1', spectral({ version: 1 })],
  ['filter', filter({ filter: 'low', cutoffHz: 3 })],
];

const allFinite = (values: Float32Array): boolean => values.every(Number.isFinite);

describe.each(FRAMED)('%s', (_name, make) => {
  const bind = (samples: number, options: object = {}) =>
    bindSignal(make({ frameLengthMs: 20, frameStrideMs: 10, ...options }), samples, ['audio'], 16_000);

  it('takes one frame and 500 of them, and no more', () => {
    expect(shapeOf(bind(320).output)[0]).toBe(1);
    expect(allFinite(runStage(bind(320), noise(320)))).toBe(true);
    const longest = 320 + 499 * 160;
    expect(shapeOf(bind(longest).output)[0]).toBe(500);
    expect(allFinite(runStage(bind(longest), noise(longest)))).toBe(true);
    expect(codeOf(() => bind(319))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => bind(longest + 160))).toBe('SHAPE_MISMATCH');
  });

  it('takes odd lengths of frames, strides and windows', () => {
    const stage = bind(2345, { frameLengthMs: 1000 * (331 / 16_000), frameStrideMs: 1000 * (77 / 16_000) });
    expect(shapeOf(stage.output)[0]).toBe(Math.floor((2345 - 331) / 77) + 1);
    expect(allFinite(runStage(stage, noise(2345)))).toBe(true);
  });

  it('takes the longest transform', () => {
    expect(allFinite(runStage(bind(16_000, { fftLength: 16_384 }), noise(16_000)))).toBe(true);
  });
});

describe.each(OTHERS)('%s', (_name, block) => {
  it.each([1, 2, 3, 7, 20_001])('takes a window of %i time steps', (samples) => {
    const stage = bindSignal(block, samples, ['x', 'y', 'z'], 50);
    expect(allFinite(runStage(stage, noise(3 * samples)))).toBe(true);
    expect(allFinite(runStage(stage, new Float32Array(3 * samples).fill(-9.81)))).toBe(true);
  });
});

it('spectrum takes a window from one frame on', () => {
  const bind = (samples: number) => bindSignal(spectrum({ fftLength: 64 }), samples, ['x'], 50);
  expect(codeOf(() => bind(63))).toBe('SHAPE_MISMATCH');
  for (const samples of [64, 65, 20_001]) expect(allFinite(runStage(bind(samples), noise(samples)))).toBe(true);
});
