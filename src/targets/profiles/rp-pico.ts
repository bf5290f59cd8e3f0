import { priced, type TargetProfile } from './profile.js';
import { ARMV6M } from './soft-float.js';

/**
 * Instructions of our kernels per unit on Cortex-M0+, with the compiler's software floating point in them;
 * arm-none-eabi-g++ 12 at -Os, counted in QEMU and fitted by bench/device/calibrate.ts over 68 workloads. A workload
 * predicted from a fit to the others is off by 6 % in the median and by 37 % at the 90th percentile.
 */
const CORTEX_M0_PLUS_INSTRUCTIONS = {
  int: 3.12,
  flop: 83.9,
  log: 2300,
  div: 622,
  convF32: 192,
  convInt8: 3.06,
  gather: 34.7,
  depthwiseF32: 199,
  depthwiseInt8: 5.91,
  denseF32: 223,
  denseInt8: 3.34,
  elementF32: 100,
  elementInt8: 19.7,
  requantize: 89.7,
  exp: 657,
  call: 273,
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
  cyclesPerInstruction: {
    value: CYCLES_PER_INSTRUCTION,
    errorPct: 20,
    source: 'assumed from the instruction timing of the Cortex-M0+ Technical Reference Manual',
  },
  // Kernels of networks 1.05, of signal processing 1.28 times the Thumb-2 code; bench/device/sizes.ts.
  codeScale: 1.28,
  networkCodeScale: 1.05,
  baseCodeBytes: 24,
  softFloat: ARMV6M,
  latencyErrorPct: 25,
  latencyErrorSource:
    'median 6 % of counted against fitted instructions (leave one workload out), with 1.5 cycles per instruction assumed to within 20 %',
};
