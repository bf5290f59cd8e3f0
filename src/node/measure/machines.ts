import { fail, show } from '../../errors.js';
import { type CortexM, type MemoryMap, MPS2, MPS2_SECURE } from '../toolchains/arm-none-eabi/cores.js';

/** Cores that QEMU has a board for. */
export type EmulatedCore = 'Cortex-M0+' | 'Cortex-M3' | 'Cortex-M4F' | 'Cortex-M7' | 'Cortex-M33';

export interface Machine {
  /** What QEMU calls the board. */
  readonly machine: string;
  readonly cpu: CortexM;
  readonly memory: MemoryMap;
  /** Address of a CMSDK timer, and instructions per tick under `-icount shift=0`. */
  readonly timer: number;
  readonly instructionsPerTick: number;
}

const AT_25_MHZ = { memory: MPS2, timer: 0x4000_0000, instructionsPerTick: 40 };

/** ARMv6-M code is a subset of what a Cortex-M3 executes; startup.cpp lets unaligned access fault as on the real one. */
export const MACHINES: Readonly<Record<EmulatedCore, Machine>> = {
  'Cortex-M0+': { machine: 'mps2-an385', cpu: 'cortex-m0plus', ...AT_25_MHZ },
  'Cortex-M3': { machine: 'mps2-an385', cpu: 'cortex-m3', ...AT_25_MHZ },
  'Cortex-M4F': { machine: 'mps2-an386', cpu: 'cortex-m4f', ...AT_25_MHZ },
  'Cortex-M7': { machine: 'mps2-an500', cpu: 'cortex-m7', ...AT_25_MHZ },
  'Cortex-M33': {
    machine: 'mps2-an505',
    cpu: 'cortex-m33',
    memory: MPS2_SECURE,
    timer: 0x5000_0000,
    instructionsPerTick: 50,
  },
};

/**
 * The core as one that can be emulated.
 *
 * @throws `UNSUPPORTED`, naming those that can
 */
export function emulatedCore(core: string): EmulatedCore {
  if (Object.hasOwn(MACHINES, core)) return core as EmulatedCore;
  return fail({
    code: 'UNSUPPORTED',
    where: 'measure',
    got: `a target with the core ${show(core)}`,
    expected: `one of ${Object.keys(MACHINES).join(', ')}`,
    fix: 'Use estimate() for this target, or measure on one with a core that can be emulated.',
  });
}
