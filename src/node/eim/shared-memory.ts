import { closeSync, constants, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { fail } from '../../errors.js';
import type { SharedOffer } from './answers.js';

const FOLDER = '/dev/shm';

/** Features handed over through the memory a server offers. On Linux it is a file below /dev/shm. */
export interface SharedFeatures {
  /** Puts values at its start; does nothing once it is closed. */
  readonly write: (values: Float32Array) => void;
  readonly close: () => void;
  /** Removes the object, for servers that ended without doing so. */
  readonly remove: () => void;
}

/**
 * Opens the memory a server offers.
 *
 * @throws `CANNOT_WRITE`
 */
export function openShared({ name, elements }: SharedOffer): SharedFeatures {
  const path = `${FOLDER}${name}`;
  const bytes = elements * Float32Array.BYTES_PER_ELEMENT;
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    const status = fstatSync(file);
    if (!status.isFile() || status.size < bytes) throw new Error(`no file of ${bytes} bytes`);
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    return fail({
      code: 'CANNOT_WRITE',
      where: path,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'shared memory of the server',
      fix: "Run on the server's machine as the same user, or leave out sharedMemory: 'always'.",
      cause,
    });
  }
  let opened: number | undefined = file;
  return {
    write: (values) => {
      // Memory, not a disk: it does not wait.
      const view = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      for (let done = 0; opened !== undefined && done < bytes && done < view.length; ) {
        done += writeSync(opened, view, done, view.length - done, done);
      }
    },
    close: () => {
      if (opened !== undefined) closeSync(opened);
      opened = undefined;
    },
    remove: () => rmSync(path, { force: true }),
  };
}
