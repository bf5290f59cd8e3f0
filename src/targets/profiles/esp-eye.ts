import type { WorkUnit } from '../../cost.js';
import { cyclesOf, PORTABLE_INSTRUCTIONS } from './nano33ble.js';
import type { TargetProfile } from './profile.js';

/**
 * Cycles on Xtensa LX6, which runs the portable kernels, relative to these on Cortex-M4F. There is no emulator to count ours in, so these are ratios of published
 * times of the same programs on the same two boards ("Edge Impulse: An MLOps Platform for Tiny Machine Learning",
 * Table 2), times 160 MHz / 64 MHz: keyword front end 318.7 ms / 199.5 ms; float networks 22.41 / 112.58 and
 * 334 / 1517; int8 networks 14.54 / 32.34 and 193 / 231, geometric means.
 */
const PROCESSING = 4.0;
const FLOAT_NETWORK = 0.52;
const INT8_NETWORK = 1.53;

const RATIOS: Readonly<Record<WorkUnit, number>> = {
  int: PROCESSING,
  flop: PROCESSING,
  log: PROCESSING,
  div: PROCESSING,
  convF32: FLOAT_NETWORK,
  convInt8: INT8_NETWORK,
  gather: INT8_NETWORK,
  depthwiseF32: FLOAT_NETWORK,
  depthwiseInt8: INT8_NETWORK,
  denseF32: FLOAT_NETWORK,
  denseInt8: INT8_NETWORK,
  elementF32: FLOAT_NETWORK,
  elementInt8: INT8_NETWORK,
  requantize: INT8_NETWORK,
  exp: INT8_NETWORK,
  call: INT8_NETWORK,
};

const cortexM4F = cyclesOf(PORTABLE_INSTRUCTIONS);
const cycles = (Object.entries(RATIOS) as [WorkUnit, number][]).map(([unit, ratio]) => [unit, ratio * cortexM4F[unit]]);

/**
 * ESP-EYE: ESP32 at 160 MHz. RAM is the 520 KiB on the chip, where static memory lies; the 8 MiB of external RAM need
 * an allocator. Flash is the board's 4 MiB (data sheets of both).
 */
export const espEye: TargetProfile = {
  name: 'ESP-EYE',
  core: 'Xtensa LX6',
  clockHz: 160_000_000,
  ramBytes: 520 * 1024,
  flashBytes: 4 * 1024 * 1024,
  cyclesPer: Object.fromEntries(cycles) as Record<WorkUnit, number>,
  // Not measured: 24-bit instructions against 16 and 32 bits, literals beside the code.
  codeScale: 1.2,
  baseCodeBytes: 100,
  latencyErrorPct: 60,
  latencyErrorSource: 'ratios to Cortex-M4F from other programs; nothing of ours was measured on this core',
};
