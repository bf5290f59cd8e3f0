/**
 * Fits the latency model to published latencies, prints its error on boards, networks and cores left out, and writes
 * its coefficients and the energy per cycle of boards to `src/targets/estimate/`. `npm run bench:latency`;
 * `--check` only compares with what is written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type KernelModel, type ModelError, pairKey } from '../../src/targets/estimate/kernel-model.js';
import { errorOf, type Fitted, fitPrices } from './latency-fit.js';
import { energyRows, type PublishedRow, publishedRows } from './latency-rows.js';

const OUTPUT = new URL('../../src/targets/estimate/kernel-cycles.ts', import.meta.url).pathname;

interface Left {
  readonly row: PublishedRow;
  readonly error: number;
}

/** Every row as predicted from rows that do not share `group` with it. */
export function leaveOut(rows: readonly PublishedRow[], group: (row: PublishedRow) => string, all?: Fitted): Left[] {
  return [...new Set(rows.map(group))].sort().flatMap((name) => {
    const model = fitPrices(
      rows.filter((row) => group(row) !== name),
      all,
    );
    return rows.filter((row) => group(row) === name).map((row) => ({ row, error: errorOf(model, row) }));
  });
}

/** Interpolates between the sorted sizes of errors. */
export function percentile(errors: readonly number[], share: number): number {
  const sizes = errors.map(Math.abs).sort((a, b) => a - b);
  const at = share * (sizes.length - 1);
  const low = Math.floor(at);
  return sizes[low]! + (at - low) * ((sizes[low + 1] ?? sizes[low]!) - sizes[low]!);
}

export const errorsOf = (errors: readonly number[]): ModelError => ({
  medianPct: Number((100 * percentile(errors, 0.5)).toFixed(1)),
  p90Pct: Number((100 * percentile(errors, 0.9)).toFixed(1)),
  rows: errors.length,
});

const pairOf = ({ core, kernels }: PublishedRow): string => pairKey(core, kernels);
const macsOf = ({ work }: PublishedRow): number => work.conv + work.depthwise + work.dense;

/** Rows whose core and kernel set some other board has too. */
export function sharedPairs(rows: readonly PublishedRow[]): PublishedRow[] {
  return rows.filter((row) => rows.some((other) => other.board !== row.board && pairOf(other) === pairOf(row)));
}

/** The plain predictor: median cycles per multiply-accumulate of the same core and kernels on other boards. */
export function plainErrors(rows: readonly PublishedRow[], among: readonly PublishedRow[]): number[] {
  return rows.map((row) => {
    const others = among.filter((one) => one.board !== row.board && pairOf(one) === pairOf(row));
    const perMac = others.map((one) => one.cycles / macsOf(one)).sort((a, b) => a - b);
    const middle = (perMac[Math.floor((perMac.length - 1) / 2)]! + perMac[Math.ceil((perMac.length - 1) / 2)]!) / 2;
    return (middle * macsOf(row)) / row.cycles - 1;
  });
}

export interface LatencyReport {
  readonly model: KernelModel;
  readonly compared: { readonly plain: ModelError; readonly ours: ModelError };
  /** By board, of the compared rows. */
  readonly boards: Readonly<Record<string, ModelError>>;
  readonly network: ModelError;
  /** Of a network that the fit never sees. */
  readonly streaming: ModelError;
}

export function latencyReport(all: readonly PublishedRow[]): LatencyReport {
  // The streaming network is kept for the end: none of the others is like it.
  const rows = all.filter((row) => row.network !== 'SWW');
  const streaming = all.filter((row) => row.network === 'SWW');
  const fitted = fitPrices(rows);
  const compared = sharedPairs(rows.filter((row) => row.compared));
  const byBoard = leaveOut(rows, (row) => row.board, fitted);
  const known = new Set(sharedPairs(rows));
  const sharedCores = rows.filter((row) => rows.some((one) => one.board !== row.board && one.core === row.core));
  const coreOnly = new Set(sharedCores.filter((row) => !known.has(row)));
  const errors = (left: readonly Left[], keep: (row: PublishedRow) => boolean): number[] =>
    left.filter(({ row }) => keep(row)).map(({ error }) => error);
  const byCore = leaveOut(rows, (row) => row.core, fitted);
  const ofCompared = byBoard.filter(({ row }) => compared.includes(row));
  const boards = [...new Set(compared.map((row) => row.board))].sort();
  return {
    model: {
      ...rounded(fitted),
      errors: {
        pair: errorsOf(errors(byBoard, (row) => known.has(row))),
        core: errorsOf(errors(byBoard, (row) => coreOnly.has(row))),
        other: errorsOf(byCore.map(({ error }) => error)),
      },
    },
    compared: {
      plain: errorsOf(
        plainErrors(
          compared,
          rows.filter((row) => row.compared),
        ),
      ),
      ours: errorsOf(ofCompared.map(({ error }) => error)),
    },
    boards: Object.fromEntries(
      boards.map((board) => [board, errorsOf(errors(ofCompared, (row) => row.board === board))]),
    ),
    network: errorsOf(leaveOut(rows, (row) => row.network, fitted).map(({ error }) => error)),
    streaming: errorsOf(streaming.map((row) => errorOf(fitted, row))),
  };
}

