import { priced, type TargetProfile } from './profile.js';

/**
 * Instructions of our kernels per unit on Cortex-M4F, arm-none-eabi-g++ 12 at -Os, counted in QEMU and fitted by
 * bench/device/calibrate.ts over 35 workloads. A workload predicted from a fit to the others is off by 16 % in the
 * median and by 50 % at the 90th percentile.
 */
export const CORTEX_M4F_INSTRUCTIONS = {
  flop: 2.9,
  log: 213,
  div: 1,
  convF32: 12.4,
  convInt8: 9.03,
  depthwiseF32: 23.8,
  depthwiseInt8: 14.6,
  denseF32: 6.44,
  denseInt8: 8.93,
  elementF32: 17.6,
  elementInt8: 36.4,
  requantize: 105,
  exp: 45,
  call: 428,
} as const;

/**
 * Cycles per instruction, an assumption: loads take two cycles unless they follow one another and taken branches two
 * to four (Cortex-M4 Technical Reference Manual, instruction timing), which gives 1.2 to 1.4 for our loops; the flash
 * of the nRF52840 is cached and adds little.
 */
const CYCLES_PER_INSTRUCTION = 1.3;

/** VDIV and VSQRT are one instruction of 14 cycles (Cortex-M4 Technical Reference Manual, FPU instruction timing). */
const DIVIDE_CYCLES = 14;

/** Arduino Nano 33 BLE Sense: nRF52840 with 256 KiB of RAM and 1 MiB of flash (data sheet of the chip). */
export const nano33ble: TargetProfile = {
  name: 'Arduino Nano 33 BLE Sense',
  core: 'Cortex-M4F',
  clockHz: 64_000_000,
  ramBytes: 256 * 1024,
  flashBytes: 1024 * 1024,
  cyclesPer: { ...priced(CORTEX_M4F_INSTRUCTIONS, CYCLES_PER_INSTRUCTION), div: DIVIDE_CYCLES },
  codeScale: 1,
  // What linked images hold beyond the code of their blocks, by bench/device/sizes.ts; memcpy and memset are taken to
  // be in the application.
  baseCodeBytes: 25,
  latencyErrorPct: 30,
  latencyErrorSource:
    'median 16 % of counted against fitted instructions (leave one workload out), with 1.3 cycles per instruction assumed to within 15 %',
};
