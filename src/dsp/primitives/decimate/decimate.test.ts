import { describe, expect, it } from 'vitest';
import { hasReference, readReference } from '../../testing/index.js';
import { type DecimationRatio, decimate, decimationTable } from './decimate.js';

describe.skipIf(!hasReference)('decimate', () => {
  const stages = hasReference ? readReference('stages.json') : { decimate: { cases: [] } };
  const cases = stages.decimate.cases as { ratio: DecimationRatio; output: number[] }[];

  it.each(cases.map((c) => [c.ratio, c] as const))(
    'by %i agrees with the reference to float32 rounding',
    (ratio, c) => {
      const x = Float32Array.from(stages.butterworth.input as number[]);
      expect(decimate(x, x.length, ratio, decimationTable(ratio))).toBe(c.output.length);
      c.output.forEach((want, i) => {
        expect(Math.abs(x[i]! - want)).toBeLessThan(1e-7 + 3e-7 * Math.abs(want));
      });
    },
  );
});

describe('decimate', () => {
  it.each([3, 10] as const)('by %i starts from the steady state of the first sample', (ratio) => {
    const x = new Float32Array(200).fill(9.81);
    const count = decimate(x, 200, ratio, decimationTable(ratio));
    expect(count).toBe(Math.ceil(200 / ratio));
    // An even order ripples down at frequency 0: by 0.05 dB.
    for (const v of x.slice(0, count)) expect(v).toBeCloseTo(9.81 * 10 ** (-0.05 / 20), 5);
  });
});
