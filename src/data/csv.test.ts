import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import { parseCsv } from './csv.js';
import { damaged, errorOf, survives, text } from './testing/fixtures.js';

const NAME = 'idle.01.csv';
const parse = (csv: string) => parseCsv(csv, NAME);
const GOOD = 'timestamp,x,y\n0,1,2\n20,3,4.5\n40,-5,6e1\n';

describe('parseCsv', () => {
  const expected = { rateHz: 50, axes: ['x', 'y'], values: Float32Array.of(1, 2, 3, 4.5, -5, 60) };

  it.each([
    ['plain', GOOD],
    ['a byte order mark', `\uFEFF${GOOD}`],
    ['semicolons', GOOD.replaceAll(',', ';')],
    ['TABs', GOOD.replaceAll(',', '\t')],
    ['Windows line ends', GOOD.replaceAll('\n', '\r\n')],
    ['no last line end', GOOD.trimEnd()],
    ['blank lines', GOOD.replaceAll('\n', '\n\n')],
    ['spaces', GOOD.replaceAll(',', ' , ')],
    ['quotes', GOOD.replace('x', '"x"').replace('3', '"3"')],
    ['empty columns at the end', GOOD.replaceAll('\n', ',,\n')],
    ['the time last', 'x,y,Timestamp\n1,2,0\n3,4.5,20\n-5,60,40'],
  ])('reads %s', (_, csv) => {
    expect(parse(csv).signal).toEqual(expected);
    expect(parseCsv(text(csv), NAME).signal).toEqual(expected);
  });

  it('reads a single reading', () => {
    expect(parse('x,y\n1,2\n').signal).toEqual({ rateHz: 0, axes: ['x', 'y'], values: Float32Array.of(1, 2) });
  });

  it('turns a label column into segments, or one label', () => {
    const rows = ['a', 'a', 'b, "c"'].map((label, i) => `${i * 10},${i},"${label.replaceAll('"', '""')}"`);
    const csv = (lines: string[]) => parse(['timestamp,x,label', ...lines].join('\n'));
    expect(csv(rows).segments).toEqual([
      { startIndex: 0, endIndex: 1, label: 'a' },
      { startIndex: 2, endIndex: 2, label: 'b, "c"' },
    ]);
    expect(csv(rows.slice(0, 2))).toMatchObject({ label: 'a', signal: { axes: ['x'] } });
    const error = errorOf(() => csv(['0,1,a', '10,2,']));
    expect([error.code, error.where]).toEqual(['BAD_LABEL', `${NAME}, row 3, column "label"`]);
  });

  it.each([
    ['a missing value', GOOD.replace('3,4.5', ',4.5'), 'row 3, column "x"'],
    ['a missing last value', GOOD.replace('3,4.5', '3,'), 'row 3, column "y"'],
    ['a short row', GOOD.replace('3,4.5', '3'), 'row 3, column "y"'],
    ['a missing time', GOOD.replace('20,', ','), 'row 3, column "timestamp"'],
    ['text', GOOD.replace('4.5', 'high'), 'row 3, column "y"'],
    ['a decimal comma', GOOD.replaceAll(',', ';').replace('4.5', '4,5'), 'row 3, column "y"'],
    ['NaN', GOOD.replace('4.5', 'NaN'), 'row 3, axis "y"'],
    ['Infinity', GOOD.replace('4.5', '-Infinity'), 'row 3, axis "y"'],
    ['a value beyond float32', GOOD.replace('4.5', '1e40'), 'row 3, axis "y"'],
    ['a cell too many', GOOD.replace('4.5', '4.5,7'), 'row 3, column "column 4"'],
    ['a gap in time', `${GOOD}100,1,2\n120,1,2\n140,1,2\n`, 'row 5, column "timestamp"'],
    ['time that goes back', GOOD.replace('40,', '10,'), 'row 4, column "timestamp"'],
    ['time that stands', 'timestamp,x\n0,1\n0,2\n0,3\n', 'row 3, column "timestamp"'],
    ['several rows without a time', 'x\n1\n2\n', NAME],
    ['only a header', 'x,y\n', NAME],
    ['only times', 'timestamp\n0\n20\n', NAME],
  ])('refuses %s', (_, csv, where) => {
    const error = errorOf(() => parse(csv));
    expect(error.code).toBe('BAD_DATA');
    expect(error.where).toContain(NAME);
    expect(error.where).toContain(where);
  });

  it.each([
    ['an empty file', ''],
    ['blank lines only', '\n\n'],
    ['no header', '0,1,2\n20,3,4\n'],
    ['two columns of one name', 'timestamp,x,x\n0,1,2\n20,1,2\n'],
    ['an open quote', 'timestamp,x\n0,"1\n20,2\n'],
    ['one row of a time series', 'timestamp,x\n0,1\n'],
  ])('refuses %s', (_, csv) => {
    expect(errorOf(() => parse(csv)).code).toBe('BAD_FILE');
  });

  it('takes the rate from all rows when times are rounded', () => {
    const csv = (decimals: number) =>
      ['timestamp,x', ...Array.from({ length: 1040 }, (_, i) => `${((i * 1000) / 104).toFixed(decimals)},1`)].join(
        '\n',
      );
    expect(parse(csv(3)).signal.rateHz).toBe(104);
    expect(parse(csv(0)).signal.rateHz).toBe(104);
    expect(errorOf(() => parseCsv(csv(0), NAME, { maxJitter: 0.01 })).code).toBe('BAD_DATA');
  });

  it('reads what was written', () => {
    const next = random(6).uniform;
    for (const delimiter of [',', ';', '\t']) {
      const rows = Array.from({ length: 100 }, () => [next() * 2 - 1, next() * 1e6]);
      const lines = rows.map((row, i) => [i * 5, ...row].join(delimiter));
      const { signal } = parse([['timestamp', 'a', 'b'].join(delimiter), ...lines].join('\n'));
      expect(signal.rateHz).toBe(200);
      expect([...signal.values]).toEqual(rows.flat().map(Math.fround));
    }
  });

  it('survives damaged files', () => {
    expect(survives((bytes) => parseCsv(bytes, NAME), damaged(text(GOOD), 5000, 7), NAME)).toBeGreaterThan(1000);
  });
});
