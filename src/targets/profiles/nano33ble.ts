import type { WorkUnit } from '../../cost.js';
import { priced, type TargetProfile } from './profile.js';

/**
 * Instructions of our kernels per unit on Cortex-M4F, arm-none-eabi-g++ 12 at -Os, counted in QEMU and fitted by
 * bench/device/calibrate.ts over 68 workloads. A workload predicted from a fit to the others is off by 5 % in the
 * median and by 35 % at the 90th percentile.
 */
export const CORTEX_M4F_INSTRUCTIONS = {
  int: 1.98,
  flop: 0.964,
  log: 48.4,
  div: 2.03,
  convF32: 1.48,
  convInt8: 0.499,
  gather: 18.1,
  depthwiseF32: 14.6,
  depthwiseInt8: 9.18,
  denseF32: 1.51,
  denseInt8: 1.24,
  elementF32: 18,
  elementInt8: 33,
  requantize: 51.7,
  exp: 63.9,
  call: 264,
} as const;

/** The same with the kernels for processors that have none of their own. */
export const PORTABLE_INSTRUCTIONS = {
  int: 1.98,
  flop: 0.96,
  log: 48.5,
  div: 3.77,
  convF32: 1.31,
  convInt8: 7.45,
  gather: 24.2,
  depthwiseF32: 14.2,
  depthwiseInt8: 10.6,
  denseF32: 1.55,
  denseInt8: 8.95,
  elementF32: 18,
  elementInt8: 32.2,
  requantize: 116,
  exp: 58.6,
  call: 237,
} as const;

/**
 * Cycles per instruction, an assumption: loads take two cycles unless they follow one another and taken branches two
 * to four (Cortex-M4 Technical Reference Manual, instruction timing), which gives 1.2 to 1.4 for our loops; the flash
 * of the nRF52840 is cached and adds little.
 */
const CYCLES_PER_INSTRUCTION = 1.3;

/** VDIV and VSQRT are one instruction of 14 cycles (Cortex-M4 Technical Reference Manual, FPU instruction timing). */
const DIVIDE_CYCLES = 14;

/** Cycles per unit on a Cortex-M4F from instructions per unit. */
export function cyclesOf(instructions: Record<WorkUnit, number>): Record<WorkUnit, number> {
  return { ...priced(instructions, CYCLES_PER_INSTRUCTION), div: DIVIDE_CYCLES };
}

/** Arduino Nano 33 BLE Sense: nRF52840 with 256 KiB of RAM and 1 MiB of flash (data sheet of the chip). */
export const nano33ble: TargetProfile = {
  name: 'Arduino Nano 33 BLE Sense',
  core: 'Cortex-M4F',
  clockHz: 64_000_000,
  ramBytes: 256 * 1024,
  flashBytes: 1024 * 1024,
  cyclesPer: cyclesOf(CORTEX_M4F_INSTRUCTIONS),
  cyclesPerInstruction: {
    value: CYCLES_PER_INSTRUCTION,
    errorPct: 15,
    source: 'assumed from the instruction timing of the Cortex-M4 Technical Reference Manual',
  },
  codeScale: 1,
  // What linked images hold beyond the code of their blocks, by bench/device/sizes.ts; memcpy and memset are taken to
  // be in the application.
  baseCodeBytes: 25,
  latencyErrorPct: 20,
  latencyErrorSource:
    'median 5 % of counted against fitted instructions (leave one workload out), with 1.3 cycles per instruction assumed to within 15 %',
};
