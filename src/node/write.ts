import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, show } from '../errors.js';
import type { Bundle } from '../program.js';

/**
 * Writes the files of a bundle into a folder, all or none.
 *
 * Everything is first written into a temporary folder beside `dir`. A folder that is new or empty then appears whole,
 * by one rename. In a folder with content, files of the bundle replace those of the same name and all others stay;
 * when one cannot be replaced, those already replaced are put back.
 *
 * @throws `CANNOT_WRITE`: no permission, no space, a file in the way, or a path that leaves the folder
 * @example
 * ```ts
 * await write(model.deploy(cppLibrary({ name: 'keyword' })), 'out/keyword');
 * ```
 */
export async function write(bundle: Bundle, dir: string): Promise<void> {
  checkPaths(bundle);
  const target = await realpath(dir).catch(() => resolve(dir));
  const parent = dirname(target);
  const made: string[] = [];
  let staging = '';
  try {
    await makeFolders(parent, made);
    staging = await mkdtemp(join(parent, `.${basename(target)}-`));
    await unpack(bundle, join(staging, 'new'));
    await put(bundle, { staging, target });
  } catch (cause) {
    if (staging !== '' && !(cause instanceof NotPutBack)) await discard(staging);
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
    refuse(dir, cause);
  }
  await discard(staging);
}

/** Replaced files that could not be put back: they stay where they are, because they may be the user's only copy. */
class NotPutBack extends Error {
  constructor(folder: string, cause: unknown) {
    super(`${cause instanceof Error ? cause.message : cause}; replaced files are kept in ${folder}`, { cause });
  }
}

/** What cannot be removed is no reason to fail, nor to hide the reason there is. */
async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

interface Places {
  /** Holds `new`, and while files are replaced `old`. */
  readonly staging: string;
  readonly target: string;
}

async function put(bundle: Bundle, { staging, target }: Places): Promise<void> {
  if (await isEmptyOrMissing(target)) return rename(join(staging, 'new'), target);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const path of Object.keys(bundle.files)) await replace(path, { staging, target }, undo);
  } catch (cause) {
    let complete = true;
    for (const step of undo.reverse()) {
      await step().catch(() => {
        complete = false;
      });
    }
    throw complete ? cause : new NotPutBack(join(staging, 'old'), cause);
  }
}

/** Moves one file into place; the steps that take this back are added to `undo` as they are due. */
async function replace(path: string, { staging, target }: Places, undo: (() => Promise<unknown>)[]): Promise<void> {
  const file = join(target, path);
  const old = join(staging, 'old', path);
  const made: string[] = [];
  undo.push(async () => {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
  });
  await makeFolders(dirname(file), made);
  if (await exists(file)) {
    if ((await lstat(file)).isDirectory()) throw new Error(`a folder is in the way of the file ${show(path)}`);
    await mkdir(dirname(old), { recursive: true });
    await rename(file, old);
    undo.push(() => rename(old, file));
  }
  await rename(join(staging, 'new', path), file);
  undo.push(() => rm(file, { force: true }));
}

/** Makes a folder and those above it; the ones that were not there are added to `made`, outermost first. */
async function makeFolders(folder: string, made: string[]): Promise<void> {
  if (await exists(folder)) return;
  await makeFolders(dirname(folder), made);
  await mkdir(folder);
  made.push(folder);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function isEmptyOrMissing(dir: string): Promise<boolean> {
  return !(await exists(dir)) || (await readdir(dir)).length === 0;
}

/** Writes files below a folder, which is made. */
export async function unpack(bundle: Bundle, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(bundle.files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/**
 * Refuses paths that are absolute, empty or lead out of their folder: names may come from hostile designs.
 *
 * @throws `CANNOT_WRITE`
 */
export function checkPaths(bundle: Bundle): void {
  for (const path of Object.keys(bundle.files)) {
    const parts = path.split('/');
    const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part));
    if (plain) continue;
    fail({
      code: 'CANNOT_WRITE',
      where: 'bundle',
      got: `the path ${show(path)}`,
      expected: 'a relative path with / that stays below the folder',
      fix: 'Correct the deployment block, or the path of the C++ file, that named it.',
    });
  }
}

/** Wraps an error of the file system. */
export function refuse(where: string, cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code;
  return fail({
    code: 'CANNOT_WRITE',
    where,
    got: cause instanceof Error ? cause.message : String(cause),
    expected: 'a place that can be written',
    fix: code === 'ENOSPC' ? 'Free some space on the disk.' : 'Choose another path or change its permissions.',
    cause,
  });
}
