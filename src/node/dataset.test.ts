import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRecording, splitCategory } from '../data/index.js';
import type { Dataset, Sample } from '../data/sample.js';
import { wav16 } from '../data/testing/fixtures.js';
import { ImpulseError } from '../errors.js';
import { type ReadProgress, readDataset } from './dataset.js';

const CSV = 'timestamp,x\n0,1\n10,2\n20,3\n30,4\n';
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'impulsekit-data-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function put(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

function info(files: Readonly<Record<string, object>>): string {
  return JSON.stringify({ version: 1, files: Object.entries(files).map(([path, rest]) => ({ path, ...rest })) });
}

async function errorOf(promise: Promise<unknown>): Promise<ImpulseError> {
  const error = await promise.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ImpulseError);
  return error as ImpulseError;
}

const ids = (part: readonly Sample[]) => part.map(({ id }) => id);
const labels = (part: readonly Sample[]) => part.map(({ label }) => label);
const all = ({ train, test }: Dataset) => [...train, ...test].sort((a, b) => (a.id < b.id ? -1 : 1));

describe('readDataset with folders for training and testing', () => {
  it('reads what is in them and nothing else', async () => {
    put({
      'training/go.1.wav': wav16([1, 2]),
      'training/go.2.CSV': CSV,
      'training/README.md': '# read me',
      'testing/no.1.Wav': wav16([3]),
      'split.csv': 'path,category,label\n',
      'README.md': '# read me',
      'formats/go.1.csv': CSV,
      'training/.hidden.wav': 'x',
    });
    const data = await readDataset(dir);
    expect(ids(data.train)).toEqual(['training/go.1.wav', 'training/go.2.CSV']);
    expect(ids(data.test)).toEqual(['testing/no.1.Wav']);
    expect([labels(data.train), labels(data.test)]).toEqual([['go', 'go'], ['no']]);
    expect(data.skipped).toEqual(['formats/go.1.csv']);
    expect(data.train[0]).toEqual({
      id: 'training/go.1.wav',
      label: 'go',
      signal: { rateHz: 16_000, axes: ['audio'], values: Float32Array.of(1, 2) },
    });
  });

  it('takes labels from folders inside, and other names for the parts', async () => {
    put({ 'Train/go/1.csv': CSV, 'train/no/go.1.csv': CSV, 'my-val-set/go/1.csv': CSV, 'test_set/no/2.csv': CSV });
    const data = await readDataset(dir);
    expect(labels(data.train)).toEqual(['go', 'no']);
    expect(ids(data.test)).toEqual(['my-val-set/go/1.csv', 'test_set/no/2.csv']);
    expect(labels(data.test)).toEqual(['go', 'no']);
  });

  it('takes train and test beside other folders', async () => {
    put({ 'train/go.1.csv': CSV, 'test/go.2.csv': CSV, 'extra/go.3.csv': CSV });
    expect(await readDataset(dir)).toMatchObject({
      train: [{ label: 'go' }],
      test: [{ label: 'go' }],
      skipped: ['extra/go.3.csv'],
    });
  });

  it('can split them by content all the same', async () => {
    const files = Array.from({ length: 40 }, (_, i) => [`training/a.${i}.wav`, wav16([i, i])] as const);
    put(Object.fromEntries(files));
    const expected = files.filter(([, bytes]) => splitCategory(bytes) === 'testing').map(([path]) => path);
    expect(ids((await readDataset(dir, { split: 'content' })).test)).toEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(0);
    expect((await readDataset(dir)).test).toEqual([]);
  });
});

