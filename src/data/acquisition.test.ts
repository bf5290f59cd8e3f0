import { encode } from 'cbor-x';
import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import { parseAcquisition } from './acquisition.js';
import { damaged, errorOf, survives, text } from './testing/fixtures.js';

const NAME = 'idle.01.json';
const payload = {
  device_name: 'dev-1',
  device_type: 'BOARD',
  interval_ms: 20,
  sensors: [
    { name: 'x', units: 'm/s2' },
    { name: 'y', units: 'm/s2' },
  ],
  values: [
    [1, 2],
    [3, 4.5],
    [5, 6],
  ] as unknown,
};
const document = (changes: object = {}) => ({
  protected: { ver: 'v1', alg: 'none' },
  signature: '',
  payload: { ...payload, ...changes },
});
const parse = (changes: object) => parseAcquisition(JSON.stringify(document(changes)), NAME);

describe('parseAcquisition', () => {
  it('reads rows of values with axes, rate and metadata', () => {
    expect(parse({})).toEqual({
      signal: { rateHz: 50, axes: ['x', 'y'], values: Float32Array.of(1, 2, 3, 4.5, 5, 6) },
      metadata: { device_name: 'dev-1', device_type: 'BOARD', units: 'm/s2, m/s2' },
    });
  });

  it('reads text, bytes with a byte order mark and CBOR alike', () => {
    const json = JSON.stringify(document());
    const expected = parseAcquisition(json, NAME);
    expect(parseAcquisition(text(`\uFEFF  ${json}`), NAME)).toEqual(expected);
    expect(parseAcquisition(new Uint8Array(encode(document())), NAME)).toEqual(expected);
  });

  it('takes flat values for one axis', () => {
    const { signal } = parse({ sensors: [{ name: 'audio', units: 'wav' }], values: [1, 2, 3], interval_ms: 0.0625 });
    expect(signal).toEqual({ rateHz: 16_000, axes: ['audio'], values: Float32Array.of(1, 2, 3) });
  });

  it.each([
    [9.615385, 104],
    [16.949153, 59],
    [16, 62.5],
    [1000 / 50.009, 50],
    [1000 / 50.011, 50.011],
    [10_000, 0.1],
  ])('an interval of %s ms is %s Hz', (interval_ms, rateHz) => {
    expect(parse({ interval_ms }).signal.rateHz).toBeCloseTo(rateHz, 9);
  });

  it('reads structured labels', () => {
    const list = [
      { startIndex: 0, endIndex: 1, label: 'a' },
      { startIndex: 2, endIndex: 2, label: 'b' },
    ];
    expect(parse({ structured_labels: list }).segments).toEqual(list);
    expect(errorOf(() => parse({ structured_labels: list.slice(1) })).code).toBe('BAD_DATA');
  });

  it.each([
    ['a short row', [[1, 2], [3]], 'row 1'],
    ['a long row', [[1, 2, 3]], 'row 0'],
    ['a row that is no list', [[1, 2], 3], 'row 1'],
    [
      'a text',
      [
        [1, 2],
        [3, '4'],
      ],
      'row 1, axis "y"',
    ],
    ['null', [[null, 2]], 'row 0, axis "x"'],
    [
      'a value beyond float32',
      [
        [1, 2],
        [1, 2],
        [1e39, 2],
      ],
      'row 2, axis "x"',
    ],
    ['no rows', [], NAME],
  ])('refuses values with %s', (_, values, where) => {
    const error = errorOf(() => parse({ values }));
    expect(error.code).toBe('BAD_DATA');
    expect(error.where).toContain(NAME);
    expect(error.where).toContain(where);
  });

  it.each(['NaN', 'Infinity', '-Infinity'])('names row and axis of a %s as Python writes it', (token) => {
    const error = errorOf(() => parseAcquisition(JSON.stringify(document()).replace('4.5', token), NAME));
    expect([error.code, error.where]).toEqual(['BAD_DATA', `${NAME}, row 1, axis "y"`]);
  });

  it('refuses NaN in CBOR', () => {
    const bytes = new Uint8Array(encode(document({ values: [[1, Number.NaN]] })));
    expect(errorOf(() => parseAcquisition(bytes, NAME)).code).toBe('BAD_DATA');
  });

  it.each([
    ['no payload', '{"a":1}'],
    ['a list', '[1]'],
    ['cut text', JSON.stringify(document()).slice(0, -3)],
    ['an empty file', ''],
    ['no sensors', JSON.stringify(document({ sensors: [] }))],
    ['a nameless sensor', JSON.stringify(document({ sensors: [{ units: 'g' }, { name: 'y' }] }))],
    ['no interval', JSON.stringify(document({ interval_ms: undefined }))],
    ['an interval of 0', JSON.stringify(document({ interval_ms: 0 }))],
    ['a negative interval', JSON.stringify(document({ interval_ms: -5 }))],
    ['a text for an interval', JSON.stringify(document({ interval_ms: '20' }))],
    ['no values', JSON.stringify(document({ values: undefined }))],
  ])('refuses %s', (_, json) => {
    expect(errorOf(() => parseAcquisition(json, NAME)).code).toBe('BAD_FILE');
    expect(errorOf(() => parseAcquisition(text(json), NAME)).code).toBe('BAD_FILE');
  });

  it('refuses equal axis names, attachments and other versions', () => {
    expect(errorOf(() => parse({ sensors: [{ name: 'x' }, { name: 'x' }] })).code).toBe('BAD_DATA');
    expect(errorOf(() => parse({ values: 'Ref-BINARY-i16 (16000 bytes)' })).code).toBe('UNSUPPORTED');
    const next = JSON.stringify({ ...document(), protected: { ver: 'v2' } });
    expect(errorOf(() => parseAcquisition(next, NAME)).code).toBe('UNSUPPORTED');
  });

  it('gives the same signal from JSON and CBOR for any values', () => {
    const next = random(3).uniform;
    for (let i = 0; i < 50; i++) {
      const rows = Array.from({ length: 1 + Math.floor(next() * 40) }, () => [
        next() * 1e4 - 5e3,
        Math.round(next() * 1e6),
      ]);
      const json = parse({ values: rows });
      expect([...json.signal.values]).toEqual(rows.flat().map(Math.fround));
      expect(parseAcquisition(new Uint8Array(encode(document({ values: rows }))), NAME)).toEqual(json);
    }
  });

  it('survives damaged files', () => {
    const parseBytes = (bytes: Uint8Array) => parseAcquisition(bytes, NAME);
    const json = damaged(text(JSON.stringify(document())), 3000, 4);
    const cbor = damaged(new Uint8Array(encode(document())), 3000, 5);
    expect(survives(parseBytes, json, NAME)).toBeGreaterThan(1000);
    expect(survives(parseBytes, cbor, NAME)).toBeGreaterThan(1000);
  });
});
