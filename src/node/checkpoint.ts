import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore } from '../block.js';
import { write } from './write.js';

/**
 * Keeps the state of training in a folder, one file per learner, each replaced whole or not at all.
 *
 * Training that finds a state there goes on from it: after a crash the same call gives the model it would have given.
 * Delete the folder to start anew.
 *
 * @throws `CANNOT_WRITE` while training; a state of another training is refused by `fit` with `BAD_FILE`
 * @example
 * ```ts
 * const model = await keyword.fit(speech.train, { checkpoint: fileCheckpoint('out/checkpoint') });
 * ```
 */
export function fileCheckpoint(dir: string): CheckpointStore {
  const fileOf = (name: string): string => `${encodeURIComponent(name)}.checkpoint`;
  return {
    read: async (name) => {
      try {
        return new Uint8Array(await readFile(join(dir, fileOf(name))));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (name, bytes) => write({ files: { [fileOf(name)]: bytes } }, dir),
  };
}