describe('readDataset with one folder', () => {
  it('splits by content, whatever the names', async () => {
    const content = (i: number) => wav16([i, i + 1]);
    put(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a.${String(i).padStart(3, '0')}.wav`, content(i)])));
    const first = await readDataset(dir);
    expect(first.train.length + first.test.length).toBe(200);
    expect(first.test.length).toBeGreaterThan(20);
    expect(first.test.length).toBeLessThan(60);
    put({ [first.test[0]!.id.replace('a.', 'b.')]: content(Number(first.test[0]!.id.slice(2, 5))) });
    expect(labels((await readDataset(dir)).test)).toContain('b');
  });

  it('takes the folder for the label, even one that sounds like a part of the data', async () => {
    put({ 'train/x.1.csv': CSV, 'car/x.1.csv': CSV, 'valve/x.2.csv': CSV });
    expect(new Set(labels(all(await readDataset(dir))))).toEqual(new Set(['train', 'car', 'valve']));
    rmSync(join(dir, 'valve'), { recursive: true });
    expect(new Set(labels(all(await readDataset(dir))))).toEqual(new Set(['train', 'car']));
  });

  it('leaves a nameless file unlabeled and reads in the order of paths', async () => {
    put({ 'b.1.csv': CSV, 'a.2.csv': CSV, ' .1.csv': CSV, 'B.1.csv': CSV });
    const data = await readDataset(dir);
    expect(ids(all(data))).toEqual([' .1.csv', 'B.1.csv', 'a.2.csv', 'b.1.csv']);
    expect(labels(all(data))).toEqual([undefined, 'B', 'a', 'b']);
  });
});

describe('readDataset with label documents', () => {
  const label = 'say "hi"\n{{x}} \\';

  it('reads exactly the files of info.labels, with their labels and metadata', async () => {
    put({
      'info.labels': info({
        'data/1.csv': { category: 'training', label: { type: 'label', label }, metadata: { speaker: 's1' } },
        'data/2.csv': { category: 'validation', label: { type: 'unlabeled' } },
        'data/3.csv': { category: 'post-processing', label: { type: 'unlabeled' } },
        'data/4.csv': { label: { type: 'label', label: 'x' }, category: 'split' },
        'data/photo.jpg': { label: { type: 'unlabeled' }, category: 'training' },
      }),
      ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data/${i}.csv`, CSV])),
      'data/photo.jpg': 'x',
    });
    const data = await readDataset(dir);
    expect(data.train.find(({ id }) => id === 'data/1.csv')).toMatchObject({ label, metadata: { speaker: 's1' } });
    expect(data.test.find(({ id }) => id === 'data/2.csv')!.label).toBeUndefined();
    expect(ids(all(data))).toEqual(['data/1.csv', 'data/2.csv', 'data/4.csv']);
    expect(data.skipped).toEqual(['data/3.csv', 'data/5.csv', 'data/photo.jpg']);
  });

  it('reads one per folder, the nearer one winning', async () => {
    put({
      'training/info.labels': info({ '1.csv': { label: { type: 'label', label: 'near' } } }),
      'info.labels': info({ 'training/1.csv': { label: { type: 'label', label: 'far' } } }),
      'training/1.csv': CSV,
      'testing/b.1.csv': CSV,
    });
    const data = await readDataset(dir);
    expect([labels(data.train), ids(data.test)]).toEqual([['near'], []]);
    rmSync(join(dir, 'info.labels'));
    expect(labels((await readDataset(dir)).test)).toEqual(['b']);
  });

  it('reads multi-label recordings from either document', async () => {
    const list = [
      { startIndex: 0, endIndex: 1, label: 'a' },
      { startIndex: 2, endIndex: 3, label: 'b' },
    ];
    put({
      'training/s.1.csv': CSV,
      'training/s.2.csv': CSV,
      'training/structured_labels.labels': JSON.stringify({
        version: 1,
        type: 'structured-labels',
        structuredLabels: { 's.1.csv': list },
      }),
    });
    const { train } = await readDataset(dir);
    expect(train[0]).toMatchObject({ label: undefined, segments: list });
    expect(train[1]).toMatchObject({ label: 's' });
    put({ 'info.labels': info({ 'training/s.2.csv': { label: { type: 'multi-label', labels: list } } }) });
    expect((await readDataset(dir)).train).toMatchObject([{ id: 'training/s.2.csv', segments: list }]);
    put({ 'info.labels': info({ 'training/s.2.csv': { label: { type: 'multi-label', labels: list.slice(0, 1) } } }) });
    const error = await errorOf(readDataset(dir));
    expect([error.code, error.where]).toEqual(['BAD_DATA', 'training/s.2.csv labels']);
  });

  it('reads boxes from either document', async () => {
    const box = { label: 'cup', x: 1, y: 2, width: 3, height: 4 };
    const boxes = { version: 1, type: 'bounding-box-labels', boundingBoxes: { 'a.1.csv': [box], 'a.2.csv': [] } };
    put({
      'training/a.1.csv': CSV,
      'training/a.2.csv': CSV,
      'training/a.3.csv': CSV,
      'training/bounding_boxes.labels': JSON.stringify(boxes),
    });
    expect((await readDataset(dir)).train.map((sample) => sample.boxes)).toEqual([[box], [], undefined]);
    put({
      'info.labels': info({ 'training/a.1.csv': { boundingBoxes: [{ ...box, x: 9 }], label: { type: 'unlabeled' } } }),
    });
    expect((await readDataset(dir)).train).toMatchObject([{ label: undefined, boxes: [{ ...box, x: 9 }] }]);
    put({ 'training/bounding_boxes.labels': '[]' });
    const error = await errorOf(readDataset(dir));
    expect([error.code, error.where]).toEqual(['BAD_FILE', 'training/bounding_boxes.labels']);
  });

  it('names a listed file that is gone, and refuses a path out of the folder', async () => {
    put({ 'info.labels': info({ 'gone.csv': { label: { type: 'unlabeled' } } }), 'a.csv': CSV });
    const error = await errorOf(readDataset(dir));
    expect([error.code, error.got]).toEqual(['CANNOT_READ', 'no file "gone.csv"']);
    put({ 'info.labels': info({ '../x.csv': { label: { type: 'unlabeled' } } }) });
    expect((await errorOf(readDataset(dir))).code).toBe('BAD_FILE');
  });
});

