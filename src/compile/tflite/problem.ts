import { fail } from '../../errors.js';

/** Throws `BAD_FILE`: the file contradicts itself or the format. */
export function damaged(where: string, got: string, expected: string): never {
  return fail({
    code: 'BAD_FILE',
    where: `.tflite ${where}`,
    got,
    expected,
    fix: 'Convert or download the model again.',
  });
}

/** Throws `UNSUPPORTED`: the file is good, but not for this compiler. */
export function unsupported(where: string, got: string, expected: string, fix: string): never {
  return fail({ code: 'UNSUPPORTED', where: `.tflite ${where}`, got, expected, fix });
}
