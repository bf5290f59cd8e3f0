import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../spec.js';
import { estimate } from './estimate.js';
import { espEye } from './profiles/esp-eye.js';
import { nano33ble } from './profiles/nano33ble.js';
import type { TargetProfile } from './profiles/profile.js';
import { rpPico } from './profiles/rp-pico.js';
import { tinyProgram } from './testing/tiny-program.js';

const zero = Object.fromEntries(
  Object.keys(nano33ble.cyclesPer).map((unit) => [unit, 0]),
) as TargetProfile['cyclesPer'];

/** A board on which the arithmetic can be done by hand. */
const board: TargetProfile = {
  name: 'Paper board',
  core: 'Pencil',
  clockHz: 1000,
  ramBytes: 1000,
  flashBytes: 2000,
  cyclesPer: { ...zero, flop: 2, call: 5, denseInt8: 10 },
  codeScale: 1.5,
  baseCodeBytes: 50,
  latencyErrorPct: 7,
  latencyErrorSource: 'made up',
};

describe('estimate', () => {
  it('adds constants, code once, and work at the price of the board', () => {
    const result = estimate(tinyProgram({ anomaly: true }), board);
    expect(result.blocks).toEqual([
      { name: 'coarse', type: 'sums', ramBytes: 24 + 16, flashBytes: 150, latencyMs: 2 * 240 + 5 },
      { name: 'fine-2', type: 'sums', ramBytes: 16 + 16, flashBytes: 0, latencyMs: 2 * 240 + 5 },
      { name: 'state', type: 'classifier', ramBytes: 12, flashBytes: 72 + 300, latencyMs: 10 * 18 + 5 },
      { name: 'odd one', type: 'k-means', ramBytes: 4, flashBytes: 40, latencyMs: 40 },
    ]);
    expect(result).toMatchObject({
      target: 'Paper board',
      ramBytes: 128,
      flashBytes: 150 + 372 + 40 + 50,
      latencyMs: 485 + 485 + 185 + 40,
      fits: true,
      missing: { ramBytes: 0, flashBytes: 0 },
      latencyErrorPct: 7,
    });
  });

  it('counts storing features as int8 with the block that stores them', () => {
    const program = tinyProgram();
    const first = program.dsp[0]!;
    const size = sizeOf(first.stage.output);
    const learn = program.learn.map((step) => ({
      ...step,
      inputs: [0],
      block: { ...step.block, work: { elementF32: size + 3, div: size } },
    }));
    const priced = { ...board, cyclesPer: { ...board.cyclesPer, elementF32: 7, div: 11 } };
    const of = (dtype: 'f32' | 'int8') => estimate({ ...program, dsp: [{ ...first, dtype }], learn }, priced);
    const [f32, int8] = [of('f32'), of('int8')];
    expect(int8.dspMs - f32.dspMs).toBeCloseTo(18 * size);
    expect(int8.networkMs).toBeCloseTo(21);
    expect(int8.latencyMs).toBeCloseTo(f32.latencyMs);
  });

  it('needs no golden windows, so that it works before training', () => {
    const sketch = { ...tinyProgram(), golden: [], design: '' };
    expect(estimate(sketch, board)).toEqual(estimate(tinyProgram(), board));
  });

  it('names the missing bytes', () => {
    const small = { ...board, ramBytes: 100, flashBytes: 300 };
    const result = estimate(tinyProgram(), small);
    expect(result.fits).toBe(false);
    expect(result.missing).toEqual({ ramBytes: 28, flashBytes: result.flashBytes - 300 });
    expect(inspect(result)).toContain('does not fit: 28 bytes of RAM');
  });

  it.each([
    ['ram', { ramBytes: 127 }],
    ['flash', { flashBytes: estimate(tinyProgram(), board).flashBytes - 1 }],
  ])('does not fit when one byte of %s is missing, and fits when none is', (_, less) => {
    expect(estimate(tinyProgram(), { ...board, ...less }).fits).toBe(false);
    const [[field, value]] = Object.entries(less) as [[string, number]];
    expect(estimate(tinyProgram(), { ...board, [field]: value + 1 }).fits).toBe(true);
  });

  it('prints as a table and is plain data otherwise', () => {
    const result = estimate(tinyProgram({ anomaly: true }), board);
    expect(inspect(result)).toMatchInlineSnapshot(`
      "Paper board (Pencil, 0.001 MHz)
      block    type        RAM (B)  flash (B)  latency (ms)
      coarse   sums             40        150         485.0
      fine-2   sums             32          0         485.0
      state    classifier       12        372         185.0
      odd one  k-means           4         40          40.0
      wiring                     0         50           0.0
      total                    128        612        1195.0
      fits: 12.8 % of RAM, 30.6 % of flash; latency +- 7 %; blocks share RAM
      beside it the application holds the window: 480 bytes as float, half of it as int16
      as a stream, in slices of 240 bytes every 320 ms: 1,120 bytes of RAM, 1195.0 ms a slice"
    `);
    expect(JSON.parse(JSON.stringify(result))).toEqual({ ...result });
    expect(Object.keys(result)).not.toContain('table');
    expect(inspect({ ...result })).not.toContain('wiring');
  });
});

describe.each([nano33ble, espEye, rpPico])('profile $name', (profile) => {
  it('prices every unit of work', () => {
    for (const [unit, cycles] of Object.entries(profile.cyclesPer)) expect(cycles, unit).toBeGreaterThan(0);
    expect(profile.latencyErrorPct).toBeGreaterThan(0);
    expect(profile.latencyErrorSource).not.toBe('');
  });
});

it('makes floating point dear on a core without an FPU', () => {
  expect(rpPico.cyclesPer.flop).toBeGreaterThan(10 * nano33ble.cyclesPer.flop);
  expect(rpPico.cyclesPer.denseF32).toBeGreaterThan(10 * rpPico.cyclesPer.denseInt8);
});
