import { fail } from '../errors.js';
import { parseAcquisition } from './acquisition.js';
import { parseCsv } from './csv.js';
import type { Recording } from './sample.js';
import { parseWav } from './wav.js';

const PARSERS: Readonly<Record<string, (bytes: Uint8Array, name: string) => Recording>> = {
  wav: parseWav,
  json: parseAcquisition,
  cbor: parseAcquisition,
  csv: parseCsv,
};

/** Lower-case ending of a file name, without the dot. */
function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** Whether {@link parseRecording} knows the ending of a file name. */
export function isRecordingName(name: string): boolean {
  return Object.hasOwn(PARSERS, extensionOf(name));
}

/**
 * Reads a recording of any format by the ending of its name: `.wav`, `.json`, `.cbor` or `.csv`.
 *
 * Errors: `UNSUPPORTED` (another ending) and those of the format's parser; all name the file.
 */
export function parseRecording(bytes: Uint8Array, name: string): Recording {
  const parser = isRecordingName(name) ? PARSERS[extensionOf(name)] : undefined;
  if (parser) return parser(bytes, name);
  return fail({
    code: 'UNSUPPORTED',
    where: name,
    got: 'a file of another kind',
    expected: Object.keys(PARSERS)
      .map((ending) => `.${ending}`)
      .join(', '),
    fix: 'Convert the file, or remove it from the list of files.',
  });
}
