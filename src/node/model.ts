import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors.js';
import { deployAgain, fromFiles, type RebuildOptions, type Revivable, type TrainedImpulse } from '../impulse/index.js';
import type { Bundle } from '../program.js';
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
 * @param dir the folder, or the `impulse.json` of a deployment, which holds all of the impulse
 * @param options.blocks factories of processing and learning blocks of your own that the impulse uses
 * @throws `CANNOT_READ`, `BAD_FILE`, `UNSUPPORTED`
 * @example
 * ```ts
 * const model = await load('models/keyword');
 * ```
 */
export async function load(dir: string, options: { blocks?: readonly Revivable[] } = {}): Promise<TrainedImpulse> {
  if (dir.endsWith('.json')) return fromFiles({ json: (await read(dir)).toString('utf8') }, options.blocks);
  const [json, weights] = await Promise.all([read(join(dir, 'impulse.json')), read(join(dir, 'weights.bin'))]);
  return fromFiles({ json: json.toString('utf8'), weights }, options.blocks);
}

/**
 * Deploys again what the `impulse.json` of a deployment describes: the same bytes, with the release that wrote it.
 *
 * @param file the path of `impulse.json`
 * @throws `CANNOT_READ`, `BAD_FILE`, and `UNSUPPORTED` for blocks, versions or deployments that are not here
 * @example
 * ```ts
 * await write(await rebuild('out/keyword/impulse.json'), 'out/again');
 * ```
 */
export async function rebuild(file: string, options: RebuildOptions = {}): Promise<Bundle> {
  return deployAgain((await read(file)).toString('utf8'), options);
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
