import Papa from 'papaparse';
import { fail, show } from '../errors.js';
import { checkLabel, runs } from './labels.js';
import { checkSignal, finite, type Recording, rateOf } from './sample.js';

export interface CsvOptions {
  /** Largest deviation of one time step from the usual one, as a share of it. Default 0.5. */
  readonly maxJitter?: number;
}

interface Table {
  readonly header: readonly string[];
  /** Cells of each data row with the line it came from (1 is the header). */
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

/**
 * Reads a CSV recording with a header row; cells are separated by comma, semicolon or TAB, whichever the header has most of.
 *
 * text -> signal [time T, axis A]: a column `timestamp` holds milliseconds at a constant interval, a column `label` one
 * label per row, every other column is an axis. Without `timestamp` the file must be a single reading (rate 0).
 * Errors: `BAD_FILE` (header, quoting), `BAD_DATA` (a missing value, text, jitter; names the row and the column), `BAD_LABEL`.
 * Source: Edge Impulse's CSV format. We also accept jitter, and `label` as its CSV wizard does. Blank lines are skipped.
 *
 * @example
 * ```ts
 * const { signal } = parseCsv('timestamp,x\n0,1\n20,2\n', 'idle.01.csv');
 * console.log(signal.rateHz); // 50
 * ```
 */
export function parseCsv(source: string | Uint8Array, name: string, options: CsvOptions = {}): Recording {
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  const table = readTable(text.replace(/^\uFEFF/, ''), name);
  const { header, rows } = table;
  const timeColumn = header.findIndex((column) => column.toLowerCase() === 'timestamp');
  const labelColumn = header.findIndex((column) => column.toLowerCase() === 'label');
  const rateHz =
    timeColumn < 0 ? singleReading(table, name) : rateOfColumn(table, timeColumn, name, options.maxJitter ?? 0.5);
  const columns = header.map((_, c) => c).filter((c) => c !== timeColumn && c !== labelColumn && header[c] !== '');
  const axes = columns.map((c) => header[c]!);

  const values = new Float32Array(rows.length * columns.length);
  rows.forEach(({ line, cells }, t) => {
    columns.forEach((c, a) => {
      values[t * columns.length + a] = numberOf(cells[c], name, line, header[c]!);
    });
  });
  const signal = checkSignal({ rateHz, axes, values }, name);
  return labelColumn < 0 ? { signal } : { signal, ...labelsOfColumn(table, labelColumn, name) };
}

function readTable(text: string, name: string): Table {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: delimiterOf(text), header: false });
  const problem = errors[0];
  if (problem) badTable(name, `${problem.message} (row ${(problem.row ?? 0) + 1})`, 'well-formed CSV');
  const filled = data
    .map((cells, i) => ({ line: i + 1, cells }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  const [first, ...rows] = filled;
  if (!first) badTable(name, 'an empty file', 'a header row and readings');
  const header = first.cells.map((cell) => cell.trim());
  const named = header.filter((column) => column !== '');
  if (named.some((column) => isNumber(column)))
    badTable(name, `a first row of ${show(named.join(', '))}`, 'a header row');
  const twice = named.find((column, i) => named.indexOf(column) !== i);
  if (twice !== undefined) badTable(name, `two columns called ${show(twice)}`, 'distinct column names');
  for (const { line, cells } of rows) checkRow(header, cells, name, line);
  return { header, rows };
}

/** Delimiters cannot stand in sensor names, so the header decides; papaparse's guess is misled by labels and dates. */
function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function checkRow(header: readonly string[], cells: readonly string[], name: string, line: number): void {
  const stray = cells.findIndex((cell, c) => cell.trim() !== '' && (header[c] ?? '') === '');
  if (stray >= 0)
    badCell(
      name,
      line,
      `column ${stray + 1}`,
      `${show(cells[stray])} without a column name`,
      'no more cells than the header',
    );
}

function isNumber(cell: string): boolean {
  return cell !== '' && Number.isFinite(Number(cell));
}

function numberOf(cell: string | undefined, name: string, line: number, column: string): number {
  const text = cell?.trim() ?? '';
  const value = Number(text);
  if (text === '') badCell(name, line, column, 'a missing value', 'a number');
  if (Number.isNaN(value) && !/^nan$/i.test(text))
    badCell(name, line, column, show(text), 'a number with a decimal point');
  return finite(value, name, `row ${line}`, column);
}

function badCell(name: string, line: number, column: string, got: string, expected: string): never {
  const where = `${name}, row ${line}, column ${show(column)}`;
  return fail({
    code: 'BAD_DATA',
    where,
    got,
    expected,
    fix: 'Fill in the value or remove the row (row 1 is the header).',
  });
}

function badTable(name: string, got: string, expected: string): never {
  const fix = 'Write one header row with the axis names, then one row per reading.';
  return fail({ code: 'BAD_FILE', where: name, got, expected, fix });
}

function singleReading({ rows }: Table, name: string): number {
  if (rows.length <= 1) return 0;
  return fail({
    code: 'BAD_DATA',
    where: name,
    got: `${rows.length} rows without a timestamp column`,
    expected: 'a column called timestamp, in milliseconds',
    fix: 'Add the column, or keep one row for a single reading.',
  });
}

/** The mean interval, after each step has been compared with the median one: a gap cannot hide in the mean. */
function rateOfColumn({ rows, header }: Table, column: number, name: string, maxJitter: number): number {
  const times = rows.map(({ line, cells }) => numberOf(cells[column], name, line, header[column]!));
  if (times.length < 2) badTable(name, `${times.length} rows with a timestamp`, 'at least two, to know the interval');
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  const median = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  const odd = steps.findIndex((step) => !(step > 0 && Math.abs(step - median) <= maxJitter * median));
  if (odd >= 0) {
    badCell(
      name,
      rows[odd + 1]!.line,
      header[column]!,
      `a step of ${steps[odd]} ms`,
      `about ${median} ms as between most rows`,
    );
  }
  return rateOf((times.at(-1)! - times[0]!) / steps.length);
}

function labelsOfColumn({ rows, header }: Table, column: number, name: string): Pick<Recording, 'label' | 'segments'> {
  const labels = rows.map(({ line, cells }) =>
    checkLabel(cells[column], `${name}, row ${line}, column ${show(header[column])}`),
  );
  const segments = runs(labels.length, (t) => labels[t]!);
  return segments.length === 1 ? { label: segments[0]!.label } : { segments };
}
