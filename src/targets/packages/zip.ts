import { strToU8, type Zippable, zipSync } from 'fflate';
import { fail, show } from '../../errors.js';
import type { Bundle } from '../../program.js';

/**
 * Packs a bundle into one archive: files sorted, all of 1 January 1980, so that the same bundle gives the same bytes
 * everywhere.
 *
 * bundle -> a bundle with one file
 *
 * @param file name of the archive, such as `keyword.zip`
 * @param options.folder where all files lie inside of it; default: nowhere below
 * @throws `BAD_OPTION` for a folder or a path that leaves the archive
 * @example
 * ```ts
 * await write(zip(model.deploy(arduino({ name: 'keyword' })), 'keyword.zip', { folder: 'keyword' }), 'out');
 * ```
 */
export function zip(bundle: Bundle, file: string, options: { readonly folder?: string | undefined } = {}): Bundle {
  const prefix = options.folder === undefined ? '' : `${options.folder}/`;
  const paths = Object.keys(bundle.files).sort((a, b) => (a < b ? -1 : 1));
  const entries: Zippable = Object.create(null);
  for (const path of paths) {
    const content = bundle.files[path]!;
    entries[checkPath(`${prefix}${path}`)] = typeof content === 'string' ? strToU8(content) : content;
  }
  // Archives hold local time, and so does this date: the same digits in every time zone.
  return { files: { [file]: zipSync(entries, { level: 9, mtime: new Date(1980, 0, 1) }) } };
}

function checkPath(path: string): string {
  const plain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
  if (plain) return path;
  return fail({
    code: 'BAD_OPTION',
    where: 'zip',
    got: `the path ${show(path)}`,
    expected: 'a relative path with / that stays inside of the archive',
    fix: 'Correct the folder, or the deployment block that named the file.',
  });
}
