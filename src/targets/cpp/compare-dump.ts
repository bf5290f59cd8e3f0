import type { LayerValues } from '../../block.js';
import { fail, show } from '../../errors.js';
import type { Program } from '../../program.js';
import { shapeOf, sizeOf } from '../../spec.js';
import { runProgram, storedFeatures } from './stored-features.js';

/** One value of a dump beside the same value here. */
export interface DumpStep {
  /** Block of the impulse, and its layer. */
  readonly step: string;
  readonly name: string;
  readonly dtype: 'f32' | 'int8';
  readonly shape: readonly number[];
  /** Largest difference: of int8 in steps, of floats relative where they are above 1. */
  readonly largest: number;
  /** How many values are equal, of how many. */
  readonly equal: number;
  readonly values: number;
  /** The first value that differs by more than rounding. */
  readonly difference?: { readonly index: number; readonly device: number; readonly here: number };
}

export interface DumpComparison {
  readonly steps: readonly DumpStep[];
  /** The first step that differs by more than rounding; absent when none does. */
  readonly first?: DumpStep;
}

/** Floats may differ by this where they are joined in another order; int8 by nothing. */
const FLOAT_TOLERANCE = 1e-4;

/**
 * Says at which block or layer a device first computes something else: reads what `<name>::dump` printed there, takes
 * the window from it, runs the impulse here and compares value by value.
 *
 * Lines that do not begin with `@ ` are left out, so that the log of a serial port can be handed over as it is.
 *
 * @throws `BAD_FILE` for text that is no dump of this impulse, such as one that was cut off
 * @example
 * ```ts
 * const { first } = compareDump(model, await readFile('serial.log', 'utf8'));
 * console.log(first ? `${first.step}/${first.name} differs by ${first.largest}` : 'equal');
 * ```
 */
export function compareDump({ program }: { readonly program: Program }, text: string): DumpComparison {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('@ '));
  const [window, ...rest] = lines.map(parseLine);
  const size = sizeOf(program.input);
  if (window === undefined || window.name !== 'window' || window.values.length !== size) {
    return refuse(
      window ? `${show(window.name)} of ${window.values.length} values` : 'no dump',
      `a window of ${size} values first`,
    );
  }
  if (!window.values.every(Number.isFinite)) return refuse('a window that is not finite', 'finite values');
  const here = expectedSteps(program, Float32Array.from(window.values));
  if (rest.length !== here.length) refuse(`${rest.length} steps`, `${here.length} steps`);
  const steps = here.map((expected, i) => compareStep(expected, rest[i]!));
  const first = steps.find(({ difference }) => difference);
  return { steps, ...(first && { first }) };
}

type Expected = LayerValues & { readonly step: string };

function expectedSteps(program: Program, window: Float32Array): Expected[] {
  const { features, inputs, answers } = runProgram(program, window);
  return [
    ...program.dsp.map(({ name, stage, dtype }, i) => ({
      step: name,
      name: 'features',
      dtype,
      shape: shapeOf(stage.output),
      values: storedFeatures(program, i, features[i]!),
    })),
    ...program.learn.flatMap(({ name, block }, i) => [
      ...(block.trace?.(inputs[i]!) ?? []).map((layer) => ({ step: name, ...layer })),
      { step: name, name: 'answer', dtype: 'f32' as const, shape: shapeOf(block.output), values: answers[i]! },
    ]),
  ];
}

function compareStep({ step, name, dtype, shape, values }: Expected, device: DumpLine): DumpStep {
  if (device.values.length !== values.length || device.dtype !== dtype) {
    refuse(`${device.dtype} x ${device.values.length} at ${device.name}`, `${dtype} x ${values.length} at ${name}`);
  }
  const tolerance = dtype === 'int8' ? 0 : FLOAT_TOLERANCE;
  let [largest, equal, index] = [0, 0, -1];
  device.values.forEach((value, i) => {
    const expected = values[i]!;
    if (value === expected) {
      equal++;
      return;
    }
    const scale = dtype === 'int8' ? 1 : Math.max(1, Math.abs(expected));
    const distance = Math.abs(value - expected) / scale;
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    if (index < 0 && !(distance <= tolerance)) index = i;
  });
  const difference = index < 0 ? undefined : { index, device: device.values[index]!, here: values[index]! };
  return { step, name, dtype, shape, largest, equal, values: values.length, ...(difference && { difference }) };
}

interface DumpLine {
  readonly name: string;
  readonly dtype: string;
  readonly values: readonly number[];
}

function parseLine(line: string): DumpLine {
  const [, , name = '', dtype = '', shape = '', ...values] = line.trimEnd().split(' ');
  const count = shape.split('x').reduce((n, part) => n * Number(part), 1);
  const digits = dtype === 'f32' ? /^[0-9a-f]{8}$/ : /^[0-9a-f]{2}$/;
  if (!['f32', 'int8'].includes(dtype) || values.length !== count || !values.every((value) => digits.test(value))) {
    refuse(show(line.slice(0, 60)), 'a line "@ step name f32|int8 shape values"');
  }
  const bits = new DataView(new ArrayBuffer(4));
  const read = (text: string): number => {
    bits.setUint32(0, Number.parseInt(text, 16));
    return dtype === 'f32' ? bits.getFloat32(0) : bits.getInt8(3);
  };
  return { name, dtype, values: values.map(read) };
}

function refuse(got: string, expected: string): never {
  return fail({
    code: 'BAD_FILE',
    where: 'compareDump',
    got,
    expected,
    fix: 'Dump a window again with the library that was deployed from this impulse.',
  });
}
