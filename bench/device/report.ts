/** Rows as a table for the terminal and as Markdown. */
import type { Figures } from './peers.js';
import type { Meets, ModelRow } from './rows.js';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: ModelRow) => string;
}

const bytes = (value: number): string => value.toLocaleString('en-US');
const millions = (value: number): string => (value / 1e6).toFixed(value < 1e7 ? 3 : 2);

/** The peer's figure and ours as a multiple of it. */
function beside(ours: number, peer: number | undefined, format: (value: number) => string): string {
  return peer === undefined ? '-' : `${format(peer)} ${(ours / peer).toFixed(2)}x`;
}

const BARS: readonly [keyof Meets, keyof Figures, string][] = [
  ['flash', 'flashBytes', 'flash'],
  ['ram', 'ramBytes', 'RAM'],
  ['instructions', 'instructions', 'instructions'],
];

/** What a row says about its bars: kept, or by how much not. */
function barsText({ meets, bars, ...row }: ModelRow): string {
  if (Object.keys(meets).length === 0) return '-';
  const missed = BARS.filter(([bar]) => meets[bar] === false).map(
    ([, figure, name]) => `${name} ${(row[figure] / bars[figure]!).toFixed(2)}x`,
  );
  if (meets.flashGrowth === false) missed.push('flash over 1.2x of size mode');
  return missed.length === 0 ? 'kept' : `MISSED ${missed.join(', ')}`;
}

const COLUMNS: readonly Column[] = [
  { title: 'model', width: -8, text: (row) => row.model },
  { title: 'type', width: -4, text: (row) => row.dtype },
  { title: 'core', width: -10, text: (row) => row.core },
  { title: 'mode', width: -5, text: (row) => row.mode },
  { title: 'flash B', width: 9, text: (row) => bytes(row.flashBytes) },
  { title: '= const', width: 9, text: (row) => bytes(row.constBytes) },
  { title: '+ code', width: 6, text: (row) => bytes(row.codeBytes) },
  { title: 'RAM B', width: 7, text: (row) => bytes(row.ramBytes) },
  { title: '= arena', width: 7, text: (row) => bytes(row.arenaBytes) },
  { title: '+ static', width: 8, text: (row) => bytes(row.staticBytes) },
  { title: '+ stack', width: 7, text: (row) => bytes(row.stackBytes) },
  { title: 'M instr.', width: 8, text: (row) => millions(row.instructions) },
  { title: 'per MAC', width: 7, text: (row) => row.instructionsPerMac.toFixed(2) },
  { title: 'exact', width: 7, text: (row) => `${row.exact ? 'yes' : 'NO'} (${row.inputs})` },
  { title: '| peer flash B', width: 16, text: (row) => beside(row.flashBytes, row.peer.flashBytes, bytes) },
  { title: 'RAM B', width: 13, text: (row) => beside(row.ramBytes, row.peer.ramBytes, bytes) },
  { title: 'M instr.', width: 13, text: (row) => beside(row.instructions, row.peer.instructions, millions) },
  { title: '| bars', width: -6, text: barsText },
];

const line = (cell: (column: Column) => string): string =>
  COLUMNS.map((column) => {
    const text = cell(column);
    return column.width < 0 ? text.padEnd(-column.width) : text.padStart(column.width);
  })
    .join('  ')
    .trimEnd();

export const tableHead = (): string => line(({ title }) => title);
export const tableLine = (row: ModelRow): string => line(({ text }) => text(row));

/** How many bars there are and how many are kept. */
export function summary(rows: readonly Pick<ModelRow, 'meets' | 'exact'>[]): string {
  const bars = rows.flatMap(({ meets }) => Object.values(meets));
  const wrong = rows.filter(({ exact }) => !exact).length;
  return [
    `${bars.filter(Boolean).length} of ${bars.length} bars kept`,
    wrong === 0 ? 'all outputs as expected' : `WRONG outputs in ${wrong} of ${rows.length} rows`,
  ].join('; ');
}

/**
 * The tables of the README: flash and RAM in size mode and instructions in speed mode, ours before the peer's, one
 * table per core and type.
 */
export function markdown(rows: readonly ModelRow[], title: string): string {
  const nameOf = ({ core, dtype }: ModelRow): string => `${core}, ${dtype === 'f32' ? 'float32' : 'int8'}`;
  const names = [...new Set(rows.map(nameOf))];
  const tables = names.map((name) =>
    markdownTable(
      name,
      rows.filter((row) => nameOf(row) === name),
    ),
  );
  return [title, '', ...tables].join('\n');
}

function markdownTable(name: string, rows: readonly ModelRow[]): string {
  const peer = rows.find((row) => row.peer.what)?.peer.what;
  const lines = rows
    .filter(({ mode }) => mode === 'size')
    .map((size) => {
      const speed = rows.find(({ model, mode }) => model === size.model && mode === 'speed')!;
      const kilo = (value: number): string => (value / 1000).toFixed(1);
      const pair = (ours: number, theirs: number | undefined, format: (value: number) => string): string =>
        theirs === undefined ? `**${format(ours)}**` : `**${format(ours)}** / ${format(theirs)}`;
      const cells = [
        size.model,
        pair(size.flashBytes, size.peer.flashBytes, kilo),
        pair(size.ramBytes, size.peer.ramBytes, kilo),
        pair(speed.instructions, speed.peer.instructions, millions),
        speed.instructionsPerMac.toFixed(2),
      ];
      return `| ${cells.join(' | ')} |`;
    });
  return [
    `**${name}**${peer ? `: **impulsekit** / ${peer}` : ''}`,
    '',
    '| model | flash, kB | RAM, kB | million instructions | per MAC |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
