import { whole } from '../../targets/estimate/text.js';
import type { Estimate } from '../../targets/index.js';

/** What one step of an impulse took. */
export interface MeasuredBlock {
  readonly name: string;
  readonly type: string;
  /** Executed instructions, of the window that took most. */
  readonly instructions: number;
  readonly latencyMs: number;
}

/** An impulse on an emulated core, beside what was estimated. Prints as a table; otherwise plain data. */
export interface Measurement
  extends Pick<
    Estimate,
    | 'target'
    | 'ramBytes'
    | 'windowBytes'
    | 'flashBytes'
    | 'latencyMs'
    | 'latencyErrorPct'
    | 'latencyErrorSource'
    | 'dspMs'
    | 'networkMs'
    | 'dtype'
    | 'fits'
  > {
  readonly core: string;
  /** Constants among `flashBytes`. */
  readonly constBytes: number;
  /** High-water mark of the stack below the call of `run`, by painting. */
  readonly stackBytes: number;
  /** Deepest path of calls below `run`, from the compiler; absent where it cannot know, as with calls by pointer. */
  readonly stackBoundBytes?: number;
  /** Executed instructions of one `run`, of the window that took most; exact to one tick of 40 or 50. */
  readonly instructions: number;
  /** `instructions` times the cycles per instruction of the target. */
  readonly cycles: number;
  readonly blocks: readonly MeasuredBlock[];
  /** The golden windows on the device: how many, and the largest difference to TypeScript, relative above 1. */
  readonly golden: { readonly windows: number; readonly difference: number; readonly agrees: boolean };
  /** Versions of what built and ran it, and the flag of optimisation. */
  readonly compiler: string;
  readonly emulator: string;
  readonly flags: readonly string[];
  readonly estimate: Estimate;
}

/** A measurement as text: the estimate, what was measured, and how far the one is off. */
export function measurementTable(result: Measurement): string {
  const { estimate, blocks, golden } = result;
  const rows = [
    ['', 'estimate', 'measured', 'off'],
    row('flash (B)', estimate.flashBytes, result.flashBytes),
    row('RAM (B)', estimate.ramBytes, result.ramBytes),
    ['stack (B)', `<= ${whole(estimate.stackBytes)}`, whole(result.stackBytes), boundText(result)],
    ...blocks.map(({ name, latencyMs }, i) => row(`${name} (ms)`, estimate.blocks[i]!.latencyMs, latencyMs, ms)),
    row('total (ms)', estimate.latencyMs, result.latencyMs, ms),
    ['instructions', '', whole(result.instructions), ''],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const verdict = golden.agrees ? 'as in TypeScript' : 'NOT as in TypeScript';
  return [
    `${result.target} (${result.core}, ${result.dtype}), ${result.flags.join(' ')}`,
    ...rows.map(line),
    `${golden.windows} golden windows on the device: ${verdict} (largest difference ${golden.difference.toPrecision(2)})`,
    `measured ms: ${(result.cycles / result.instructions).toFixed(2)} cycles per instruction, +- ${result.latencyErrorPct} %`,
    `${result.compiler}; ${result.emulator}`,
  ].join('\n');
}

const row = (name: string, estimated: number, measured: number, text = whole): string[] => [
  name,
  text(estimated),
  text(measured),
  measured === 0 ? '' : `${(100 * (estimated / measured - 1)).toFixed(1)} %`,
];

const boundText = ({ stackBoundBytes }: Measurement): string =>
  stackBoundBytes === undefined ? '' : `calls <= ${whole(stackBoundBytes)}`;

const ms = (value: number): string => value.toFixed(value < 1 ? 3 : 1);
