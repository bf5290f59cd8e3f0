import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors.js';
import { fromFiles, type Revivable, type TrainedImpulse } from '../impulse/index.js';
import { write } from './write.js';

/**
 * Saves a trained impulse as a folder: `impulse.json` and `weights.bin`.
 *
 * @throws `CANNOT_WRITE`
 * @example
 * ```ts
 * await save(model, 'models/keyword');
 * ```
 */
export async function save(model: TrainedImpulse, dir: string): Promise<void> {
  await write(model.toBundle(), dir);
}

/**
 * Loads what {@link save} wrote; deploying the result emits the same bytes as before.
 *
 * @param options.blocks factories of processing and learning blocks of your own that the impulse uses
 * @throws `CANNOT_READ`, `BAD_FILE`, `UNSUPPORTED`
 * @example
 * ```ts
 * const model = await load('models/keyword');
 * ```
 */
export async function load(dir: string, options: { blocks?: readonly Revivable[] } = {}): Promise<TrainedImpulse> {
  const [json, weights] = await Promise.all([read(join(dir, 'impulse.json')), read(join(dir, 'weights.bin'))]);
  return fromFiles({ json: json.toString('utf8'), weights }, options.blocks);
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    return fail({
      code: 'CANNOT_READ',
      where: path,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'a readable file',
      fix: 'Give load() the folder that save() wrote.',
      cause,
    });
  }
}
