import { describe, expect, it } from 'vitest';
import { KERNEL_MODEL } from '../estimate/kernel-cycles.js';
import { place } from '../estimate/place.js';
import { coreNames, defineTarget } from './define.js';
import { nano33ble, target, targets } from './targets.js';

describe('targets', () => {
  it('are at least 50, each with an id, a source and an error', () => {
    expect(targets.length).toBeGreaterThanOrEqual(50);
    expect(new Set(targets.map(({ id }) => id)).size).toBe(targets.length);
    for (const { id, sources, latencyErrorPct, latencyErrorSource, interpreter, ramBytes } of targets) {
      expect(sources?.clock, id).toBeTruthy();
      expect(sources?.memory, id).toBeTruthy();
      expect(latencyErrorPct, id).toBeGreaterThan(0);
      expect(latencyErrorSource, id).not.toBe('');
      expect(ramBytes, id).toBeGreaterThan(0);
      if (interpreter) expect(interpreter.errorPct, id).toBeGreaterThan(0);
    }
  });

  it('price every unit of work', () => {
    for (const { id, cyclesPer } of targets) {
      for (const cycles of Object.values(cyclesPer)) expect(cycles, id).toBeGreaterThan(0);
    }
  });

  it('are found by id, and refused with the ids there are', () => {
    expect(target('arduino-nano-33-ble')).toBe(nano33ble);
    expect(() => target('arduino')).toThrow(/arduino-nano-33-ble/);
  });

  it('say so where a kernel set was never published for a core', () => {
    const known = target('st-nucleo-u575zi').interpreter!;
    const unknown = target('st-nucleo-h743zi2').interpreter!;
    expect(unknown.errorPct).toBeGreaterThan(known.errorPct);
    expect(unknown.errorSource).toContain('not published');
  });
});

it('knows the error of latencies on boards that its fit has not seen', () => {
  const { pair, core, other } = KERNEL_MODEL.errors;
  expect(pair.rows).toBeGreaterThanOrEqual(80);
  expect(pair.medianPct).toBeLessThanOrEqual(12);
  expect(pair.p90Pct).toBeLessThanOrEqual(35);
  expect(core.medianPct).toBeGreaterThan(pair.medianPct);
  expect(other.medianPct).toBeGreaterThan(core.medianPct);
});

describe('defineTarget', () => {
  const options = { name: 'Mine', core: 'Cortex-M33', clockHz: 64e6, ramBytes: 65_536, flashBytes: 524_288 };

  it('makes a profile of a board of one’s own', () => {
    expect(defineTarget(options)).toMatchObject({ ...options, interpreter: { kernels: 'TFLM' } });
    for (const core of coreNames) expect(defineTarget({ ...options, core }).core).toBe(core);
  });

  it.each([
    ['core', { core: '__proto__' }],
    ['clockHz', { clockHz: 0 }],
    ['ramBytes', { ramBytes: -1 }],
    ['kernels', { kernels: 'guessed' }],
    ['memory.SRAM.bytes', { memory: [{ name: 'SRAM', bytes: 0.5, holds: 'arena' as const }] }],
    ['memory.SRAM.slowdown', { memory: [{ name: 'SRAM', bytes: 1, holds: 'arena' as const, slowdown: 0.5 }] }],
  ])('refuses a wrong %s', (field, wrong) => {
    expect(() => defineTarget({ ...options, ...wrong })).toThrow(`defineTarget.${field}`);
  });
});

describe('memory in regions', () => {
  const options = { name: 'Parts', core: 'Cortex-M7', clockHz: 1e6, ramBytes: 3000, flashBytes: 1000 };
  const profile = defineTarget({
    ...options,
    memory: [
      { name: 'DTCM', bytes: 1000, holds: 'arena' },
      { name: 'SRAM', bytes: 2000, holds: 'arena' },
      { name: 'PSRAM', bytes: 9000, holds: 'arena', external: true, slowdown: 2 },
    ],
  });

  it('puts the arena into the first piece that holds it whole', () => {
    expect([1000, 1001, 2001].map((bytes) => place(profile, 'arena', bytes).region)).toEqual(['DTCM', 'SRAM', 'PSRAM']);
    expect(place(profile, 'arena', 2001).slowdown).toBe(2);
  });

  it('names the piece and the bytes it lacks', () => {
    expect(place(profile, 'arena', 9001).binding).toEqual({ region: 'PSRAM', missingBytes: 1 });
    expect(place(profile, 'constants', 1002).binding).toEqual({ region: 'flash', missingBytes: 2 });
  });
});
