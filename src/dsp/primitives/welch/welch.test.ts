import { describe, expect, it } from 'vitest';
import { hasReference, readReference } from '../../testing/index.js';
import { twiddleTable } from '../fft/fft.js';
import { maxHoldSpectrum } from './welch.js';

describe.skipIf(!hasReference)('maxHoldSpectrum', () => {
  const stages = hasReference ? readReference('stages.json') : { welchMaxHold: { cases: [] } };
  const cases = stages.welchMaxHold.cases as { fftLength: number; overlap: boolean; output: number[] }[];

  it.each(cases.map((c) => [c.fftLength, c.overlap, c] as const))('%i points, overlap %s', (size, overlap, c) => {
    const input = stages.butterworth.input as number[];
    const mean = input.reduce((a, b) => a + b) / input.length;
    const x = Float32Array.from(input, (v) => v - mean);
    const power = new Float32Array(size / 2 + 1);
    maxHoldSpectrum(x, x.length, overlap ? size / 2 : size, twiddleTable(size), new Float32Array(size), power);
    const loudest = Math.max(...c.output);
    c.output.forEach((want, b) => {
      expect(Math.abs(power[b]! - want)).toBeLessThan(2e-6 * want + 3e-9 * loudest);
    });
  });
});
