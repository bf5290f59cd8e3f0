import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImpulseError } from '../../errors.js';
import { espEye, nano33ble, rpPico } from '../../targets/index.js';
import { tinyProgram } from '../../targets/testing/tiny-program.js';
import { has } from '../../testing/compilers.js';
import { measure } from './measure.js';

const tools = has('arm-none-eabi-g++') && has('qemu-system-arm');
const program = tinyProgram({ anomaly: true });

const problem = (measuring: Promise<unknown>): Promise<ImpulseError> =>
  measuring.then(
    () => expect.unreachable('did not throw'),
    (error) => error,
  );

/** Temporary folders go here, so that what is left of them can be seen. */
let dir = '';
const { TMPDIR } = process.env;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'measure-test-'));
  process.env.TMPDIR = dir;
});
afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(dir, { recursive: true });
});

describe.skipIf(!tools)('measure', () => {
  it.each([nano33ble, rpPico])('counts an impulse on $core, beside the estimate', async (target) => {
    const result = await measure({ program }, target);
    expect(result.golden).toEqual({ windows: 3, difference: 0, agrees: true });
    expect(result.ramBytes).toBe(program.arenaBytes);
    expect(result.blocks.map(({ name }) => name)).toEqual(['coarse', 'fine-2', 'state', 'odd one']);
    const inSteps = result.blocks.reduce((sum, { instructions }) => sum + instructions, 0);
    expect(result.instructions).toBeGreaterThan(0.9 * inSteps);
    const { value, errorPct } = target.cyclesPerInstruction!;
    expect(result.latencyMs).toBeCloseTo((1000 * result.instructions * value) / target.clockHz, 9);
    expect(result.latencyErrorPct).toBe(errorPct);
    expect(result.stackBytes).toBeGreaterThan(32);
    expect(result.stackBytes).toBeLessThanOrEqual(result.stackBoundBytes!);
    expect(result.stackBoundBytes).toBeLessThanOrEqual(result.estimate.stackBytes);
    expect(inspect(result)).toMatch(/RAM \(B\) +128 +128 +0\.0 %/);
    expect(JSON.parse(JSON.stringify(result))).toEqual({ ...result });
  });

  it('is the same every time, and says what it was built with', async () => {
    const options = { windows: 1 };
    const first = await measure(program, nano33ble, options);
    expect(await measure(program, nano33ble, options)).toEqual(first);
    const fast = await measure(program, nano33ble, { ...options, optimize: 'speed' });
    expect(fast.flags).toEqual(['-O2']);
    expect(fast.flashBytes).toBeGreaterThan(first.flashBytes);
  });

  it('ends when it is aborted, while it compiles too, and leaves nothing', async () => {
    const early = new AbortController();
    early.abort();
    expect((await problem(measure(program, nano33ble, { signal: early.signal }))).code).toBe('ABORTED');
    const later = new AbortController();
    const measuring = problem(measure(program, nano33ble, { signal: later.signal }));
    setTimeout(() => later.abort(), 400);
    expect((await measuring).code).toBe('ABORTED');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('sees a device that answers otherwise', async () => {
    const [first, ...rest] = program.golden;
    const scores = first!.scores.map((row) => row.map((value) => value + 0.5));
    const result = await measure({ ...program, golden: [{ ...first!, scores }, ...rest] }, nano33ble);
    expect(result.golden.agrees).toBe(false);
    expect(inspect(result)).toContain('NOT as in TypeScript');
  });

  it('names the emulator when only that is missing', async () => {
    const error = await problem(measure(program, nano33ble, { emulator: 'no-such-emulator-7' }));
    expect(error).toMatchObject({ code: 'NO_COMPILER', got: 'no no-such-emulator-7' });
    expect(error.fix).toContain('qemu-system-arm');
  });
});

describe('measure refuses', () => {
  it('cores without a board in QEMU, and says which have one', async () => {
    const error = await problem(measure(program, espEye));
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.expected).toContain('Cortex-M0+, Cortex-M3, Cortex-M4F, Cortex-M7, Cortex-M33');
  });

  it('to guess where the compiler is, and names the packages', async () => {
    const error = await problem(measure(program, nano33ble, { compiler: 'no-such-compiler-7' }));
    expect(error.code).toBe('NO_COMPILER');
    expect(error.fix).toContain('gcc-arm-none-eabi');
  });

  it.each([0, -1, 1.5, Number.NaN])('%s windows', async (windows) => {
    expect((await problem(measure(program, nano33ble, { windows }))).code).toBe('BAD_OPTION');
  });
});