const round = (value: number): number => Number(value.toFixed(4)) + 0;

function rounded(model: Fitted): Omit<Fitted, 'parameters'> {
  const lists = (of: Readonly<Record<string, readonly number[]>>) =>
    Object.fromEntries(Object.entries(of).map(([name, values]) => [name, values.map(round)]));
  return {
    base: model.base.map(round),
    cores: lists(model.cores),
    kernels: lists(model.kernels),
    pairs: lists(model.pairs),
  };
}

/** Median energy per cycle of every board, and how far its rows are from it. */
export function energyTable(): Record<string, { nanojoulesPerCycle: number; errorPct: number; rows: number }> {
  const rows = energyRows();
  const boards = [...new Set(rows.map((row) => row.board))].sort();
  return Object.fromEntries(
    boards.map((board) => {
      const values = rows.filter((row) => row.board === board).map((row) => row.nanojoulesPerCycle);
      const sorted = values.sort((a, b) => a - b);
      const middle = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
      const errorPct = Math.ceil(100 * Math.max(...values.map((v) => Math.abs(middle / v - 1))));
      return [board, { nanojoulesPerCycle: Number(middle.toPrecision(3)), errorPct, rows: values.length }];
    }),
  );
}

const KEY = /^[A-Za-z_$][\w$]*$/;

/** A value as TypeScript source, as the formatter of this repository leaves it. */
function source(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const lines = Object.entries(value).map(
    ([key, item]) => `${indent}  ${KEY.test(key) ? key : `'${key}'`}: ${source(item, `${indent}  `)},`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

const text = ({ model }: LatencyReport): string =>
  [
    '// Written by `npm run bench:latency` from published latencies; do not edit.',
    "import type { KernelModel } from './kernel-model.js';",
    '',
    '/** Logarithms of cycles per multiply-accumulate of convolution, depthwise and dense layers, and per output. */',
    `export const KERNEL_MODEL: KernelModel = ${source(model)};`,
    '',
    '/** Energy per clock cycle by board; the error is that of the row farthest from the median. */',
    'export const ENERGY: Readonly<',
    '  Record<string, { readonly nanojoulesPerCycle: number; readonly errorPct: number; readonly rows: number }>',
    `> = ${source(energyTable())};`,
    '',
  ].join('\n');

const line = (name: string, { medianPct, p90Pct, rows }: ModelError): string =>
  `| ${name} | ${rows} | ${medianPct.toFixed(1)} % | ${p90Pct.toFixed(1)} % |`;

function print({ model, compared, boards, network, streaming }: LatencyReport): void {
  const lines = [
    '| left out | rows | median error | 90th percentile |',
    '|---|---|---|---|',
    line('one board; int8 networks of MLPerf Tiny on Cortex-M, core and kernel set known', compared.ours),
    line('the same, plain cycles per multiply-accumulate', compared.plain),
    ...Object.entries(boards).map(([board, error]) => line(`of these: ${board}`, error)),
    line('one board; all rows, core and kernel set known', model.errors.pair),
    line('one board; core known, kernel set not on this core', model.errors.core),
    line('one core', model.errors.other),
    line('one network', network),
    line('the streaming network of MLPerf Tiny, in no fit', streaming),
  ];
  console.log(lines.join('\n'));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const report = latencyReport(publishedRows());
  print(report);
  if (process.argv.includes('--check')) {
    if (readFileSync(OUTPUT, 'utf8') !== text(report)) {
      console.error(`${OUTPUT} is not what this fit gives`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(OUTPUT, text(report));
  }
}
