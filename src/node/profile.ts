import { readFile, stat } from 'node:fs/promises';
import { fail } from '../errors.js';
import type { Revivable } from '../impulse/index.js';
import { type ModelProfile, type ProfileOptions, profileModel, type TargetProfile } from '../targets/index.js';
import { load } from './model.js';

/**
 * Profiles a model on a board: a .tflite file, an ONNX file, or the folder that `save` wrote.
 *
 * @param options.dtype `int8` profiles a float model as it will be after quantisation
 * @param options.blocks factories of processing and learning blocks of your own that a saved impulse uses
 * @throws `CANNOT_READ`; `BAD_FILE` when it is no model
 * @example
 * ```ts
 * console.log(await profile('kws.tflite', nano33ble));
 * ```
 */
export async function profile(
  path: string,
  target: TargetProfile,
  { blocks = [], ...options }: ProfileOptions & { readonly blocks?: readonly Revivable[] } = {},
): Promise<ModelProfile> {
  let bytes: Uint8Array;
  try {
    if ((await stat(path)).isDirectory()) return profileModel(await load(path, { blocks }), target, options);
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    return fail({
      code: 'CANNOT_READ',
      where: path,
      got: cause.message,
      expected: 'a readable model',
      fix: 'Give profile() a .tflite or .onnx file, or the folder that save() wrote.',
      cause,
    });
  }
  return profileModel(bytes, target, options);
}
