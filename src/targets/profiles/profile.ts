import type { PublishedUnit, WorkUnit } from '../../cost.js';
import type { SoftFloat } from './soft-float.js';

/** A part of a board's memory. */
export interface MemoryRegion {
  /** As the data sheet calls it: `DTCM`, `SRAM1`, `PSRAM`, `flash`. */
  readonly name: string;
  readonly bytes: number;
  /** What may lie there: the arena, or constants and code. */
  readonly holds: 'arena' | 'constants';
  /** Outside of the chip: not part of `ramBytes` or `flashBytes`. */
  readonly external?: boolean;
  /** Time of work on an arena here, relative to memory on the chip; default 1. */
  readonly slowdown?: number;
}

/** What the network and the processing cost where TensorFlow Lite Micro interprets the one and a float library does the other. */
export interface InterpreterProfile {
  /** Kernel library: a name of the fitted model, such as `TFLM` or `X-CUBE-AI 9`. */
  readonly kernels: string;
  /** Cycles per multiply-accumulate of a convolution, a depthwise one and a dense layer, and per output; int8. */
  readonly cyclesPer: {
    readonly conv: number;
    readonly depthwise: number;
    readonly dense: number;
    readonly output: number;
  };
  /** Time in float32 relative to int8. */
  readonly floatFactor: number;
  /** Cycles of the published library's processing; absent where no times are known. */
  readonly processing?: Readonly<Record<PublishedUnit, number>> | undefined;
  readonly errorPct: number;
  /** Nine of ten are off by less. */
  readonly errorP90Pct: number;
  readonly errorSource: string;
}

export interface EnergyProfile {
  /** Of the whole chip while it computes. */
  readonly nanojoulesPerCycle: number;
  readonly errorPct: number;
  readonly source: string;
}

/** What a board offers, and what a unit of work costs on it. Blocks count, profiles price. */
export interface TargetProfile {
  /** Short name for look-ups; absent for boards that are nowhere listed. */
  readonly id?: string;
  readonly name: string;
  readonly core: string;
  readonly clockHz: number;
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** Where memory is in parts; absent: one piece of RAM and one of flash. */
  readonly memory?: readonly MemoryRegion[] | undefined;
  /** Clock cycles of one unit of work, for our own C++ compiled with -Os. */
  readonly cyclesPer: Readonly<Record<WorkUnit, number>>;
  /** From counted instructions to cycles, for `measure`, with its error in percent. */
  readonly cyclesPerInstruction?: { readonly value: number; readonly errorPct: number; readonly source: string };
  /** Size of machine code relative to Cortex-M4F (Thumb-2) at -Os. */
  readonly codeScale: number;
  /** The same for code of networks; default: `codeScale`. */
  readonly networkCodeScale?: number;
  /** Machine code of a library apart from its blocks. */
  readonly baseCodeBytes: number;
  /** What a core without a float unit needs of the compiler's run time; absent for others. */
  readonly softFloat?: SoftFloat;
  /** Typical error of latencies on this board, in percent, and where that figure comes from. */
  readonly latencyErrorPct: number;
  readonly latencyErrorSource: string;
  /** Absent where nothing was published about the core. */
  readonly interpreter?: InterpreterProfile | undefined;
  /** Absent where nobody published energy. */
  readonly energy?: EnergyProfile | undefined;
  /** Where the figures come from: data sheet, measured, or assumed. */
  readonly sources?: Readonly<Partial<Record<'clock' | 'memory' | 'kernels' | 'energy', string>>> | undefined;
}

/**
 * Cycles per unit from instructions per unit and a factor of cycles per instruction.
 */
export function priced(
  instructionsPer: Readonly<Record<WorkUnit, number>>,
  cyclesPerInstruction: number,
): Record<WorkUnit, number> {
  const entries = Object.entries(instructionsPer).map(([unit, count]) => [unit, count * cyclesPerInstruction]);
  return Object.fromEntries(entries) as Record<WorkUnit, number>;
}
