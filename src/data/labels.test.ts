import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../errors.js';
import {
  checkLabel,
  checkSegments,
  labelOfFileName,
  parseBoundingBoxes,
  parseInfoLabels,
  parseStructuredLabels,
} from './labels.js';
import { damaged, errorOf, text } from './testing/fixtures.js';

const run = (startIndex: unknown, endIndex: unknown, label: unknown = 'a') => ({ startIndex, endIndex, label });

describe('checkLabel', () => {
  it.each(['go', 'say "hi"', '{{braces}}', 'two\nlines', 'a\\b', 'größe', '0.01', ' '.concat('x ')])(
    'keeps %j',
    (label) => {
      expect(checkLabel(label, 'f')).toBe(label);
    },
  );

  it.each(['', ' \n', undefined, null, 7, {}])('refuses %j', (label) => {
    expect(errorOf(() => checkLabel(label, 'f')).code).toBe('BAD_LABEL');
  });
});

describe('labelOfFileName', () => {
  it.each([
    ['idle.01.wav', 'idle'],
    ['idle.wav', 'idle'],
    ['idle', 'idle'],
    ['two words.s1-2.json', 'two words'],
    ['0.01.csv', '0'],
    ['.wav', undefined],
    [' .wav', undefined],
  ])('of %j is %j', (name, label) => {
    expect(labelOfFileName(name)).toBe(label);
  });
});

describe('checkSegments', () => {
  it('joins equal neighbours and lets later entries win', () => {
    expect(checkSegments([run(0, 3), run(4, 5), run(6, 9, 'b')], 10, 'f')).toEqual([run(0, 5), run(6, 9, 'b')]);
    expect(checkSegments([run(0, 9), run(2, 3, 'b')], 10, 'f')).toEqual([run(0, 1), run(2, 3, 'b'), run(4, 9)]);
    expect(checkSegments([run(5, 9, 'b'), run(0, 4)], 10, 'f')).toEqual([run(0, 4), run(5, 9, 'b')]);
  });

  it.each([
    ['a gap', [run(0, 3), run(5, 9)], 'BAD_DATA'],
    ['an open end', [run(0, 8)], 'BAD_DATA'],
    ['no entries', [], 'BAD_DATA'],
    ['an end out of range', [run(0, 10)], 'BAD_DATA'],
    ['an end far out of range', [run(0, 2 ** 52)], 'BAD_DATA'],
    ['a fraction', [run(0, 9.5)], 'BAD_FILE'],
    ['a text', [run('0', 9)], 'BAD_FILE'],
    ['a negative start', [run(-1, 9)], 'BAD_FILE'],
    ['an end before its start', [run(5, 4)], 'BAD_FILE'],
    ['no list', {}, 'BAD_FILE'],
    ['an entry that is no object', [[0, 9, 'a']], 'BAD_FILE'],
    ['an empty label', [run(0, 9, '')], 'BAD_LABEL'],
  ])('refuses %s', (_, list, code) => {
    expect(errorOf(() => checkSegments(list, 10, 'f')).code).toBe(code);
  });
});

const file = (changes: object = {}) => ({
  path: 'training/a.1.wav',
  category: 'training',
  label: { type: 'label', label: 'a' },
  metadata: { speaker: 's1' },
  ...changes,
});
const info = (...files: unknown[]) => JSON.stringify({ version: 1, files });

describe('parseInfoLabels', () => {
  it('reads labels, segments, categories and metadata', () => {
    const labels = [run(0, 3), run(4, 9, 'b')];
    const unlabeled = { path: 'y.wav', label: { type: 'unlabeled' } };
    expect(
      parseInfoLabels(info(file(), file({ path: 'x.json', label: { type: 'multi-label', labels } }), unlabeled), 'f'),
    ).toEqual([
      { path: 'training/a.1.wav', category: 'training', label: 'a', metadata: { speaker: 's1' } },
      { path: 'x.json', category: 'training', segments: labels, metadata: { speaker: 's1' } },
      { path: 'y.wav' },
    ]);
  });

  it('reads NDJSON alike', () => {
    const files = [file(), file({ path: 'b.wav', label: { type: 'label', label: 'two\n"lines"' } })];
    const lines = [{ __ndjson: true, version: 1 }, ...files.map((item) => ({ __key: 'files', __item: item }))];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect(parseInfoLabels(text, 'f')).toEqual(parseInfoLabels(info(...files), 'f'));
    expect(parseInfoLabels(text.replaceAll('\n', '\r\n'), 'f')).toEqual(parseInfoLabels(info(...files), 'f'));
  });

  it('brings paths to one form', () => {
    expect(parseInfoLabels(info(file({ path: './training\\a//b.wav' })), 'f')[0]!.path).toBe('training/a/b.wav');
  });

  it.each(['', '.', '../a.wav', 'a/../../b.wav', '..\\a.wav', '/etc/a.wav', '\\\\host\\a.wav', 'C:\\a.wav', 7])(
    'refuses the path %j',
    (path) => {
      expect(errorOf(() => parseInfoLabels(info(file({ path })), 'f')).code).toBe('BAD_FILE');
    },
  );

  it.each([
    ['no JSON', '{"version":1,', 'BAD_FILE'],
    ['a list', '[]', 'BAD_FILE'],
    ['another version', '{"version":2,"files":[]}', 'UNSUPPORTED'],
    ['no files', '{"version":1}', 'BAD_FILE'],
    ['a file that is no object', info('a.wav'), 'BAD_FILE'],
    ['a path twice', info(file(), file()), 'BAD_FILE'],
    ['another category', info(file({ category: 'both' })), 'BAD_FILE'],
    ['no label', info(file({ label: undefined })), 'BAD_FILE'],
    ['an empty label', info(file({ label: { type: 'label', label: '' } })), 'BAD_LABEL'],
    ['key-value labels', info(file({ label: { type: 'keyvalue-labels', labels: {} } })), 'UNSUPPORTED'],
    ['metadata that is no text', info(file({ metadata: { speaker: 1 } })), 'BAD_FILE'],
  ])('refuses %s', (_, text, code) => {
    const error = errorOf(() => parseInfoLabels(text, 'info.labels'));
    expect(error.code).toBe(code);
    expect(error.where).toContain('info.labels');
  });

  it('keeps a key called __proto__ a plain key', () => {
    const [entry] = parseInfoLabels(
      '{"version":1,"files":[{"path":"a","label":{"type":"unlabeled"},"metadata":{"__proto__":"x"}}]}',
      'f',
    );
    expect(Object.keys(entry!.metadata!)).toEqual(['__proto__']);
    expect(Object.prototype).not.toHaveProperty('speaker');
  });

  it('survives damaged documents', () => {
    for (const bytes of damaged(text(info(file(), file({ path: 'b' }))), 3000, 8)) {
      try {
        parseInfoLabels(new TextDecoder().decode(bytes), 'f');
      } catch (error) {
        expect(error).toBeInstanceOf(ImpulseError);
      }
    }
  });
});

