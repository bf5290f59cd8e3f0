import { priced, type TargetProfile } from './profile.js';

/**
 * Instructions of our kernels per unit on Cortex-M0+, with the compiler's software floating point in them;
 * arm-none-eabi-g++ 12 at -Os, counted in QEMU and fitted by bench/device/calibrate.ts over 43 workloads. A workload
 * predicted from a fit to the others is off by 8 % in the median and by 37 % at the 90th percentile.
 */
const CORTEX_M0_PLUS_INSTRUCTIONS = {
  int: 1.3,
  flop: 76,
  log: 4880,
  div: 644,
  convF32: 192,
  convInt8: 2.99,
  gather: 32.2,
  depthwiseF32: 199,
  depthwiseInt8: 4.29,
  denseF32: 223,
  denseInt8: 3.12,
  elementF32: 98.7,
  elementInt8: 16.8,
  requantize: 94.5,
  exp: 653,
  call: 329,
} as const;

/**
 * Cycles per instruction, an assumption: loads and taken branches take two cycles, all else one (Cortex-M0+ Technical
 * Reference Manual, instruction set summary), which gives 1.4; code runs from serial flash through a cache.
 */
const CYCLES_PER_INSTRUCTION = 1.5;

/** Raspberry Pi Pico: RP2040 with 264 KiB of RAM, 2 MiB of serial flash on the board (data sheets of both). */
export const rpPico: TargetProfile = {
  name: 'Raspberry Pi Pico',
  core: 'Cortex-M0+',
  clockHz: 133_000_000,
  ramBytes: 264 * 1024,
  flashBytes: 2 * 1024 * 1024,
  cyclesPer: priced(CORTEX_M0_PLUS_INSTRUCTIONS, CYCLES_PER_INSTRUCTION),
  // Kernels of networks 1.05, of signal processing 1.28 times the Thumb-2 code; bench/device/sizes.ts.
  codeScale: 1.15,
  // Wiring, and the compiler's routines for floats, 64-bit products and division: all of them, as audio features and
  // an int8 network need; smaller impulses leave out up to half.
  baseCodeBytes: 4700,
  latencyErrorPct: 30,
  latencyErrorSource:
    'median 8 % of counted against fitted instructions (leave one workload out), with 1.5 cycles per instruction assumed to within 20 %',
};
