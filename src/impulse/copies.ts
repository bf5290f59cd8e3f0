import { md5, type Sample } from '../data/index.js';
import { fail, show } from '../errors.js';
import { changeOf } from '../learn/augment/augment.js';
import type { Augmentation } from '../learn/augment/augmentation.js';
import { type Material, materialOf } from '../learn/augment/material.js';
import { seededRandom } from '../learn/random.js';
import type { InputBlock } from './input.js';
import type { LabeledWindow } from './windows.js';

/** Changed copies of the training windows, made before processing. */
export interface CopyOptions {
  /** Copies of every window, beside the window as it is. Default 1; each costs as much processing as the data itself. */
  readonly copies?: number | undefined;
  /** What is changed in each copy, in this order: `noiseMix`, `timeShift`, `speed`, `gain` and their like. */
  readonly with: readonly Augmentation[];
  /** Recordings that `noiseMix` mixes in; they need no labels. */
  readonly noise?: readonly Sample[] | undefined;
}

/** Copies as a model's origin names them. */
export interface CopyOrigin {
  readonly copies: number;
  readonly with: readonly Augmentation[];
  /** MD5 over the windows of the noise that was given. */
  readonly noiseHash?: string;
}

/** Copies that are made one by one, so that never all of them take memory. */
export interface Copies {
  /** Per window. */
  readonly count: number;
  readonly origin: CopyOrigin;
  /** Values of all copies: those of every window once, then once more. */
  readonly make: () => Iterable<Float32Array>;
}

const LIMITS: Readonly<Record<string, readonly [number, number]>> = { microphone: [-32768, 32767], camera: [0, 255] };
const WHERE = 'fit.augment';

/**
 * Prepares copies of windows.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 */
export function copiesOf(
  input: InputBlock,
  windows: readonly LabeledWindow[],
  { copies = 1, with: list, noise = [] }: CopyOptions,
  seed: number,
): Copies {
  if (!Number.isInteger(copies) || copies < 0 || copies > 1000) {
    refuse('copies', show(copies), 'a whole number from 0 to 1000');
  }
  const given = noise.flatMap((sample) => input.windows(sample).map(({ values }) => values));
  const material: Material = {
    ...materialOf(
      input.spec,
      windows.map(({ values }) => values),
      input.sensor !== 'microphone' && input.sensor !== 'camera',
    ),
    ...(LIMITS[input.sensor] && { limits: LIMITS[input.sensor]! }),
    noise: (label) => {
      if (label === undefined) return given;
      return windows.filter((window) => window.label === label).map(({ values }) => values);
    },
  };
  const still = windows.some(({ boxes }) => boxes && boxes.length > 0);
  const change = changeOf(WHERE, list, material, { still });
  if (!change) refuse('with', show(list), 'at least one augmentation');
  const hashes = given.map((row) => md5(new Uint8Array(row.buffer, row.byteOffset, row.byteLength)));
  return {
    count: copies,
    origin: {
      copies,
      with: list,
      ...(given.length > 0 && { noiseHash: md5(new TextEncoder().encode(hashes.join('\n'))) }),
    },
    *make() {
      const random = seededRandom(seed, 'copies');
      for (let copy = 0; copy < copies; copy++) {
        for (const { values } of windows) {
          const row = values.slice();
          change(row, random);
          yield row;
        }
      }
    },
  };
}

/** A list and itself again, `times` more. */
export function repeated<T>(list: readonly T[], times: number): T[] {
  return Array.from({ length: times + 1 }, () => list).flat();
}

function refuse(option: string, got: string, expected: string): never {
  return fail({ code: 'BAD_OPTION', where: `${WHERE}.${option}`, got, expected, fix: 'Correct the option.' });
}
