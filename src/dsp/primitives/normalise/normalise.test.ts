import { describe, expect, it } from 'vitest';
import { hasReference, noise, readReference } from '../../testing/index.js';
import { normalisation } from './normalise.js';

interface Case {
  rows: number;
  cols: number;
  winSize: number;
  variance: boolean;
  input: number[];
  output: number[];
}

/** The definition in double precision: every window on its own. */
function direct(column: Float32Array, size: number): number[] {
  const rows = column.length;
  const at = (i: number): number => {
    const m = ((i % (2 * rows)) + 2 * rows) % (2 * rows);
    return m < rows ? m : 2 * rows - 1 - m;
  };
  const around = (x: ArrayLike<number>, k: number) =>
    Array.from({ length: size }, (_, i) => x[at(k + i - (size - 1) / 2)]!);
  const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length;
  const centred = Array.from(column, (v, k) => v - mean(around(column, k)));
  return centred.map((v, k) => {
    const window = around(centred, k);
    const m = mean(window);
    return v / (Math.sqrt(mean(window.map((w) => (w - m) ** 2))) + 1e-10);
  });
}

describe('normalisation', () => {
  it.each([3, 5, 51, 101, 599, 601, 999, 1201])('agrees with its definition over %i rows', (size) => {
    const column = noise(300, size).map((v, k) => 10 + 5 * Math.sin(k / 40) + v);
    const want = direct(column, size);
    normalisation(300, size).run(column, 0, 1);
    column.forEach((v, k) => {
      expect(Math.abs(v - want[k]!)).toBeLessThan(5e-6 + 2e-5 * Math.abs(want[k]!));
    });
  });

  it('recovers exactly when loud rows have left the window', () => {
    const column = new Float32Array(100).fill(-23.025851);
    column.fill(80.5, 0, 10);
    normalisation(100, 11).run(column, 0, 1);
    expect([...column.slice(25)].every((v) => v === 0)).toBe(true);
  });
});

describe.skipIf(!hasReference)('normalisation, reference', () => {
  const cases = hasReference
    ? (readReference('stages.json').slidingNormalisation as Case[]).filter((c) => c.variance)
    : [];

  it.each(cases.map((c) => [c.winSize, c] as const))('window of %i rows', (size, c) => {
    const x = Float32Array.from(c.input);
    const columns = normalisation(c.rows, size);
    for (let j = 0; j < c.cols; j++) columns.run(x, j, c.cols);
    c.output.forEach((want, i) => {
      expect(Math.abs(x[i]! - want)).toBeLessThan(2e-6 + 1e-5 * Math.abs(want));
    });
  });
});
