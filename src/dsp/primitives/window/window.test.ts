import { describe, expect, it } from 'vitest';
import { windowAt, windowTable, windowValues } from './window.js';

describe('windows', () => {
  it.each([
    // Coherent gain and noise bandwidth in bins as tabulated by Harris (1978) and Heinzel et al. (2002).
    ['boxcar', 1, 1],
    ['hann', 0.5, 1.5],
    ['hamming', 0.54, 1.3628],
    ['blackman', 0.42, 1.7268],
    ['flattop', 0.21558, 3.7702],
  ] as const)('%s has the published gain and bandwidth', (name, gain, bandwidth) => {
    const w = windowValues(name, 512);
    const sum = w.reduce((a, b) => a + b, 0);
    expect(sum / 512).toBeCloseTo(gain, 4);
    expect((512 * w.reduce((a, b) => a + b * b, 0)) / sum ** 2).toBeCloseTo(bandwidth, 3);
  });

  it.each([8, 9])('reads %i values from half of them', (size) => {
    const table = windowTable('hann', size, 2);
    const whole = windowValues('hann', size).map((v) => Math.fround(2 * v));
    expect(table).toHaveLength(5);
    const read = whole.map((_, n) => windowAt(table, n, size));
    read.forEach((v, n) => {
      expect(v).toBeCloseTo(whole[n]!, 6);
    });
    expect(windowAt(windowTable('boxcar', size, 3), 5, size)).toBe(3);
  });
});
