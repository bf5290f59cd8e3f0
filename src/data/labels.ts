import { type Box, checkBoxes } from '../box.js';
import { fail, show } from '../errors.js';
import type { Segment } from './sample.js';

/** Refuses a label that is missing or blank; any other text is data and stays as it is, quotes and newlines included. */
export function checkLabel(label: unknown, where: string): string {
  if (typeof label === 'string' && label.trim() !== '') return label;
  return fail({
    code: 'BAD_LABEL',
    where,
    got: show(label),
    expected: 'a text',
    fix: 'Give the sample a label or leave it unlabeled.',
  });
}

/** Label of a file called `label.id.ext`: the text before the first dot, nothing when there is none. */
export function labelOfFileName(fileName: string): string | undefined {
  const dot = fileName.indexOf('.');
  const label = dot < 0 ? fileName : fileName.slice(0, dot);
  return label.trim() === '' ? undefined : label;
}

/**
 * Checks a multi-label list against a recording of `length` time steps and returns it as ordered runs that
 * do not overlap: later entries win, equal neighbours are joined.
 *
 * Errors: `BAD_FILE` (not a list of segments, not whole numbers), `BAD_DATA` (out of range, a gap), `BAD_LABEL`.
 * Source: Edge Impulse's structured labels; `endIndex` is inclusive.
 */
export function checkSegments(list: unknown, length: number, where: string): Segment[] {
  const segments = parseSegments(list, where);
  const owner = new Int32Array(length).fill(-1);
  segments.forEach(({ startIndex, endIndex }, i) => {
    if (endIndex >= length) {
      badSegments(`${where}[${i}]`, `endIndex ${endIndex}`, `at most ${length - 1}, the last of ${length} readings`);
    }
    owner.fill(i, startIndex, endIndex + 1);
  });
  const gap = owner.indexOf(-1);
  if (gap >= 0) badSegments(where, `no label for index ${gap}`, `a label for each of ${length} readings`);
  return runs(length, (t) => segments[owner[t]!]!.label);
}

/** Joins equal neighbours of a label per time step into segments. */
export function runs(length: number, labelAt: (index: number) => string): Segment[] {
  const segments: Segment[] = [];
  let startIndex = 0;
  for (let t = 1; t <= length; t++) {
    const label = labelAt(startIndex);
    if (t < length && labelAt(t) === label) continue;
    segments.push({ startIndex, endIndex: t - 1, label });
    startIndex = t;
  }
  return segments;
}

function badSegments(where: string, got: string, expected: string): never {
  return fail({ code: 'BAD_DATA', where, got, expected, fix: 'Correct startIndex and endIndex (inclusive).' });
}

/** The shape of a multi-label list, before the length of its recording is known. */
export function parseSegments(list: unknown, where: string): Segment[] {
  if (!Array.isArray(list)) badLabels(where, list, 'a list of segments');
  return list.map((entry: unknown, i) => {
    const at = `${where}[${i}]`;
    if (!isRecord(entry)) badLabels(at, entry, '{ startIndex, endIndex, label }');
    const { startIndex, endIndex, label } = entry;
    const whole = Number.isSafeInteger(startIndex) && Number.isSafeInteger(endIndex);
    if (!whole || (startIndex as number) < 0 || (endIndex as number) < (startIndex as number)) {
      badLabels(at, [startIndex, endIndex], 'whole numbers with 0 <= startIndex <= endIndex');
    }
    return { startIndex: startIndex as number, endIndex: endIndex as number, label: checkLabel(label, at) };
  });
}

/** Where a file of a label document belongs: `split` is decided by the file's content. */
export type Category = 'training' | 'testing' | 'validation' | 'post-processing' | 'split';

