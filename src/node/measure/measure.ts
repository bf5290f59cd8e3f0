import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.js';
import type { Program } from '../../program.js';
import { sizeOf } from '../../spec.js';
import { cppLibrary, estimate, type TargetProfile } from '../../targets/index.js';
import { emulate } from './emulate.js';
import { imageSizes, inFolder, requireTools, type ToolOptions } from './image.js';
import { emptyImage, INVOKE, runImage, stepsImage } from './library-image.js';
import { type EmulatedCore, emulatedCore } from './machines.js';
import { type Measurement, measurementTable } from './measurement.js';
import { stackBound } from './stack-bound.js';

export interface MeasureOptions extends ToolOptions {
  /** `size`: -Os; `speed`: -O2. Default `size`, which is what estimates are for. */
  readonly optimize?: 'size' | 'speed' | undefined;
  /** Behind the flags of every image. */
  readonly flags?: readonly string[] | undefined;
  /** Command or path of QEMU. Default: `qemu-system-arm`. */
  readonly emulator?: string | undefined;
  /** How many golden windows to run; default: all. */
  readonly windows?: number | undefined;
}

/** What runs on the device: a trained impulse, or its program. */
type Runnable = Program | { readonly program: Program };

/**
 * Builds the C++ library for the core of a target and runs it in QEMU: flash and RAM of the linked image, the stack by
 * painting, and instructions of every step, counted. The golden windows run on the way and are compared with TypeScript.
 *
 * QEMU counts instructions, not cycles: times are instructions times `target.cyclesPerInstruction`, with its error. The
 * counts are the same on every run. Flash and RAM are those of the library alone: of its image less one that does
 * nothing; the window and the result belong to the application.
 *
 * @throws `NO_COMPILER`, naming the packages to install; `UNSUPPORTED` for a core that QEMU has no board for;
 * `COMPILE_FAILED`, `PROCESS_FAILED`, `BAD_OPTION`, `NO_DATA` without golden windows, `ABORTED`
 * @example
 * ```ts
 * console.log(await measure(model, nano33ble));
 * ```
 */
export async function measure(
  model: Runnable,
  target: TargetProfile,
  options: MeasureOptions = {},
): Promise<Measurement> {
  const core = emulatedCore(target.core);
  const { optimize = 'size', signal, emulator } = options;
  const given = 'program' in model ? model.program : model;
  const program = { ...given, golden: given.golden.slice(0, countOf(options.windows)) };
  const versions = await requireTools(options);
  const { files } = cppLibrary({ name: 'lib', optimize }).emit(program);
  return inFolder(files, async (dir) => {
    const flags = [optimize === 'size' ? '-Os' : '-O2', ...(options.flags ?? [])];
    const image = { ...options, dir, core, flags };
    await writeFile(join(dir, 'input.bin'), Buffer.concat(program.golden.map(({ window }) => bytesOf(window))));

    const none = await imageSizes(await emptyImage(image));
    const whole = await runImage(image);
    const size = await imageSizes(whole);
    const bound = await stackBound(dir, 'run.elf', INVOKE);
    const ran = await emulate(whole, core, dir, { emulator, signal });
    const golden = await comparedIn(dir, program);
    const steps = await emulate(await stepsImage(image), core, dir, { emulator, signal });
    const result = {
      ...figures(program, target, core, { total: ran('ticks'), steps: steps('ticks') }),
      flashBytes: size.flash - none.flash,
      constBytes: size.constants - none.constants,
      ramBytes: size.ram - none.ram,
      windowBytes: 4 * sizeOf(program.input),
      stackBytes: Math.max(...ran('stack')),
      ...(bound !== undefined && { stackBoundBytes: bound }),
      golden,
      compiler: versions.compiler,
      emulator: versions.emulator,
      flags,
    };
    return printable({ ...result, fits: fitsOn(target, result) });
  });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function countOf(windows: number | undefined): number | undefined {
  if (windows === undefined || (Number.isInteger(windows) && windows > 0)) return windows;
  return fail({
    code: 'BAD_OPTION',
    where: 'measure.windows',
    got: String(windows),
    expected: 'a whole number from 1',
    fix: 'Leave the option out to run all golden windows.',
  });
}

/** float32 to the last digits; int8 networks give the very same. */
const TOLERANCE = 1e-5;

/** What the device wrote, against what TypeScript computed. */
async function comparedIn(dir: string, { golden }: Program): Promise<Measurement['golden']> {
  const bytes = Uint8Array.from(await readFile(join(dir, 'output.bin')));
  const got = new Float32Array(bytes.buffer);
  const expected = golden.flatMap(({ scores }) => scores.flatMap((row) => [...row]));
  const differences = expected.map((value, i) => Math.abs(got[i]! - value) / Math.max(1, Math.abs(value)));
  const difference = differences.reduce((most, value) => Math.max(most, value), 0);
  return { windows: golden.length, difference, agrees: got.length === expected.length && difference <= TOLERANCE };
}

interface Counts {
  /** Of every window. */
  readonly total: readonly number[];
  /** Of every window and step. */
  readonly steps: readonly number[];
}

/** Times from counts. */
function figures(program: Program, target: TargetProfile, core: EmulatedCore, { total, steps }: Counts) {
  const { value: perInstruction, errorPct, source } = target.cyclesPerInstruction ?? UNKNOWN;
  const msOf = (instructions: number): number => (1000 * instructions * perInstruction) / target.clockHz;
  const names = [
    ...program.dsp.map(({ name, type }) => ({ name, type })),
    ...program.learn.map(({ name, block }) => ({ name, type: block.type })),
  ];
  const blocks = names.map(({ name, type }, i) => {
    const instructions = Math.max(...steps.filter((_, at) => at % names.length === i));
    return { name, type, instructions, latencyMs: msOf(instructions) };
  });
  const sum = (from: number, to?: number): number =>
    blocks.slice(from, to).reduce((ms, { latencyMs }) => ms + latencyMs, 0);
  const instructions = Math.max(...total);
  const estimated = estimate(program, target);
  return {
    target: target.name,
    core,
    dtype: estimated.dtype,
    estimate: estimated,
    blocks,
    instructions,
    cycles: instructions * perInstruction,
    latencyMs: msOf(instructions),
    latencyErrorPct: errorPct,
    latencyErrorSource: source,
    dspMs: sum(0, program.dsp.length),
    networkMs: sum(program.dsp.length),
  };
}

const UNKNOWN = { value: 1.3, errorPct: 50, source: 'assumed, as the target names no cycles per instruction' } as const;

const fitsOn = (target: TargetProfile, { ramBytes, flashBytes }: Pick<Measurement, 'ramBytes' | 'flashBytes'>) =>
  ramBytes <= target.ramBytes && flashBytes <= target.flashBytes;

/** Not enumerable, so that copies, comparisons and JSON see the fields alone. */
const printable = (result: Measurement): Measurement =>
  Object.defineProperty(result, Symbol.for('nodejs.util.inspect.custom'), { value: () => measurementTable(result) });
