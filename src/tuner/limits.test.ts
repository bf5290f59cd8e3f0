import { describe, expect, it } from 'vitest';
import { type Estimate, nano33ble } from '../targets/index.js';
import { broken, parseLimits, refuseLimits } from './limits.js';

const estimate = (ramBytes: number, flashBytes: number, latencyMs: number): Estimate =>
  ({ target: nano33ble.name, ramBytes, flashBytes, latencyMs, missing: { ramBytes: 0, flashBytes: 0 } }) as Estimate;

describe('parseLimits', () => {
  it.each([
    ['ram < 64 kB and latency < 100 ms', { ramBytes: 64_000, latencyMs: 100 }],
    ['flash <= 256 KiB', { flashBytes: 262_144 }],
    ['latency < 0.2 s', { latencyMs: 200 }],
  ])('%s', async (text, limits) => {
    expect(await parseLimits(text)).toEqual(limits);
  });

  it.each(['', 'ram', 'ram > 3 kB', 'speed < 3 ms', 'ram < 3 ms', 'ram < 3', 'toString < 3 kB', 'ram < import("x")'])(
    'refuses %j',
    async (text) => {
      await expect(parseLimits(text)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    },
  );
});

describe('limits', () => {
  it('name what is broken, the memory of the target included', () => {
    const missing = { ramBytes: 1, flashBytes: 0 };
    expect(broken(estimate(10, 10, 10), { ramBytes: 10, latencyMs: 9 })).toEqual(['latencyMs']);
    expect(broken({ ...estimate(10, 10, 10), missing }, {})).toEqual(['ramBytes']);
  });

  it('name the one that binds, with the least that was found', () => {
    const estimates = [estimate(900, 1, 50), estimate(100, 1, 70), estimate(100, 1, 60)];
    expect(() => refuseLimits(estimates, { ramBytes: 500, latencyMs: 40 })).toThrow(
      expect.objectContaining({
        code: 'DOES_NOT_FIT',
        where: 'tune.limits.latencyMs',
        got: 'at least 50 in 3 candidates',
      }),
    );
  });
});
