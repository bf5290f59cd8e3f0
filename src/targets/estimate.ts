import type { Stage } from '../block.js';
import { addWork, type Work, type WorkUnit } from '../cost.js';
import type { Program } from '../program.js';
import { sizeOf } from '../spec.js';
import type { TargetProfile } from './profiles/profile.js';
import { streamingOf } from './streaming.js';

/** What one step of an impulse needs. */
export interface BlockEstimate {
  readonly name: string;
  readonly type: string;
  /** Output and scratch. Steps share the arena, so that these do not add up to the total. */
  readonly ramBytes: number;
  /** Constants and machine code; code that several steps use is counted at the first. */
  readonly flashBytes: number;
  readonly latencyMs: number;
}

/** What `run_continuous` needs. */
export interface StreamEstimate {
  /** Static memory with what lasts from slice to slice, exact. */
  readonly ramBytes: number;
  /** The slice that the application hands over. */
  readonly sliceBytes: number;
  /** Time from one slice to the next; the latency must stay below. */
  readonly strideMs: number;
  /** One slice, once the window is full. */
  readonly latencyMs: number;
}

/** What an impulse needs on a board. Prints as a table; otherwise plain data. */
export interface Estimate {
  readonly target: string;
  /** Static memory of the library, exact. The window and the stack belong to the application. */
  readonly ramBytes: number;
  /** The window that the application hands over, as float32; not in `ramBytes`. */
  readonly windowBytes: number;
  readonly flashBytes: number;
  /** One window, from samples to scores. */
  readonly latencyMs: number;
  /** Typical error of `latencyMs` in percent, and where that figure comes from. */
  readonly latencyErrorPct: number;
  readonly latencyErrorSource: string;
  readonly blocks: readonly BlockEstimate[];
  /** What a stream costs, slice by slice; absent for images. */
  readonly stream?: StreamEstimate;
  readonly fits: boolean;
  /** What the board lacks; 0 when it fits. */
  readonly missing: { readonly ramBytes: number; readonly flashBytes: number };
}

/**
 * Estimates memory and time of an impulse, trained or not, on a board.
 *
 * RAM comes from the memory plan and is exact; flash is exact constants plus code sizes measured on Cortex-M4F,
 * scaled to the core; latency is work x cycles per unit / clock.
 *
 * @example
 * ```ts
 * console.log(model.estimate(nano33ble));
 * ```
 */
export function estimate(program: Program, profile: TargetProfile): Estimate {
  const counted = new Set<string>();
  const steps: [string, string, Stage, number][] = [
    ...program.dsp.map(({ name, type, stage, dtype }): [string, string, Stage, number] => [
      name,
      type,
      stage,
      dtype === 'int8' ? 1 : 4,
    ]),
    ...program.learn.map(({ name, block }): [string, string, Stage, number] => [name, block.type, block, 4]),
  ];
  const blocks = steps.map(
    ([name, type, stage, valueBytes]): BlockEstimate => ({
      name,
      type,
      ramBytes: valueBytes * sizeOf(stage.output) + stage.cpp.scratchBytes,
      flashBytes: stage.cpp.constBytes + Math.round(newCodeBytes(stage, counted) * profile.codeScale),
      latencyMs: latencyMs(stage.work, profile),
    }),
  );
  const ramBytes = program.arenaBytes;
  const flashBytes = sum(blocks, 'flashBytes') + profile.baseCodeBytes;
  const missing = {
    ramBytes: Math.max(0, ramBytes - profile.ramBytes),
    flashBytes: Math.max(0, flashBytes - profile.flashBytes),
  };
  const result: Estimate = {
    target: profile.name,
    ramBytes,
    windowBytes: 4 * sizeOf(program.input),
    flashBytes,
    latencyMs: sum(blocks, 'latencyMs'),
    latencyErrorPct: profile.latencyErrorPct,
    latencyErrorSource: profile.latencyErrorSource,
    blocks,
    ...streamEstimate(program, profile),
    fits: missing.ramBytes === 0 && missing.flashBytes === 0,
    missing,
  };
  // Not enumerable, so that copies, comparisons and JSON see the fields alone.
  return Object.defineProperty(result, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => table(result, profile),
  });
}

function streamEstimate(program: Program, profile: TargetProfile): { stream?: StreamEstimate } {
  const streaming = streamingOf(program);
  if (!streaming) return {};
  const { sample, stages, stateBytes } = streaming;
  const work = addWork(...stages.map((stage) => stage.work), ...program.learn.map(({ block }) => block.work));
  const axes = program.input.axes[1]!.size;
  return {
    stream: {
      ramBytes: program.arenaBytes + stateBytes,
      sliceBytes: (sample === 'float' ? 4 : 2) * program.strideSamples * axes,
      strideMs: (1000 * program.strideSamples) / (program.input.rateHz ?? 1),
      latencyMs: latencyMs(work, profile),
    },
  };
}

/** Code of the pieces no step before has brought along. */
function newCodeBytes(stage: Stage, counted: Set<string>): number {
  return Object.entries(stage.cpp.codeBytes).reduce((bytes, [piece, size]) => {
    if (counted.has(piece)) return bytes;
    counted.add(piece);
    return bytes + size;
  }, 0);
}

function latencyMs(work: Work, { cyclesPer, clockHz }: TargetProfile): number {
  const cycles = (Object.entries(work) as [WorkUnit, number][]).reduce(
    (total, [unit, count]) => total + count * cyclesPer[unit],
    0,
  );
  return (1000 * cycles) / clockHz;
}

const sum = (blocks: readonly BlockEstimate[], field: 'flashBytes' | 'latencyMs'): number =>
  blocks.reduce((total, block) => total + block[field], 0);

function table(result: Estimate, profile: TargetProfile): string {
  const { blocks, ramBytes, windowBytes, flashBytes, latencyErrorPct, stream, fits, missing } = result;
  const base = profile.baseCodeBytes;
  const row = (name: string, type: string, cost: Pick<BlockEstimate, 'ramBytes' | 'flashBytes' | 'latencyMs'>) => [
    name,
    type,
    whole(cost.ramBytes),
    whole(cost.flashBytes),
    cost.latencyMs.toFixed(1),
  ];
  const rows = [
    ['block', 'type', 'RAM (B)', 'flash (B)', 'latency (ms)'],
    ...blocks.map((block) => row(block.name, block.type, block)),
    row('wiring', '', { ramBytes: 0, flashBytes: base, latencyMs: 0 }),
    row('total', '', result),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  const verdict = fits
    ? `fits: ${percent(ramBytes, profile.ramBytes)} of RAM, ${percent(flashBytes, profile.flashBytes)} of flash`
    : `does not fit: ${whole(missing.ramBytes)} bytes of RAM and ${whole(missing.flashBytes)} bytes of flash are missing`;
  return [
    `${profile.name} (${profile.core}, ${profile.clockHz / 1e6} MHz)`,
    ...rows.map(line),
    `${verdict}; latency +- ${latencyErrorPct} %; blocks share RAM`,
    `beside it the application holds the window: ${whole(windowBytes)} bytes as float, half of it as int16`,
    ...(stream ? [streamLine(stream)] : []),
  ].join('\n');
}

function streamLine({ ramBytes, sliceBytes, strideMs, latencyMs: ms }: StreamEstimate): string {
  const slice = `${whole(sliceBytes)} bytes every ${strideMs.toFixed(0)} ms`;
  return `as a stream, in slices of ${slice}: ${whole(ramBytes)} bytes of RAM, ${ms.toFixed(1)} ms a slice`;
}

/** 12345 -> 12,345, the same in every locale. */
const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
