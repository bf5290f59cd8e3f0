import type { Program } from '../../program.js';
import { type Estimate, estimate } from '../estimate.js';
import type { TargetProfile } from '../profiles/profile.js';
import { whole } from './text.js';

/** An impulse in float32 and int8 on a board, one of them absent where there is none. Prints as one table. */
export interface Estimates {
  readonly f32?: Estimate;
  readonly int8?: Estimate;
}

/** Estimates the forms of an impulse: see `estimates` of an impulse. */
export function estimates(programs: { f32?: Program; int8?: Program }, profile: TargetProfile): Estimates {
  const result: Estimates = {
    ...(programs.f32 && { f32: estimate(programs.f32, profile) }),
    ...(programs.int8 && { int8: estimate(programs.int8, profile) }),
  };
  return Object.defineProperty(result, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => table(result, profile),
  });
}

/** One column for each form and way to run it. */
interface Column
  extends Pick<
    Estimate,
    'dspMs' | 'networkMs' | 'postprocessingMs' | 'latencyMs' | 'ramBytes' | 'flashBytes' | 'energyUj'
  > {
  readonly title: string;
  readonly verdict: string;
}

function columnsOf({ f32, int8 }: Estimates): Column[] {
  const own = (title: string, result?: Estimate): Column[] =>
    result ? [{ ...result, title: `compiled ${title}`, verdict: verdictOf(result) }] : [];
  const other = (title: string, result?: Estimate): Column[] => {
    const { interpreter, postprocessingMs = 0 } = result ?? {};
    if (!interpreter) return [];
    return [{ ...interpreter, postprocessingMs, title: `interpreter ${title}`, verdict: verdictOf(interpreter) }];
  };
  return [...own('float32', f32), ...own('int8', int8), ...other('float32', f32), ...other('int8', int8)];
}

const verdictOf = ({ binding }: Pick<Estimate, 'binding'>): string =>
  binding ? `${binding.region} lacks ${whole(binding.missingBytes)}` : 'yes';

const LINES: readonly [string, (column: Column) => string][] = [
  ['', ({ title }) => title],
  ['DSP (ms)', ({ dspMs }) => ms(dspMs)],
  ['network (ms)', ({ networkMs }) => ms(networkMs)],
  ['post-processing (ms)', ({ postprocessingMs }) => ms(postprocessingMs)],
  ['total (ms)', ({ latencyMs, postprocessingMs }) => ms(latencyMs + postprocessingMs)],
  ['energy (uJ)', ({ energyUj }) => energyUj?.toPrecision(3) ?? ''],
  ['RAM (B)', ({ ramBytes }) => whole(ramBytes)],
  ['flash (B)', ({ flashBytes }) => whole(flashBytes)],
  ['fits', ({ verdict }) => verdict],
];

function table(result: Estimates, profile: TargetProfile): string {
  return [`${profile.name} (${profile.core}, ${profile.clockHz / 1e6} MHz)`, ...sideBySide(result)].join('\n');
}

/** The table without its head: a column for each form and way to run it. */
export function sideBySide(result: Estimates): string[] {
  const columns = columnsOf(result);
  const known = LINES.filter(([, text]) => columns.some((column) => text(column) !== ''));
  const rows = known.map(([name, text]) => [name, ...columns.map(text)]);
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  return rows.map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}

const ms = (value: number): string => value.toFixed(value < 1 ? 3 : 1);
