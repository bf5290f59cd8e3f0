import { describe, expect, it } from 'vitest';
import { signalSpec } from '../../../spec.js';
import { hasReference, readReference } from '../../testing/index.js';
import { emphasisedFrame, framing, preEmphasis } from './frames.js';

interface FramingCase {
  samples: number;
  samplingFrequency: number;
  frameLength: number;
  frameStride: number;
  implementationVersion: number;
  frames: number;
  frameSamples: number;
  strideSamples: number;
}

describe.skipIf(!hasReference)('frames, reference', () => {
  const stages = hasReference ? readReference('stages.json') : { framing: [], preemphasis: [] };

  it('are counted and cut alike', () => {
    const cases = (stages.framing as FramingCase[]).filter((c) => c.frames >= 1 && c.frames <= 500);
    expect(cases.length).toBeGreaterThan(10);
    for (const c of cases) {
      const input = signalSpec(c.samples, ['audio'], c.samplingFrequency);
      const got = framing('test', input, {
        frameLengthMs: c.frameLength * 1000,
        frameStrideMs: c.frameStride * 1000,
        version: c.implementationVersion,
      });
      const { frames, frameSamples, strideSamples } = c;
      expect(got).toMatchObject({ frames, frameSamples, strideSamples });
    }
  });

  it('are pre-emphasised alike', () => {
    const cases = stages.preemphasis as { shift: number; cof: number; input: number[]; output: number[] }[];
    for (const { shift, cof, input, output } of cases) {
      const x = Float32Array.from(input);
      const frame = new Float32Array(16);
      emphasisedFrame(x, 0, x.length, preEmphasis(cof, shift, x.length), frame);
      output.forEach((want, i) => {
        expect(frame[i]).toBeCloseTo(want, 6);
      });
      expect([...frame.slice(10)]).toEqual(new Array(6).fill(0));
    }
  });
});

describe('preEmphasis', () => {
  it('splits the coefficient so that products with int16 samples are exact', () => {
    const { high, low } = preEmphasis(0.98, 1, 100);
    expect(Math.abs(high + low - 0.98)).toBeLessThan(1e-10);
    expect(Number.isInteger(high * 256)).toBe(true);
    expect(preEmphasis(0, 1, 100)).toEqual({ shift: 0, high: 0, low: 0 });
  });

  it('comes with the sum of the frame, 0 wherever it is 0 in theory', () => {
    for (const [c, sum, before] of [
      [0.98, 49, 50],
      [0.95, 19, 20],
      [0.97, 97, 100],
      [-0.5, -1, 2],
    ] as const) {
      for (const times of [1, -3, 77, 1001]) {
        // A frame of two samples after one: x0 + x1 = sum, x2 + x0 = before.
        const x = Float32Array.of(5, sum * times - 5, before * times - 5);
        expect(emphasisedFrame(x, 0, 2, preEmphasis(c, 1, 3), new Float32Array(2))).toBe(0);
        const [other, frame] = [x.map((v, i) => v + (i === 1 ? 2 : 0)), new Float32Array(2)];
        expect(emphasisedFrame(other, 0, 2, preEmphasis(c, 1, 3), frame)).toBeCloseTo(2, 6);
        expect(frame[0]! + frame[1]!).toBeCloseTo(2, 2);
      }
    }
    const x = Float32Array.of(1, 2, 4, 8, 16);
    expect(emphasisedFrame(x, 1, 3, preEmphasis(0.5, 3, 5), new Float32Array(4))).toBe(14 - 0.5 * 25);
  });

  it('counts its shift around the window, where a whole window is no shift but the value itself', () => {
    const x = Float32Array.of(1, 2, 4, 8);
    const at = (coefficient: number, shift: number, start = 0): number[] => {
      const frame = new Float32Array(4).fill(9);
      emphasisedFrame(x, start, 2, preEmphasis(coefficient, shift, 4), frame);
      return [...frame];
    };
    expect(at(0.5, 1)).toEqual([1 - 4, 2 - 0.5, 0, 0]);
    expect(at(0.5, 1, 2)).toEqual([4 - 1, 8 - 2, 0, 0]);
    expect(at(0.5, 3)).toEqual([1 - 1, 2 - 2, 0, 0]);
    expect(at(0.5, 4)).toEqual([0.5, 1, 0, 0]);
    expect(at(0.5, 5)).toEqual(at(0.5, 1));
    expect(at(0, 1)).toEqual([1, 2, 0, 0]);
  });
});
