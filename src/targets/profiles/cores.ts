import type { PublishedUnit, WorkUnit } from '../../cost.js';
import { espEye } from './esp-eye.js';
import { nano33ble } from './nano33ble.js';
import type { TargetProfile } from './profile.js';
import { rpPico } from './rp-pico.js';
import { ARMV6M, ARMV7M } from './soft-float.js';

type Compiled = Pick<
  TargetProfile,
  | 'cyclesPer'
  | 'cyclesPerInstruction'
  | 'codeScale'
  | 'networkCodeScale'
  | 'baseCodeBytes'
  | 'softFloat'
  | 'latencyErrorPct'
  | 'latencyErrorSource'
>;

/** What boards with the same core share. */
export interface CoreProfile {
  readonly compiled: Compiled;
  /** Kernel library where a board names none; absent where none was published. */
  readonly kernels?: string;
  /** Time of float32 networks relative to int8 ones, interpreted. */
  readonly floatFactor: number;
  /** The published float library. */
  readonly processing?: Readonly<Record<PublishedUnit, number>>;
}

/**
 * Cycles of the published library on a Cortex-M4F: least squares of the relative error over Table 3 of "Edge Impulse:
 * An MLOps Platform for Tiny Machine Learning" (arXiv:2212.03332), the front ends of its Table 2, and the performance
 * page of the same library. Table 3 names no number of coefficients; its times are those of one per filter.
 */
const M4F_PROCESSING = { sample: 119, frame: 166_000, band: 1050, cosine: 155, value: 29 } as const;

/** The same on another core: the front end for audio and images by their own ratios, from Table 2. */
const processing = (audio: number, value: number): Record<PublishedUnit, number> => ({
  sample: audio * M4F_PROCESSING.sample,
  frame: audio * M4F_PROCESSING.frame,
  band: audio * M4F_PROCESSING.band,
  cosine: audio * M4F_PROCESSING.cosine,
  value,
});

const compiledOf = (profile: TargetProfile): Compiled => {
  const { cyclesPer, codeScale, baseCodeBytes, latencyErrorPct, latencyErrorSource } = profile;
  const { networkCodeScale = codeScale, softFloat, cyclesPerInstruction } = profile;
  return {
    cyclesPer,
    ...(cyclesPerInstruction && { cyclesPerInstruction }),
    codeScale,
    networkCodeScale,
    baseCodeBytes,
    ...(softFloat && { softFloat }),
    latencyErrorPct,
    latencyErrorSource,
  };
};

/** A core that nothing of ours was counted on, as a multiple of one that was. */
function like(base: TargetProfile, ratio: number, errorPct: number, source: string, codeScale = base.codeScale) {
  const { codeScales: _, ...routines } = base.softFloat ?? ARMV6M;
  const entries = Object.entries(base.cyclesPer).map(([unit, cycles]) => [unit, ratio * cycles]);
  return {
    ...compiledOf(base),
    cyclesPer: Object.fromEntries(entries) as Record<WorkUnit, number>,
    ...(base.cyclesPerInstruction && {
      cyclesPerInstruction: { value: ratio * base.cyclesPerInstruction.value, errorPct, source },
    }),
    codeScale,
    networkCodeScale: codeScale,
    ...(base.softFloat && { softFloat: routines }),
    latencyErrorPct: errorPct,
    latencyErrorSource: source,
  };
}

const assumed = (of: string): string =>
  `a multiple of ${of}, from times of other programs; nothing of ours was measured`;

/** Float32 against int8 of the same network and board: geometric means of Table 2; HALE of MLPerf Tiny on Cortex-M7. */
const FLOAT = { m0: 4.9, m4: 4.8, m7: 2.7, lx6: 1.6 } as const;

/** By name, as profiles give it in `core`. */
export const CORES: Readonly<Record<string, CoreProfile>> = {
  'Cortex-M0+': {
    compiled: compiledOf(rpPico),
    kernels: 'Edge Impulse SDK',
    floatFactor: FLOAT.m0,
    processing: processing(6.2, 235),
  },
  'Cortex-M3': {
    compiled: { ...like(rpPico, 0.8, 60, assumed('Cortex-M0+'), 1.05), softFloat: ARMV7M },
    kernels: 'Edge Impulse SDK',
    floatFactor: FLOAT.m0,
  },
  'Cortex-M4F': {
    compiled: compiledOf(nano33ble),
    kernels: 'Edge Impulse SDK',
    floatFactor: FLOAT.m4,
    processing: M4F_PROCESSING,
  },
  // Same instructions; cycles by the ratio of the same kernel sets in MLPerf Tiny.
  'Cortex-M33': {
    compiled: like(nano33ble, 0.87, 30, assumed('Cortex-M4F, which has the same instructions')),
    kernels: 'TFLM',
    floatFactor: FLOAT.m4,
  },
  'Cortex-M7': {
    compiled: like(nano33ble, 0.57, 30, assumed('Cortex-M4F, which has the same instructions')),
    kernels: 'TFLM',
    floatFactor: FLOAT.m7,
    processing: processing(0.63, 18),
  },
  'Cortex-M55': {
    compiled: like(nano33ble, 0.8, 60, assumed('Cortex-M4F; our kernels do not use Helium')),
    kernels: 'TFLM',
    floatFactor: FLOAT.m7,
  },
  'Cortex-M85': {
    compiled: like(nano33ble, 0.5, 60, assumed('Cortex-M4F; our kernels do not use Helium')),
    kernels: 'TFLM',
    floatFactor: FLOAT.m7,
  },
  'Xtensa LX6': {
    compiled: compiledOf(espEye),
    kernels: 'TFLM + ESP-NN',
    floatFactor: FLOAT.lx6,
    processing: processing(3.85, 58),
  },
  'Xtensa LX7': {
    compiled: like(espEye, 0.8, 70, assumed('Xtensa LX6'), 1.2),
    kernels: 'TFLM + ESP-NN',
    floatFactor: FLOAT.lx6,
  },
  RV32IMC: {
    compiled: like(rpPico, 1.1, 70, assumed('Cortex-M0+, which has no float unit either'), 1.3),
    kernels: 'TFLM + ESP-NN',
    floatFactor: FLOAT.m0,
  },
  'RV32IMAFC + PIE': {
    compiled: like(espEye, 0.9, 70, assumed('Xtensa LX6'), 1.3),
    kernels: 'TFLM + ESP-NN',
    floatFactor: FLOAT.lx6,
  },
  'Renesas RXv2': {
    compiled: like(nano33ble, 1.2, 70, assumed('Cortex-M4F'), 1.2),
    kernels: 'TFLM',
    floatFactor: FLOAT.m4,
  },
  'ARC EM9D': { compiled: like(nano33ble, 1.2, 70, assumed('Cortex-M4F'), 1.2), floatFactor: FLOAT.m4 },
  C28x: { compiled: like(nano33ble, 1.5, 70, assumed('Cortex-M4F'), 1.3), floatFactor: FLOAT.m4 },
  'Cortex-A53': { compiled: like(nano33ble, 0.6, 70, assumed('Cortex-M4F'), 1.5), floatFactor: 1.5 },
  'Cortex-A57': { compiled: like(nano33ble, 0.4, 70, assumed('Cortex-M4F'), 1.5), floatFactor: 1.5 },
  'Cortex-A72': { compiled: like(nano33ble, 0.35, 70, assumed('Cortex-M4F'), 1.5), floatFactor: 1.5 },
  'Cortex-A76': { compiled: like(nano33ble, 0.25, 70, assumed('Cortex-M4F'), 1.5), floatFactor: 1.5 },
};
