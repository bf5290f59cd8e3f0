import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Box } from '../box.js';
import {
  type Category,
  checkSegments,
  type LabelEntry,
  labelOfFileName,
  parseBoundingBoxes,
  parseInfoLabels,
  parseStructuredLabels,
} from '../data/labels.js';
import { isRecordingName, parseRecording } from '../data/parse.js';
import { type Dataset, lengthOf, type Recording, type Sample, type Segment } from '../data/sample.js';
import { splitCategory } from '../data/split.js';
import { fail, throwIfAborted } from '../errors.js';

export interface ReadProgress {
  readonly done: number;
  readonly total: number;
  /** The file just read, relative to the folder. */
  readonly path: string;
}

export interface ReadDatasetOptions {
  /** `auto` (default): by `info.labels`, else by folder, else by content; `content`: always by the hash of the content. */
  readonly split?: 'auto' | 'content';
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

/** What is known of a file before it is read. */
interface Plan {
  readonly path: string;
  readonly category: Category;
  readonly entry: LabelEntry | undefined;
  readonly segments: readonly Segment[] | undefined;
  readonly boxes: readonly Box[] | undefined;
  /** By file name or folder; the last resort. */
  readonly label: string | undefined;
}

const FILES_AHEAD = 16;

/**
 * Reads a folder of recordings: `.wav`, `.json`, `.cbor` and `.csv`, in the order of their paths.
 *
 * - With `info.labels` (at the root, or in a folder for the files below it) exactly the files it lists are read.
 * - Otherwise with folders `training` and `testing` (or `train` and `test`, or only folders whose names contain `train`,
 *   `test` or `val`), the files below these; files elsewhere are left out.
 * - Otherwise every file, split 80/20 by the hash of its content.
 *
 * The label is the one given by `info.labels`, by `structured_labels.labels` beside the file, by the file itself, by the folder
 * that holds the file (unless that folder is the category's or the root), or by the file's name, `label.id.ext`: the first of these that there is.
 * Objects in pictures come from `info.labels` or from `bounding_boxes.labels` beside the file.
 * Errors: `CANNOT_READ`, `NO_DATA`, `ABORTED`, and those of the parsers, which name the file.
 *
 * @example
 * ```ts
 * const speech = await readDataset('speech');
 * console.log(speech.train.length, speech.test.length);
 * ```
 */
export async function readDataset(dir: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const paths = await listFiles(dir);
  const { plans, skipped } = await planFiles(dir, paths);
  if (plans.length === 0) {
    fail({
      code: 'NO_DATA',
      where: dir,
      got: paths.length === 0 ? 'an empty folder' : `${paths.length} files, none of them a recording`,
      expected: '.wav, .json, .cbor or .csv files',
      fix: 'Point to the folder that holds training/ and testing/, or the recordings.',
    });
  }
  const read: { sample: Sample; category: Category }[] = [];
  const ahead: Promise<Uint8Array>[] = [];
  for (const [i, plan] of plans.entries()) {
    throwIfAborted(options.signal, 'readDataset');
    for (const { path } of plans.slice(i + ahead.length, i + FILES_AHEAD)) ahead.push(readAhead(dir, path));
    const bytes = await ahead.shift()!;
    read.push(sampleOf(plan, bytes, options.split ?? 'auto'));
    options.onProgress?.({ done: i + 1, total: plans.length, path: plan.path });
  }
  const inPart = (train: boolean) =>
    read.filter(({ category }) => (category === 'training') === train).map(({ sample }) => sample);
  return { train: inPart(true), test: inPart(false), name: basename(resolve(dir)), skipped };
}

/** Parsing goes in order, so that of several bad files the same one is reported each time; only the disk works ahead. */
function readAhead(dir: string, path: string): Promise<Uint8Array> {
  const bytes = read(dir, path);
  bytes.catch(() => undefined); // reported when its turn comes; until then Node would see it as unhandled
  return bytes;
}

function sampleOf(plan: Plan, bytes: Uint8Array, split: 'auto' | 'content'): { sample: Sample; category: Category } {
  const recording = parseRecording(bytes, plan.path);
  const byContent = split === 'content' || plan.category === 'split';
  const metadata = { ...recording.metadata, ...plan.entry?.metadata };
  const sample: Sample = {
    id: plan.path,
    ...labelOf(plan, recording),
    ...(plan.boxes && { boxes: plan.boxes }),
    signal: recording.signal,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
  return { sample, category: byContent ? splitCategory(bytes) : plan.category };
}

function labelOf(plan: Plan, recording: Recording): Pick<Sample, 'label' | 'segments'> {
  const { entry } = plan;
  if (entry && !entry.segments) return { label: entry.label };
  const listed = entry?.segments ?? plan.segments;
  const segments = listed
    ? checkSegments(listed, lengthOf(recording.signal), `${plan.path} labels`)
    : recording.segments;
  return segments ? { label: undefined, segments } : { label: recording.label ?? plan.label };
}

/** Decides which files are read, and where they belong. */
async function planFiles(dir: string, paths: readonly string[]): Promise<{ plans: Plan[]; skipped: string[] }> {
  const { entries, governed } = await readInfoLabels(dir, paths);
  const structured = await readDocuments(dir, paths, 'structured_labels.labels', parseStructuredLabels);
  const boxed = await readDocuments(dir, paths, 'bounding_boxes.labels', parseBoundingBoxes);
  const recordings = paths.filter((path) => isRecordingName(path) && !isRootTable(path));
  const categoryOf = categories(recordings);
  const plans: Plan[] = [];
  const skipped = [...entries.keys()].filter((path) => !isRecordingName(path));
  for (const path of recordings) {
    const entry = entries.get(path);
    const category = entry?.category ?? categoryOf(path);
    const listed = entry !== undefined || !governed.some((folder) => path.startsWith(folder));
    if (!listed || category === undefined || category === 'post-processing') {
      skipped.push(path);
      continue;
    }
    const boxes = entry?.boxes ?? boxed.get(path);
    const label = labelOfPath(path, categoryOf(path));
    plans.push({ path, category, entry, segments: structured.get(path), boxes, label });
  }
  return { plans, skipped: skipped.sort() };
}

/** The table of the split that data sets carry beside their folders is no recording. */
function isRootTable(path: string): boolean {
  return path.toLowerCase() === 'split.csv';
}

function labelOfPath(path: string, category: Category | undefined): string | undefined {
  const parts = path.split('/');
  const fileName = parts.pop()!;
  const folders = category === undefined || category === 'split' ? parts : parts.slice(1);
  return folders.at(-1) ?? labelOfFileName(fileName);
}

/** Category by the top folder; `split` everywhere when the folders do not name the parts. */
function categories(paths: readonly string[]): (path: string) => Category | undefined {
  const tops = new Set(paths.filter((path) => path.includes('/')).map(topOf));
  const kinds = [...tops].map(kindOf);
  const both = kinds.includes('training') && kinds.includes('testing');
  // A label may well contain "train" or "val" (valve), so a folder that is neither part turns all into labels.
  const byFolder =
    tops.has('training') || tops.has('testing') || (both && (tops.has('test') || !kinds.includes(undefined)));
  return (path) => (byFolder ? (path.includes('/') ? kindOf(topOf(path)) : undefined) : 'split');
}

function topOf(path: string): string {
  return path.slice(0, path.indexOf('/')).toLowerCase();
}

function kindOf(folder: string): 'training' | 'testing' | undefined {
  if (/val|test/.test(folder)) return 'testing';
  return folder.includes('train') ? 'training' : undefined;
}

/** Entries of all `info.labels` by path below `dir`, the nearest document winning, and the folders they govern. */
async function readInfoLabels(dir: string, paths: readonly string[]) {
  const entries = new Map<string, LabelEntry>();
  const governed: string[] = [];
  const known = new Set(paths);
  for (const { path, folder } of documents(paths, 'info.labels')) {
    governed.push(folder);
    for (const entry of parseInfoLabels(await readText(dir, path), path)) {
      const target = folder + entry.path;
      if (!known.has(target)) missing(path, target);
      entries.set(target, entry);
    }
  }
  return { entries, governed };
}

/** What all label documents of one name say, by path below `dir`, the nearest document winning. */
async function readDocuments<T>(
  dir: string,
  paths: readonly string[],
  name: string,
  parse: (text: string, name: string) => Map<string, T>,
): Promise<Map<string, T>> {
  const all = new Map<string, T>();
  for (const { path, folder } of documents(paths, name)) {
    for (const [file, said] of parse(await readText(dir, path), path)) all.set(folder + file, said);
  }
  return all;
}

/** Documents of one name with their folder (`''` or ending in `/`), outer folders first. */
function documents(paths: readonly string[], name: string): { path: string; folder: string }[] {
  return paths
    .filter((path) => path === name || path.endsWith(`/${name}`))
    .map((path) => ({ path, folder: path.slice(0, path.length - name.length) }))
    .sort((a, b) => a.folder.length - b.folder.length);
}

function missing(document: string, path: string): never {
  return fail({
    code: 'CANNOT_READ',
    where: document,
    got: `no file ${JSON.stringify(path)}`,
    expected: 'every file it lists',
    fix: 'Restore the file or remove its entry.',
  });
}

/** All files below a folder as sorted relative paths with `/`; hidden ones and links back to a parent are left out. */
async function listFiles(dir: string): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (folder: string, parents: readonly string[]): Promise<void> => {
    const where = folder || dir;
    const real = await realpath(join(dir, folder)).catch((cause) => unreadable(where, cause));
    if (parents.includes(real)) return;
    const items = await readdir(real, { withFileTypes: true }).catch((cause) => unreadable(where, cause));
    for (const item of items) {
      if (item.name.startsWith('.')) continue;
      const path = folder + item.name;
      const kind = item.isSymbolicLink() ? await stat(join(dir, path)).catch((cause) => unreadable(path, cause)) : item;
      if (kind.isDirectory()) await walk(`${path}/`, [...parents, real]);
      else if (kind.isFile()) paths.push(path);
    }
  };
  await walk('', []);
  // By code unit, so that the order does not depend on the machine's language.
  return paths.sort();
}

async function read(dir: string, path: string): Promise<Uint8Array> {
  return readFile(join(dir, path)).catch((cause) => unreadable(path, cause));
}

async function readText(dir: string, path: string): Promise<string> {
  return new TextDecoder().decode(await read(dir, path));
}

function unreadable(where: string, cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return fail({
    code: 'CANNOT_READ',
    where,
    got: code,
    expected: 'a readable file or folder',
    fix: 'Check the path and its permissions.',
    cause,
  });
}