describe('parseStructuredLabels', () => {
  const structured = (structuredLabels: unknown) =>
    JSON.stringify({ version: 1, type: 'structured-labels', structuredLabels });

  it('reads segments by file', () => {
    expect(parseStructuredLabels(structured({ 'a.wav': [run(0, 3)] }), 'f')).toEqual(new Map([['a.wav', [run(0, 3)]]]));
  });

  it.each([
    ['another type', '{"version":1,"type":"label-map-labels","structuredLabels":{}}'],
    ['no map', structured([])],
    ['a path out of the folder', structured({ '../a.wav': [run(0, 3)] })],
    ['entries that are no list', structured({ 'a.wav': run(0, 3) })],
  ])('refuses %s', (_, text) => {
    expect(errorOf(() => parseStructuredLabels(text, 'f')).code).toBe('BAD_FILE');
  });
});

describe('parseBoundingBoxes', () => {
  const box = { label: 'cup', x: 10, y: 20.5, width: 30, height: 40 };
  const document = (boundingBoxes: unknown, more: object = {}) =>
    JSON.stringify({ version: 1, type: 'bounding-box-labels', boundingBoxes, ...more });
  const parse = (source: string) => parseBoundingBoxes(source, 'bounding_boxes.labels');

  it('reads boxes by file name, and empty lists', () => {
    const boxes = parse(document({ 'a.jpg': [box, { ...box, x: -1, note: 'x' }], './b.jpg': [] }));
    expect([...boxes]).toEqual([
      ['a.jpg', [box, { ...box, x: -1 }]],
      ['b.jpg', []],
    ]);
  });

  it.each([
    ['BAD_FILE', document({}, { version: 2 })],
    ['BAD_FILE', document({}, { type: 'structured-labels' })],
    ['BAD_FILE', document([])],
    ['BAD_FILE', document({ '../a.jpg': [] })],
    ['BAD_FILE', document({ 'a.jpg': {} })],
    ['BAD_FILE', document({ 'a.jpg': [null] })],
    ['BAD_FILE', document({ 'a.jpg': [{ ...box, x: '10' }] })],
    ['BAD_FILE', document({ 'a.jpg': [{ ...box, width: null }] })],
    ['BAD_DATA', document({ 'a.jpg': [{ ...box, width: 0 }] })],
    ['BAD_DATA', document({ 'a.jpg': [{ ...box, height: -3 }] })],
    ['BAD_LABEL', document({ 'a.jpg': [{ ...box, label: ' ' }] })],
    ['BAD_FILE', '{'],
  ])('refuses with %s %s', (code, source) => {
    expect(errorOf(() => parse(source)).code).toBe(code);
  });

  it('fails on damaged files with a typed error only', () => {
    for (const bytes of damaged(text(document({ 'a.jpg': [box] })), 1000, 9)) {
      try {
        parse(new TextDecoder().decode(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(ImpulseError);
      }
    }
  });

  it('comes from info.labels too, where any file has a box', () => {
    const info = (...files: object[]) => JSON.stringify({ version: 1, files });
    const unlabeled = { label: { type: 'unlabeled' } };
    const some = [
      { path: 'a', ...unlabeled, boundingBoxes: [box] },
      { path: 'b', ...unlabeled, boundingBoxes: [] },
    ];
    expect(parseInfoLabels(info(...some), 'i').map(({ boxes }) => boxes)).toEqual([[box], []]);
    expect(parseInfoLabels(info(some[1]!), 'i')).toEqual([{ path: 'b' }]);
    const bad = info({ ...some[0], boundingBoxes: [{ ...box, y: 'top' }] });
    expect(errorOf(() => parseInfoLabels(bad, 'i')).code).toBe('BAD_FILE');
  });
});