/** One file of an `info.labels` document. */
export interface LabelEntry {
  /** Relative to the document, with `/`. */
  readonly path: string;
  readonly category?: Category;
  /** Absent when the document says `unlabeled` or gives `segments`. */
  readonly label?: string;
  /** Unchecked against the recording's length: see {@link checkSegments}. */
  readonly segments?: readonly Segment[];
  /** Objects in a picture; absent from all entries when no file of the document has one. */
  readonly boxes?: readonly Box[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const CATEGORIES: readonly unknown[] = ['training', 'testing', 'validation', 'post-processing', 'split'];

/**
 * Reads an `info.labels` document, version 1, as one JSON object or as NDJSON.
 *
 * Errors: `BAD_FILE`, `BAD_LABEL`, `UNSUPPORTED` (another version, key-value labels).
 * Source: Edge Impulse's exporter and uploader.
 */
export function parseInfoLabels(text: string, name: string): LabelEntry[] {
  const { header, files } = documentOf(text, name);
  if (header.version !== 1) {
    fail({
      code: 'UNSUPPORTED',
      where: name,
      got: `version ${show(header.version)}`,
      expected: 'version 1',
      fix: 'Export the data set again.',
    });
  }
  if (!Array.isArray(files)) badLabels(name, files, 'a list called files');
  const seen = new Set<string>();
  const entries = files.map((file: unknown, i) => {
    const entry = parseEntry(file, `${name} files[${i}]`);
    if (seen.has(entry.path)) badLabels(`${name} files[${i}]`, entry.path, 'each path once');
    seen.add(entry.path);
    return entry;
  });
  // Exports of recordings without any boxes carry empty lists as well, which then say nothing.
  const haveBoxes = entries.some(({ boxes }) => boxes && boxes.length > 0);
  return haveBoxes ? entries : entries.map(({ boxes: _none, ...entry }) => entry);
}

function parseEntry(file: unknown, where: string): LabelEntry {
  if (!isRecord(file)) badLabels(where, file, '{ path, category, label }');
  const { category } = file;
  if (category !== undefined && !CATEGORIES.includes(category))
    badLabels(where, category, `one of ${CATEGORIES.join(', ')}`);
  return {
    path: checkPath(file.path, where),
    ...(category === undefined ? {} : { category: category as Category }),
    ...labelOf(file.label, where),
    ...(file.boundingBoxes === undefined ? {} : { boxes: checkBoxes(file.boundingBoxes, `${where}.boundingBoxes`) }),
    ...metadataOf(file.metadata, where),
  };
}

/** A path inside the document's folder; anything that climbs out of it is refused. */
function checkPath(path: unknown, where: string): string {
  if (typeof path !== 'string' || path === '') badLabels(where, path, 'a path');
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const absolute = /^([/\\]|[a-z]:)/i.test(path);
  if (absolute || parts.length === 0 || parts.includes('..'))
    badLabels(where, path, 'a path below the folder of this document');
  return parts.join('/');
}

function labelOf(label: unknown, where: string): Pick<LabelEntry, 'label' | 'segments'> {
  if (!isRecord(label)) badLabels(where, label, 'a label such as { type: "label", label }');
  switch (label.type) {
    case 'unlabeled':
      return {};
    case 'label':
      return { label: checkLabel(label.label, where) };
    case 'multi-label':
      return { segments: parseSegments(label.labels, `${where}.labels`) };
    default:
      return fail({
        code: 'UNSUPPORTED',
        where,
        got: `a label of type ${show(label.type)}`,
        expected: 'unlabeled, label or multi-label',
        fix: 'Give these files one of these labels.',
      });
  }
}

function metadataOf(metadata: unknown, where: string): Pick<LabelEntry, 'metadata'> {
  if (metadata === undefined || metadata === null) return {};
  if (!isRecord(metadata)) badLabels(where, metadata, 'metadata from text to text');
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (wrong) badLabels(`${where}.metadata.${wrong[0]}`, wrong[1], 'a text');
  return { metadata: metadata as Record<string, string> };
}

/**
 * Reads a `structured_labels.labels` document: segments by file name, relative to the document's folder.
 *
 * Errors: `BAD_FILE`, `BAD_LABEL`, `UNSUPPORTED`.
 */
export function parseStructuredLabels(text: string, name: string): Map<string, Segment[]> {
  const { header } = documentOf(text, name);
  if (header.version !== 1 || header.type !== 'structured-labels') {
    badLabels(name, [header.version, header.type], 'version 1 of type structured-labels');
  }
  const { structuredLabels } = header;
  if (!isRecord(structuredLabels)) badLabels(name, structuredLabels, 'structuredLabels by file name');
  const files = Object.entries(structuredLabels);
  return new Map(files.map(([file, list]) => [checkPath(file, name), parseSegments(list, `${name} ${show(file)}`)]));
}

/**
 * Reads a `bounding_boxes.labels` document: the objects in each picture by file name, relative to the document's folder.
 *
 * Errors: `BAD_FILE`, `BAD_DATA` (sides that are not above 0), `BAD_LABEL`.
 *
 * @example
 * ```ts
 * const boxes = parseBoundingBoxes(text, 'training/bounding_boxes.labels');
 * const sample = { id: 'cup.1.jpg', label: undefined, signal: imageSignal(picture), boxes: boxes.get('cup.1.jpg') ?? [] };
 * ```
 */
export function parseBoundingBoxes(text: string, name: string): Map<string, Box[]> {
  const { header } = documentOf(text, name);
  if (header.version !== 1 || header.type !== 'bounding-box-labels') {
    badLabels(name, [header.version, header.type], 'version 1 of type bounding-box-labels');
  }
  const { boundingBoxes } = header;
  if (!isRecord(boundingBoxes)) badLabels(name, boundingBoxes, 'boundingBoxes by file name');
  const files = Object.entries(boundingBoxes);
  return new Map(files.map(([file, list]) => [checkPath(file, name), checkBoxes(list, `${name} ${show(file)}`)]));
}

/** One JSON object, or a header line `{"__ndjson":true}` followed by lines `{"__key":"files","__item":{}}`. */
function documentOf(text: string, name: string): { header: Record<string, unknown>; files: unknown } {
  const body = text.replace(/^\uFEFF/, '');
  const firstLine = body.slice(0, body.search(/\n|$/));
  if (!/"__ndjson"\s*:\s*true/.test(firstLine)) {
    const header = jsonObject(body, name);
    return { header, files: header.files };
  }
  const [first, ...rest] = body.split('\n').filter((line) => line.trim() !== '');
  const lines = rest.map((line, i) => jsonObject(line, `${name} line ${i + 2}`));
  const files = lines.filter((line) => line.__key === 'files').map((line) => line.__item);
  return { header: jsonObject(first!, name), files };
}

function jsonObject(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (cause) {
    fail({
      code: 'BAD_FILE',
      where: name,
      got: 'text that is no JSON',
      expected: 'a JSON object',
      fix: 'Export it again.',
      cause,
    });
  }
  return badLabels(name, text, 'a JSON object');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badLabels(where: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_FILE',
    where,
    got: show(got),
    expected,
    fix: 'Correct the label document or export it again.',
  });
}
