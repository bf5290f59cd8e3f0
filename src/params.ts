import { fail, show } from './errors.js';
import type { Given } from './spec.js';

/**
 * One parameter of a block, declared once. From it come the option type, the validation, the tuner's
 * search space and the table in the block's documentation.
 */
export interface Param<T> {
  readonly type: 'int' | 'float' | 'boolean' | 'choice' | 'value';
  readonly default: T;
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly T[];
  /** Values the tuner may try. */
  readonly tune?: readonly T[];
  /** Why a value is refused, for rules a range cannot say. */
  readonly check?: (value: T) => string | undefined;
}

type Rule<T> = Partial<Pick<Param<T>, 'min' | 'max' | 'tune' | 'check'>>;

/** A whole number. */
export function int(value: number, doc: string, rule: Rule<number> = {}): Param<number> {
  return { type: 'int', default: value, doc, ...rule };
}

/** A finite number. */
export function float(value: number, doc: string, rule: Rule<number> = {}): Param<number> {
  return { type: 'float', default: value, doc, ...rule };
}

/** A switch. */
export function boolean(value: boolean, doc: string, rule: Pick<Rule<boolean>, 'tune'> = {}): Param<boolean> {
  return { type: 'boolean', default: value, doc, ...rule };
}

/** One of a few values. */
export function choice<const T extends string | number>(
  choices: readonly T[],
  value: Given<T>,
  doc: string,
  rule: Pick<Rule<T>, 'tune'> = {},
): Param<T> {
  return { type: 'choice', default: value, doc, choices, ...rule };
}

/** Any other JSON value; `check` is its only rule. */
export function value<T>(initial: T, doc: string, rule: Rule<T> = {}): Param<T> {
  return { type: 'value', default: initial, doc, ...rule };
}

// biome-ignore lint/suspicious/noExplicitAny: a schema holds parameters of any value type
export type Schema = Readonly<Record<string, Param<any>>>;
export type Values<S extends Schema> = { readonly [K in keyof S]: S[K] extends Param<infer T> ? T : never };
export type Options<S extends Schema> = { readonly [K in keyof S]?: Values<S>[K] | undefined };

/** A power of two, for `check`. */
export function powerOfTwo(value: number): string | undefined {
  return Number.isInteger(Math.log2(value)) ? undefined : 'a power of two';
}

/**
 * Fills in defaults and checks every option against its declaration.
 *
 * @throws `UNKNOWN_OPTION`, `BAD_OPTION`
 */
export function resolve<S extends Schema>(where: string, schema: S, options: Options<S> = {}): Values<S> {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(schema, name)) continue;
    fail({
      code: 'UNKNOWN_OPTION',
      where: `${where}.${name}`,
      got: 'an unknown option',
      expected: `one of ${Object.keys(schema).join(', ')}`,
      fix: 'Correct the spelling or remove it.',
    });
  }
  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(schema)) {
    const given = options[name];
    values[name] = given === undefined ? param.default : checked(`${where}.${name}`, param, given);
  }
  return Object.freeze(values) as Values<S>;
}

function checked<T>(where: string, param: Param<T>, given: T): T {
  const expected = refusal(param, given);
  if (expected === undefined) return given;
  return fail({
    code: 'BAD_OPTION',
    where,
    got: show(given),
    expected,
    fix: `${param.doc} Default: ${show(param.default)}.`,
  });
}

/** What was expected instead of `given`, or nothing when it is fine. */
function refusal<T>(param: Param<T>, given: T): string | undefined {
  if (param.choices) return param.choices.includes(given) ? undefined : `one of ${param.choices.map(show).join(', ')}`;
  if (param.type === 'boolean') return typeof given === 'boolean' ? undefined : 'true or false';
  if (param.type === 'int' || param.type === 'float') {
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = param;
    const noun = param.type === 'int' ? 'a whole number' : 'a finite number';
    if (typeof given !== 'number' || !Number.isFinite(given)) return noun;
    if (param.type === 'int' && !Number.isInteger(given)) return noun;
    if (given < min) return `${noun} of at least ${min}`;
    if (given > max) return `${noun} of at most ${max}`;
  }
  return param.check?.(given);
}
