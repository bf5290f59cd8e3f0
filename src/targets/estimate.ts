import type { Stage } from '../block.js';
import { addWork, timesWork, type Work } from '../cost.js';
import type { Program } from '../program.js';
import { sizeOf } from '../spec.js';
import { cyclesOf, energyOf, type InterpreterEstimate, interpreted } from './estimate/interpreted.js';
import { type Binding, place } from './estimate/place.js';
import { whole } from './estimate/text.js';
import type { TargetProfile } from './profiles/profile.js';
import { runtimeBytes, scaleOf } from './profiles/soft-float.js';
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
  /** Static memory of the library, exact; with an engine of others an estimate of theirs. The window and the stack belong to the application. */
  readonly ramBytes: number;
  /** Bound of the stack below the call of `run`; blocks of your own may need more. */
  readonly stackBytes: number;
  /** The window that the application hands over, as float32; not in `ramBytes`. */
  readonly windowBytes: number;
  readonly flashBytes: number;
  /** One window, from samples to scores. */
  readonly latencyMs: number;
  /** Typical error of `latencyMs` in percent, and where that figure comes from. */
  readonly latencyErrorPct: number;
  readonly latencyErrorSource: string;
  /** Parts of `latencyMs`. */
  readonly dspMs: number;
  readonly networkMs: number;
  /** What smoothing and thresholds of a stream add. */
  readonly postprocessingMs: number;
  /** `int8` when any network is. */
  readonly dtype: 'f32' | 'int8';
  /** Energy of one window in microjoules; absent where none was published for the board. */
  readonly energyUj?: number;
  readonly energyErrorPct?: number;
  /** The same impulse with TensorFlow Lite Micro and the published processing; absent where nothing is known of them. */
  readonly interpreter?: InterpreterEstimate;
  readonly blocks: readonly BlockEstimate[];
  /** What a stream costs, slice by slice; absent for images. */
  readonly stream?: StreamEstimate;
  readonly fits: boolean;
  /** What the board lacks; 0 when it fits. */
  readonly missing: { readonly ramBytes: number; readonly flashBytes: number };
  /** Where the arena and the constants lie. */
  readonly arenaIn: string;
  readonly constantsIn: string;
  /** The region that keeps it from fitting; absent when it fits. */
  readonly binding?: Binding;
}

/**
 * Above what any block or network of ours reached: 588 bytes in 136 images for Cortex-M0+ and Cortex-M4F, by painting;
 * bench/device/sizes.ts.
 */
const STACK_BOUND_BYTES = 1024;

/**
 * Estimates memory and time of an impulse, trained or not, on a board.
 *
 * RAM comes from the memory plan and is exact; flash is exact constants plus code sizes measured on Cortex-M4F,
 * scaled to the core, with the routines of the compiler's run time where there is no float unit; latency is work x cycles per unit / clock.
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
  const { codeScale, networkCodeScale = codeScale } = profile;
  const works = worksOf(program);
  const blocks = steps.map(
    ([name, type, stage, valueBytes], i): BlockEstimate => ({
      name,
      type,
      ramBytes: valueBytes * sizeOf(stage.output) + stage.cpp.scratchBytes + (stage.cpp.staticBytes ?? 0),
      flashBytes:
        stage.cpp.constBytes +
        Math.round(newCodeBytes(stage, counted, profile, i < program.dsp.length ? codeScale : networkCodeScale)),
      latencyMs: latencyMs(works[i]!, profile),
    }),
  );
  const ramBytes = program.arenaBytes + staticBytesOf(program);
  const base = baseCodeBytes(steps, profile);
  const flashBytes = sum(blocks, 'flashBytes') + base;
  const arena = place(profile, 'arena', ramBytes);
  const constants = place(profile, 'constants', flashBytes);
  const missing = {
    ramBytes: arena.binding?.missingBytes ?? 0,
    flashBytes: constants.binding?.missingBytes ?? 0,
  };
  const binding = arena.binding ?? constants.binding;
  const slowed = blocks.map((block) => ({ ...block, latencyMs: arena.slowdown * block.latencyMs }));
  const latency = sum(slowed, 'latencyMs');
  const other = interpreted(program, profile);
  const result: Estimate = {
    target: profile.name,
    ramBytes,
    stackBytes: STACK_BOUND_BYTES,
    windowBytes: 4 * sizeOf(program.input),
    flashBytes,
    latencyMs: latency,
    latencyErrorPct: profile.latencyErrorPct,
    latencyErrorSource: profile.latencyErrorSource,
    dspMs: sum(slowed.slice(0, program.dsp.length), 'latencyMs'),
    networkMs: sum(slowed.slice(program.dsp.length), 'latencyMs'),
    postprocessingMs: postprocessingMs(program, profile),
    dtype: program.learn.some(({ block }) => block.dtype === 'int8') ? 'int8' : 'f32',
    ...energyOf(latency, profile),
    ...(other && { interpreter: other }),
    blocks: slowed,
    ...streamEstimate(program, profile),
    fits: binding === undefined,
    missing,
    arenaIn: arena.region,
    constantsIn: constants.region,
    ...(binding && { binding }),
  };
  // Not enumerable, so that copies, comparisons and JSON see the fields alone.
  return Object.defineProperty(result, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => table(result, profile, base),
  });
}

/** What engines keep beside the arena. */
function staticBytesOf({ dsp, learn }: Program): number {
  const stages = [...dsp.map(({ stage }) => stage), ...learn.map(({ block }) => block)];
  return stages.reduce((sum, { cpp }) => sum + (cpp.staticBytes ?? 0), 0);
}