describe('readDataset refuses', () => {
  it('an empty folder, and one without recordings', async () => {
    expect((await errorOf(readDataset(dir))).code).toBe('NO_DATA');
    put({ 'README.md': 'x', 'training/a.txt': 'x', 'split.csv': 'path\n' });
    expect((await errorOf(readDataset(dir))).code).toBe('NO_DATA');
  });

  it('a path that is not there or no folder', async () => {
    put({ 'a.wav': wav16([1]) });
    expect((await errorOf(readDataset(join(dir, 'none')))).code).toBe('CANNOT_READ');
    expect((await errorOf(readDataset(join(dir, 'a.wav')))).code).toBe('CANNOT_READ');
  });

  it('a link to nothing, naming it', async () => {
    put({ 'a.1.csv': CSV });
    symlinkSync(join(dir, 'none'), join(dir, 'b.1.csv'));
    expect(await errorOf(readDataset(dir))).toMatchObject({ code: 'CANNOT_READ', where: 'b.1.csv' });
  });

  it.skipIf(process.getuid?.() === 0)('a file it may not read, naming it', async () => {
    put({ 'a.1.csv': CSV });
    chmodSync(join(dir, 'a.1.csv'), 0);
    expect(await errorOf(readDataset(dir))).toMatchObject({ code: 'CANNOT_READ', where: 'a.1.csv' });
  });

  it.each([
    ['a truncated WAV', 'go.7.wav', wav16([1, 2, 3]).slice(0, -2), 'BAD_FILE'],
    ['a CSV with a missing value', 'go.7.csv', CSV.replace('10,2', '10,'), 'BAD_DATA'],
    ['a NaN', 'go.7.csv', CSV.replace('10,2', '10,nan'), 'BAD_DATA'],
    ['a JSON file that is no recording', 'package.json', '{}', 'BAD_FILE'],
    ['an empty file', 'go.7.cbor', '', 'BAD_FILE'],
  ])('%s, naming the file', async (_, name, content, code) => {
    put({ 'training/a.1.csv': CSV, [`training/${name}`]: content, 'training/z.9.csv': 'bad too' });
    const error = await errorOf(readDataset(dir));
    expect(error.code).toBe(code);
    expect(error.where).toContain(`training/${name}`);
  });
});

describe('readDataset', () => {
  it('follows links but not in circles', async () => {
    put({ 'real/a.1.csv': CSV });
    symlinkSync(dir, join(dir, 'real', 'loop'));
    symlinkSync(join(dir, 'real', 'a.1.csv'), join(dir, 'b.1.csv'));
    expect(ids(all(await readDataset(dir)))).toEqual(['b.1.csv', 'real/a.1.csv']);
  });

  it('tells of its progress and stops when asked', async () => {
    put(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a.${i}.csv`, CSV])));
    const seen: ReadProgress[] = [];
    await readDataset(dir, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(seen.every(({ total }) => total === 40)).toBe(true);

    const controller = new AbortController();
    const onProgress = ({ done }: ReadProgress) => {
      if (done === 5) controller.abort();
    };
    expect((await errorOf(readDataset(dir, { signal: controller.signal, onProgress }))).code).toBe('ABORTED');
  });
});

const DATA = '../shared/data';
describe.skipIf(!existsSync(DATA))('the shared data sets', () => {
  it.each([
    ['kws-speech-commands', 1132, 304, 16_000, 1],
    ['fsdd', 2000, 250, 8000, 1],
    ['imu-gestures', 60, 12, 104, 3],
    ['imu-transport', 32, 8, 59, 6],
    ['fan-vibration', 45, 45, 50, 3],
    ['pump-station', 105, 18, 10, 8],
    ['har-smartwatch', 136, 29, 50, 6],
    ['kws-streams', 0, 3, 16_000, 1],
  ])('%s', async (name, train, test, rateHz, axes) => {
    const data = await readDataset(join(DATA, name));
    expect([data.name, data.train.length, data.test.length]).toEqual([name, train, test]);
    for (const { signal, label, segments, id, metadata } of all(data)) {
      expect([signal.rateHz, signal.axes.length]).toEqual([rateHz, axes]);
      expect(Object.keys(metadata!).length).toBeGreaterThan(0);
      if (segments) expect(segments.at(-1)!.endIndex).toBe(signal.values.length / axes - 1);
      else expect(id.split('/')[1]!.startsWith(`${label}.`)).toBe(true);
    }
    expect(
      all(data).every(({ segments }) => (segments !== undefined) === ['har-smartwatch', 'kws-streams'].includes(name)),
    ).toBe(true);
  });

  it('reads the CBOR and CSV twins of a JSON file as the same signal', async () => {
    const { readFile } = await import('node:fs/promises');
    const read = async (path: string) => parseRecording(await readFile(join(DATA, 'imu-gestures', path)), path).signal;
    for (const name of ['circle.01', 'flick.01', 'idle.01', 'updown.01']) {
      const json = await read(`training/${name}.json`);
      expect(await read(`formats/${name}.cbor`)).toEqual(json);
      expect(await read(`formats/${name}.csv`)).toEqual(json);
    }
  });

  it('says that the photos are no recordings', async () => {
    expect((await errorOf(readDataset(join(DATA, 'sign-digits')))).code).toBe('NO_DATA');
  });
});
