/** Emitted code on the instruction set it is made for: same answers, and the memory that was promised. */
import { describe, expect, it } from 'vitest';
import { imageSize, measureSteps } from '../../bench/device/device.js';
import { type BOARDS, REFERENCE_FILES, referenceProgram, sizeRow } from '../../bench/device/reference.js';
import { workloads } from '../../bench/device/workloads.js';
import { has } from '../testing/compilers.js';
import { estimate } from './estimate.js';
import { nano33ble } from './profiles/nano33ble.js';
import { rpPico } from './profiles/rp-pico.js';
import { tinyProgram } from './testing/tiny-program.js';

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm'))('on Cortex-M in QEMU', () => {
  it.each(['Cortex-M4F', 'Cortex-M0+'] as const)('gives the scores of TypeScript on %s', async (core) => {
    const program = tinyProgram({ anomaly: true });
    const { scores, instructions } = await measureSteps(program, core);
    expect([...scores]).toEqual(program.golden[0]!.scores.flatMap((row) => [...row]));
    expect(instructions).toHaveLength(4);
    expect(Math.min(...instructions)).toBeGreaterThan(0);
  });

  it('gives the scores of an int8 keyword network bit for bit', async () => {
    const { program } = workloads().find(({ name }) => name === 'keyword 1d, int8')!;
    expect([...(await measureSteps(program, 'Cortex-M4F')).scores]).toEqual([...program.golden[0]!.scores[0]!]);
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('estimates against linked images', () => {
  it.each([
    ['mfe', 5],
    ['spectral', 5],
    ['keyword 1d, int8', 5],
    ['motion, int8', 5],
  ])('%s: RAM of the plan, flash within %d percent', async (name, percent) => {
    const { program } = workloads().find((workload) => workload.name === name)!;
    const image = await imageSize(program, 'Cortex-M4F');
    const { ramBytes, flashBytes } = estimate(program, nano33ble);
    // Sections are padded to the arena's alignment.
    expect(image.ramBytes - ramBytes).toBeGreaterThanOrEqual(0);
    expect(image.ramBytes - ramBytes).toBeLessThan(16);
    expect(Math.abs(flashBytes / image.flashBytes - 1)).toBeLessThan(percent / 100);
  });

  it('counts the software floats of a core without FPU', async () => {
    const { program } = workloads().find(({ name }) => name === 'mfe')!;
    const { flashBytes } = estimate(program, rpPico);
    expect(Math.abs(flashBytes / (await imageSize(program, 'Cortex-M0+')).flashBytes - 1)).toBeLessThan(0.1);
  });
});

/** `npm run bench:device` links all networks for every core. */
const LINKED: readonly (readonly [string, keyof typeof BOARDS])[] = [
  ['kws_int8', 'Cortex-M0+'],
  ['kws_int8', 'Cortex-M4F'],
  ['kws_int8', 'Cortex-M7'],
  ['kws_f32dq', 'Cortex-M4F'],
];

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm') || REFERENCE_FILES.length === 0)(
  'estimates of reference networks against linked images',
  () => {
    it.each(LINKED)('%s on %s: flash within 5 percent, RAM to the byte, stack below its bound', async (file, core) => {
      const row = await sizeRow(file, referenceProgram(file), core);
      expect(Math.abs(row.flashOffPct)).toBeLessThan(5);
      expect(row.ramOffBytes).toBe(0);
      expect(row.stackBytes).toBeGreaterThan(100);
      expect(row.stackBytes).toBeLessThanOrEqual(row.stackBoundBytes);
    });
  },
);

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm'))('the bound of the stack, by painting', () => {
  // Those that take most, of all that bench/device/sizes.ts paints.
  it.each(['mfcc in integers', 'separable, float', 'spectral, version 1'])('%s on Cortex-M0+', async (name) => {
    const { program } = workloads().find((workload) => workload.name === name)!;
    const { stackBytes } = await imageSize(program, 'Cortex-M0+');
    expect(stackBytes).toBeGreaterThan(256);
    expect(stackBytes).toBeLessThanOrEqual(0.75 * estimate(program, rpPico).stackBytes);
  });
});
