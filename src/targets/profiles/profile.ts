import type { WorkUnit } from '../../cost.js';

/** What a board offers, and what a unit of work costs on it. Blocks count, profiles price. */
export interface TargetProfile {
  readonly name: string;
  readonly core: string;
  readonly clockHz: number;
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** Clock cycles of one unit of work, for our own C++ compiled with -Os. */
  readonly cyclesPer: Readonly<Record<WorkUnit, number>>;
  /** Size of machine code relative to Cortex-M4F (Thumb-2) at -Os. */
  readonly codeScale: number;
  /** Machine code of a library apart from its blocks: wiring, and what the core needs of the compiler's run time. */
  readonly baseCodeBytes: number;
  /** Typical error of latencies on this board, in percent, and where that figure comes from. */
  readonly latencyErrorPct: number;
  readonly latencyErrorSource: string;
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
