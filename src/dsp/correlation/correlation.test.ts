import { describe, expect, it } from 'vitest';
import { checkBlock } from '../../node/check-block.js';
import { signalSpec } from '../../spec.js';
import { correlation } from './correlation.js';

const input = signalSpec(100, ['a', 'b', 'c', 'd'], 50);

/** `a`, `-2 a + 5`, something else, a constant. */
function window(): Float32Array {
  return Float32Array.from({ length: 400 }, (_, i) => {
    const t = Math.floor(i / 4);
    const a = Math.sin(0.7 * t) + 0.3 * Math.sin(1.9 * t + 1);
    return [a, 5 - 2 * a, 1000 + Math.sin(0.71 * t + 0.4) + 0.2 * Math.sin(t * t), 7][i % 4]!;
  });
}

function run(options = {}, x = window()): Float32Array {
  const stage = correlation(options).bind(input);
  const out = new Float32Array(6);
  stage.run(x, out);
  return out;
}

/** Pearson's coefficient in float64. */
function pearson(x: Float32Array, a: number, b: number): number {
  const column = (axis: number): number[] => Array.from({ length: 100 }, (_, t) => x[4 * t + axis]!);
  const mean = (v: readonly number[]): number => v.reduce((s, e) => s + e, 0) / v.length;
  const [p, q] = [column(a), column(b)];
  const covariance = (u: number[], v: number[]): number => mean(u.map((e, i) => e * v[i]!)) - mean(u) * mean(v);
  return covariance(p, q) / Math.sqrt(covariance(p, p) * covariance(q, q));
}

describe('correlation', () => {
  it("gives Pearson's coefficient of every pair", () => {
    const x = window();
    const [ab, ac, ad, bc, bd, cd] = run({ fisher: false }, x);
    expect(ab).toBeCloseTo(-1, 5);
    expect(ac).toBeCloseTo(pearson(x, 0, 2), 4);
    expect(bc).toBeCloseTo(-pearson(x, 0, 2), 4);
    expect([ad, bd, cd]).toEqual([0, 0, 0]);
    expect(correlation().output(input).axes[0]!.labels).toEqual(['a~b', 'a~c', 'a~d', 'b~c', 'b~d', 'c~d']);
  });

  it('transforms it', () => {
    const [ab, ac] = run();
    expect(ab).toBeCloseTo(Math.atanh(-0.999), 4);
    expect(ac).toBeCloseTo(Math.atanh(pearson(window(), 0, 2)), 4);
  });

  it('keeps the promises of a block', async () => {
    for (const options of [{}, { fisher: false }]) {
      const { checks } = await checkBlock(correlation(options), { input, tolerance: 0 });
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    }
  });

  it('refuses a single axis', () => {
    expect(() => correlation().output(signalSpec(100, ['a'], 50))).toThrow(/SHAPE_MISMATCH/);
  });
});
