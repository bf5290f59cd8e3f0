/** Emitted code on the instruction set it is made for: same answers, and the memory that was promised. */
import { describe, expect, it } from 'vitest';
import { imageSize, measure } from '../../bench/device/device.js';
import { workloads } from '../../bench/device/workloads.js';
import { has } from '../testing/compilers.js';
import { estimate } from './estimate.js';
import { nano33ble } from './profiles/nano33ble.js';
import { rpPico } from './profiles/rp-pico.js';
import { tinyProgram } from './testing/tiny-program.js';

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm'))('on Cortex-M in QEMU', () => {
  it.each(['Cortex-M4F', 'Cortex-M0+'] as const)('gives the scores of TypeScript on %s', (core) => {
    const program = tinyProgram({ anomaly: true });
    const { scores, instructions } = measure(program, core);
    expect([...scores]).toEqual(program.golden[0]!.scores.flatMap((row) => [...row]));
    expect(instructions).toHaveLength(4);
    expect(Math.min(...instructions)).toBeGreaterThan(0);
  });

  it('gives the scores of an int8 keyword network bit for bit', () => {
    const { program } = workloads().find(({ name }) => name === 'keyword 1d, int8')!;
    expect([...measure(program, 'Cortex-M4F').scores]).toEqual([...program.golden[0]!.scores[0]!]);
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('estimates against linked images', () => {
  it.each([
    ['mfe', 5],
    ['spectral', 5],
    ['keyword 1d, int8', 5],
    ['motion, int8', 5],
  ])('%s: RAM of the plan, flash within %d percent', (name, percent) => {
    const { program } = workloads().find((workload) => workload.name === name)!;
    const image = imageSize(program, 'Cortex-M4F');
    const { ramBytes, flashBytes } = estimate(program, nano33ble);
    // Sections are padded to the arena's alignment.
    expect(image.ramBytes - ramBytes).toBeGreaterThanOrEqual(0);
    expect(image.ramBytes - ramBytes).toBeLessThan(16);
    expect(Math.abs(flashBytes / image.flashBytes - 1)).toBeLessThan(percent / 100);
  });

  it('counts the software floats of a core without FPU', () => {
    const { program } = workloads().find(({ name }) => name === 'mfe')!;
    const { flashBytes } = estimate(program, rpPico);
    expect(Math.abs(flashBytes / imageSize(program, 'Cortex-M0+').flashBytes - 1)).toBeLessThan(0.1);
  });
});
