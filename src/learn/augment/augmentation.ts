import { fail, show } from '../../errors.js';
import { float, type Options, type Param, resolve, type Schema, type Values, value } from '../../params.js';
import type { Kind } from '../../spec.js';
import type { Random } from '../random.js';
import type { Material } from './material.js';

/** A random change to training data: plain data, frozen, JSON. Functions such as {@link timeShift} make them. */
export interface Augmentation {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** Changes a row in place. */
export type Change = (row: Float32Array, random: Random) => void;

/** What an augmentation is, apart from its options. */
export interface AugmentationDefinition<S extends Schema = Schema> {
  readonly type: string;
  /** What it makes sense for. */
  readonly kinds: readonly Kind[];
  readonly schema: S;
  /** Whether things are elsewhere in the row afterwards. */
  readonly moves?: boolean;
  /** Makes tables for rows of one kind and size; absent for what is done where rows are fed to a network. */
  readonly prepare?: (p: Values<S>, material: Material, where: string) => Change;
}

/** A function that makes augmentations of one type. */
export interface AugmentationFactory<S extends Schema> {
  (options?: Options<S>): Augmentation;
  readonly definition: AugmentationDefinition<S>;
}

/** Defines an augmentation from its options and what it does. */
export function augmentation<S extends Schema>(definition: AugmentationDefinition<S>): AugmentationFactory<S> {
  const { type, schema } = definition;
  const make = (options?: Options<S>): Augmentation => Object.freeze({ type, ...resolve(type, schema, options) });
  return Object.assign(make, { definition });
}

/** The largest change that is drawn, either way. */
export function most(initial: number, doc: string, max: number): Param<number> {
  return float(initial, doc, { min: 0, max });
}

/** How often a change is made at all. */
export const share = (initial = 0.5): Param<number> =>
  float(initial, 'Share of the rows that are changed.', { min: 0, max: 1 });

/** Two numbers between which one is drawn. */
export function range(
  initial: readonly [number, number],
  doc: string,
  min: number,
  max: number,
): Param<readonly [number, number]> {
  const inside = (v: unknown): boolean => typeof v === 'number' && v >= min && v <= max;
  return value<readonly [number, number]>(initial, doc, {
    check: (given) =>
      Array.isArray(given) && given.length === 2 && given.every(inside) && given[0] <= given[1]
        ? undefined
        : `[lowest, highest], both from ${min} to ${max}`,
  });
}

/** Uniform in `[-limit, limit]`. */
export function signed(random: Random, limit: number): number {
  return (2 * random.uniform() - 1) * limit;
}

/** Uniform between two numbers. */
export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform();
}

/** Refuses rows an augmentation cannot work on. */
export function refuseRows(where: string, got: string, expected: string, fix: string): never {
  return fail({ code: 'BAD_OPTION', where, got, expected, fix });
}

/**
 * Checks augmentations that may come from anywhere (a caller without types, a saved file) and freezes them.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 */
export function checkedList(
  where: string,
  given: unknown,
  known: ReadonlyMap<string, AugmentationDefinition>,
): readonly Augmentation[] {
  if (!Array.isArray(given)) {
    return refuseRows(where, show(given), 'a list of augmentations', 'Make them with timeShift, gain and their like.');
  }
  return Object.freeze(
    given.map((one: Partial<Augmentation> | null) => {
      const { type, ...options } = one ?? {};
      const definition = known.get(String(type));
      if (!definition) {
        const expected = `one of ${[...known.keys()].join(', ')}`;
        return refuseRows(where, show(one), expected, 'Make augmentations with the functions of these names.');
      }
      return Object.freeze({ type: definition.type, ...resolve(definition.type, definition.schema, options) });
    }),
  );
}
