/** Stable codes of every error impulsekit throws on bad input. Tests and callers match on these, never on the text. */
export type ErrorCode =
  | 'BAD_OPTION' // a parameter is outside its range or of the wrong type
  | 'UNKNOWN_OPTION' // an option no block declares
  | 'SHAPE_MISMATCH' // sizes that cannot meet: a frame longer than its window, two axes into an audio block
  | 'BAD_FILE' // a file that cannot be parsed
  | 'BAD_DATA' // samples that parse but cannot be used: NaN, wrong axes, empty
  | 'BAD_LABEL' // a label that cannot be emitted or is missing
  | 'NO_DATA' // nothing to read, train on or evaluate
  | 'ONE_CLASS' // a classifier needs at least two classes
  | 'UNSUPPORTED' // valid, but not available here
  | 'DOES_NOT_FIT' // no candidate keeps the limits
  | 'NO_COMPILER' // no C++ compiler found
  | 'COMPILE_FAILED' // the C++ compiler refused the sources
  | 'CANNOT_WRITE' // a path that cannot be written
  | 'CANNOT_READ' // a path that cannot be read
  | 'PROCESS_FAILED' // a program that was started ended, gave no answer, or one that cannot be read
  | 'ABORTED'; // cancelled through an AbortSignal

export interface Problem {
  code: ErrorCode;
  /** The place that found it: a block, a parameter path or a file. */
  where: string;
  got: string;
  expected: string;
  /** One sentence that tells the user what to do. */
  fix: string;
  cause?: unknown;
}

/**
 * The one error class of impulsekit.
 *
 * @example
 * ```ts
 * try { mfcc({ filters: 1 }); } catch (error) {
 *   if (error instanceof ImpulseError) console.log(error.code, error.fix);
 * }
 * ```
 */
export class ImpulseError extends Error {
  readonly code: ErrorCode;
  readonly where: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;

  constructor(problem: Problem) {
    const { code, where, got, expected, fix, cause } = problem;
    super(`${where}: got ${got}, expected ${expected}. ${fix} [${code}]`, cause === undefined ? {} : { cause });
    this.name = 'ImpulseError';
    this.code = code;
    this.where = where;
    this.got = got;
    this.expected = expected;
    this.fix = fix;
  }
}

/** Throws an {@link ImpulseError}; an expression, so that it can stand behind `??`. */
export function fail(problem: Problem): never {
  throw new ImpulseError(problem);
}

/** Throws `ABORTED` when the signal was aborted. Long loops call it once per step. */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (!signal?.aborted) return;
  fail({
    code: 'ABORTED',
    where,
    got: 'an abort signal',
    expected: 'to run to the end',
    fix: 'Call again without aborting.',
    cause: signal.reason,
  });
}

/** Quotes an untrusted value for an error message: escaped and short. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value) ?? value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