/** Work of every step. Where features are stored as int8, the block that writes them does what its network counts. */
function worksOf({ dsp, learn }: Program): Work[] {
  const storing = ({ output }: Stage): Work => ({ elementF32: sizeOf(output), div: sizeOf(output) });
  return [
    ...dsp.map(({ stage, dtype }) => (dtype === 'int8' ? addWork(stage.work, storing(stage)) : stage.work)),
    ...learn.map(({ inputs, block }) => {
      const moved = inputs.filter((i) => dsp[i]!.dtype === 'int8').map((i) => storing(dsp[i]!.stage));
      const left = addWork(block.work, ...moved.map((work) => timesWork(-1, work)));
      return Object.fromEntries(Object.entries(left).map(([unit, count]) => [unit, Math.max(0, count)]));
    }),
  ];
}

/** Wiring and the compiler's run time. */
function baseCodeBytes(
  steps: readonly (readonly [string, string, Stage, number])[],
  { baseCodeBytes: wiring, softFloat }: TargetProfile,
): number {
  if (!softFloat) return wiring;
  const used = steps.map(([, , { cpp, work }]) => ({ pieces: Object.keys(cpp.codeBytes), work }));
  return wiring + runtimeBytes(softFloat, used);
}

function streamEstimate(program: Program, profile: TargetProfile): { stream?: StreamEstimate } {
  const streaming = streamingOf(program);
  if (!streaming) return {};
  const { sample, stages, stateBytes } = streaming;
  const work = addWork(...stages.map((stage) => stage.work), ...program.learn.map(({ block }) => block.work));
  const axes = program.input.axes[1]!.size;
  return {
    stream: {
      ramBytes: program.arenaBytes + staticBytesOf(program) + stateBytes,
      sliceBytes: (sample === 'float' ? 4 : 2) * program.strideSamples * axes,
      strideMs: (1000 * program.strideSamples) / (program.input.rateHz ?? 1),
      latencyMs: latencyMs(work, profile),
    },
  };
}

/** Code of the pieces no step before has brought along. */
function newCodeBytes(stage: Stage, counted: Set<string>, { softFloat }: TargetProfile, scale: number): number {
  return Object.entries(stage.cpp.codeBytes).reduce((bytes, [piece, size]) => {
    if (counted.has(piece)) return bytes;
    counted.add(piece);
    return bytes + size * ((softFloat && scaleOf(softFloat, piece)) ?? scale);
  }, 0);
}

const latencyMs = (work: Work, profile: TargetProfile): number => (1000 * cyclesOf(work, profile)) / profile.clockHz;

/** Averages, thresholds and suppression: a few operations per score. */
function postprocessingMs({ learn }: Program, profile: TargetProfile): number {
  return latencyMs({ flop: 4 * learn.reduce((count, { block }) => count + sizeOf(block.output), 0), call: 1 }, profile);
}

const sum = (blocks: readonly BlockEstimate[], field: 'flashBytes' | 'latencyMs'): number =>
  blocks.reduce((total, block) => total + block[field], 0);

function table(result: Estimate, profile: TargetProfile, base: number): string {
  const { blocks, ramBytes, windowBytes, flashBytes, latencyErrorPct, stream, fits, missing } = result;
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
    ...(result.binding && profile.memory ? [bindingLine(result.binding)] : []),
    ...(result.energyUj === undefined ? [] : [energyLine(result.energyUj, result.energyErrorPct!)]),
    `beside it the application holds the window: ${whole(windowBytes)} bytes as float, half of it as int16`,
    ...(stream ? [streamLine(stream)] : []),
    ...(result.interpreter ? sideLines(result, result.interpreter) : []),
  ].join('\n');
}

const bindingLine = ({ region, missingBytes }: Binding): string =>
  `${region}, the largest piece, lacks ${whole(missingBytes)} bytes`;

const energyLine = (energyUj: number, errorPct: number): string =>
  `energy ${energyUj.toPrecision(3)} uJ a window, +- ${errorPct} % beside the error of the latency`;

/** Compiled beside interpreted. */
function sideLines(result: Estimate, other: InterpreterEstimate): string[] {
  const { binding } = other;
  const ms = (value: number): string => value.toFixed(1);
  const side = (name: string, dsp: number, network: number, ram: number, flash: number): string =>
    `  ${name.padEnd(12)}DSP ${ms(dsp)} + network ${ms(network)} ms; ${whole(ram)} bytes of RAM, ${whole(flash)} of flash`;
  const verdict = binding
    ? `does not fit: ${whole(binding.missingBytes)} bytes of ${binding.region} are missing`
    : `fits, arena in ${other.arenaIn}`;
  return [
    side('compiled', result.dspMs, result.networkMs, result.ramBytes, result.flashBytes),
    side('interpreter', other.dspMs, other.networkMs, other.ramBytes, other.flashBytes),
    `  interpreter: ${other.kernels}, network +- ${other.errorPct} % (nine of ten within ${other.errorP90Pct} %); ${verdict}`,
  ];
}

function streamLine({ ramBytes, sliceBytes, strideMs, latencyMs: ms }: StreamEstimate): string {
  const slice = `${whole(sliceBytes)} bytes every ${strideMs.toFixed(0)} ms`;
  return `as a stream, in slices of ${slice}: ${whole(ramBytes)} bytes of RAM, ${ms.toFixed(1)} ms a slice`;
}

const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
