import { fail } from '../../../errors.js';

/** Throws `BAD_FILE`: the file contradicts itself or the format. */
export function damaged(where: string, got: string, expected: string): never {
  return fail({ code: 'BAD_FILE', where: `.onnx ${where}`, got, expected, fix: 'Export or download the model again.' });
}

/** Throws `UNSUPPORTED`: the file is good, but not for this compiler. */
export function unsupported(where: string, got: string, expected: string, fix: string): never {
  return fail({ code: 'UNSUPPORTED', where: `.onnx ${where}`, got, expected, fix });
}

/** A name of a file without control characters, at most 200 characters. */
export function readable(name: string): string {
  return name.slice(0, 200).replace(/[\p{Cc}\u2028\u2029]/gu, '');
}
