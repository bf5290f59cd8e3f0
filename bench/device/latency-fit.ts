/**
 * Fits cycles per unit of work to published latencies: log(cycles) = log(sum over kinds of work x price), where the
 * logarithm of a price is that of the average plus shares of the core, of the kernel set and of the pair. Shares are
 * drawn towards 0, so that a pair seen on one board borrows from the others.
 */
import { type KernelModel, networkCycles, pairKey } from '../../src/targets/estimate/kernel-model.js';
import { LAYER_KINDS } from '../../src/targets/estimate/layer-work.js';
import type { PublishedRow } from './latency-rows.js';

const KINDS = LAYER_KINDS.length;
/** Cycles per unit to begin with. */
const START = [2, 5, 2.5, 30].map(Math.log);
/**
 * Expected size of a share, as a logarithm: 1 is a factor of e. Single-issue cores with the DSP extension hardly differ;
 * a board's own share, its memory, is left out of predictions for other boards.
 */
const SPREAD = {
  base: 1,
  family: 1,
  core: 0.1,
  kernels: 1,
  pair: 0.2,
  board: 0.1,
  coreKind: 0.33,
  kernelsKind: 0.5,
  pairKind: 0.25,
};
const FAMILIES: Readonly<Record<string, string>> = { 'Cortex-M4F': 'DSP extension', 'Cortex-M33': 'DSP extension' };
/** Errors of this size (a logarithm) weigh as much as a share of the size expected. */
const NOISE = 0.1;
/** Beyond this, errors count by their size and no longer by its square. */
const ROBUST = 0.5;
/** A fit that begins with the prices of all rows is soon done. */
const ROUNDS = { fresh: 30, begun: 8 };
/** A fit ends when no parameter changes by more. */
const ENOUGH = 1e-3;

export type FitRow = Pick<PublishedRow, 'board' | 'core' | 'kernels' | 'work' | 'cycles'>;

/** A parameter of a row: the kind whose price it changes, or none for all of them. */
type Term = readonly [index: number, kind: number | undefined];

interface Layout {
  /** Position of every parameter, by name. */
  readonly index: ReadonlyMap<string, number>;
  readonly penalty: readonly number[];
  readonly terms: readonly (readonly Term[])[];
}

function layoutOf(rows: readonly FitRow[]): Layout {
  const penalty: number[] = [];
  const index = new Map<string, number>();
  const at = (name: string, spread: number, kind?: number): Term => {
    if (!index.has(name)) index.set(name, penalty.push((NOISE / spread) ** 2) - 1);
    return [index.get(name)!, kind];
  };
  const terms = rows.map(({ board, core, kernels }) => [
    at(`board ${board}`, SPREAD.board),
    at(`family ${FAMILIES[core] ?? core}`, SPREAD.family),
    at(core, SPREAD.core),
    at(kernels, SPREAD.kernels),
    at(pairKey(core, kernels), SPREAD.pair),
    ...LAYER_KINDS.flatMap((kind, i) => [
      at(kind, SPREAD.base, i),
      at(`${core} ${kind}`, SPREAD.coreKind, i),
      at(`${kernels} ${kind}`, SPREAD.kernelsKind, i),
      at(`${pairKey(core, kernels)} ${kind}`, SPREAD.pairKind, i),
    ]),
  ]);
  return { index, penalty, terms };
}

/** Solves a symmetric positive system in place, by the upper half of its matrix. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    const row = matrix[i]!;
    for (let j = i + 1; j < n; j++) {
      if (row[j] === 0) continue;
      const factor = row[j]! / row[i]!;
      const target = matrix[j]!;
      for (let k = j; k < n; k++) target[k]! -= factor * row[k]!;
      right[j]! -= factor * right[i]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = matrix[i]!;
    let value = right[i]!;
    for (let k = i + 1; k < n; k++) value -= row[k]! * right[k]!;
    right[i] = value / row[i]!;
  }
  return right;
}

/** Logarithm of a row's cycles and how they are shared among the kinds. */
function predict({ work }: FitRow, terms: readonly Term[], values: Float64Array): { log: number; shares: number[] } {
  const prices = [...START];
  for (const [index, kind] of terms) {
    for (let k = 0; k < KINDS; k++) if (kind === undefined || kind === k) prices[k]! += values[index]!;
  }
  const parts = LAYER_KINDS.map((kind, k) => work[kind] * Math.exp(prices[k]!));
  const sum = parts.reduce((a, b) => a + b, 0);
  return { log: Math.log(sum), shares: parts.map((part) => part / sum) };
}

/** One step of Gauss and Newton; returns the largest change it asked for. */
function improve(rows: readonly FitRow[], { penalty, terms }: Layout, values: Float64Array): number {
  const matrix = penalty.map((p, i) => {
    const row = new Float64Array(penalty.length);
    row[i] = p;
    return row;
  });
  const right = Float64Array.from(penalty, (p, i) => -p * values[i]!);
  rows.forEach((row, r) => {
    const { log, shares } = predict(row, terms[r]!, values);
    const error = Math.log(row.cycles) - log;
    const weight = Math.min(1, ROBUST / Math.abs(error));
    const slopes = terms[r]!.map(([i, kind]): [number, number] => [i, kind === undefined ? 1 : shares[kind]!]);
    for (const [i, a] of slopes) {
      right[i]! += weight * a * error;
      for (const [j, b] of slopes) matrix[i]![j]! += weight * a * b;
    }
  });
  const change = solve(matrix, right);
  const largest = Math.max(...change.map(Math.abs));
  const scale = Math.min(1, 1 / largest);
  change.forEach((by, i) => {
    values[i]! += scale * by;
  });
  return largest;
}

export interface Fitted extends Omit<KernelModel, 'errors'> {
  /** All parameters by name, for a fit to fewer rows to begin with. */
  readonly parameters: ReadonlyMap<string, number>;
}

/** Fits by Gauss-Newton steps; the same rows give the same prices. */
export function fitPrices(rows: readonly FitRow[], from?: Fitted): Fitted {
  const layout = layoutOf(rows);
  const values = Float64Array.from([...layout.index.keys()], (name) => from?.parameters.get(name) ?? 0);
  for (let round = 0; round < (from ? ROUNDS.begun : ROUNDS.fresh); round++)
    if (improve(rows, layout, values) < ENOUGH) break;
  const value = (name: string): number => values[layout.index.get(name)!]!;
  const byKind = (name: string, scale: number): number[] => LAYER_KINDS.map((kind) => scale + value(`${name} ${kind}`));
  const table = (names: readonly string[], of: (name: string) => number[]) =>
    Object.fromEntries([...new Set(names)].sort().map((name) => [name, of(name)]));
  return {
    parameters: new Map([...layout.index].map(([name, i]) => [name, values[i]!])),
    base: LAYER_KINDS.map((kind, i) => START[i]! + value(kind)),
    cores: table(
      rows.map(({ core }) => core),
      (name) => byKind(name, value(`family ${FAMILIES[name] ?? name}`) + value(name)),
    ),
    kernels: table(
      rows.map(({ kernels }) => kernels),
      (name) => byKind(name, value(name)),
    ),
    pairs: table(
      rows.map(({ core, kernels }) => pairKey(core, kernels)),
      (name) => byKind(name, value(name)),
    ),
  };
}

/** Relative error of the prediction. */
export function errorOf(model: Fitted, { core, kernels, work, cycles }: FitRow): number {
  return networkCycles(model, core, kernels, work) / cycles - 1;
}
