/** Rows of the table of processing blocks and whole impulses. */
import type { Core } from './image.js';
import type { ImpulseCase, ImpulseMeasurement } from './impulses.js';
import type { Figures } from './peers.js';
import type { Meets } from './rows.js';

export interface ImpulseRow extends ImpulseMeasurement {
  readonly impulse: string;
  readonly core: Core;
  /** `size`: -Os; `speed`: -O2. */
  readonly mode: 'size' | 'speed';
  readonly bars: Figures;
  readonly peer: string;
  /** As TypeScript within 1e-4, without double precision and heap. */
  readonly exact: boolean;
  readonly meets: Meets;
}

const FEATURE_TOLERANCE = 1e-4;

/** Measures one case in both modes; bars are held against each of them. */
export async function measureImpulseRows(one: ImpulseCase, core: Core): Promise<ImpulseRow[]> {
  const rows: ImpulseRow[] = [];
  for (const mode of ['size', 'speed'] as const) {
    const measured = await one.measure(core, mode);
    const { bars, peer, name } = one;
    const kept = (figure: keyof Figures): boolean => measured[figure] <= bars[figure]!;
    rows.push({
      impulse: name,
      core,
      mode,
      ...measured,
      bars,
      peer,
      exact: measured.difference <= FEATURE_TOLERANCE && measured.forbidden.length === 0,
      meets: {
        ...(bars.flashBytes !== undefined && { flash: kept('flashBytes') }),
        ...(bars.ramBytes !== undefined && { ram: kept('ramBytes') }),
        ...(bars.instructions !== undefined && { instructions: kept('instructions') }),
      },
    });
  }
  return rows;
}

const whole = (value: number): string => value.toLocaleString('en-US');

const beside = (ours: number, bar: number | undefined, kept: boolean | undefined): string =>
  bar === undefined ? whole(ours) : `${whole(ours)} ${kept ? '<=' : '> !'} ${whole(bar)}`;

function cells({ impulse, mode, meets, bars, peer, difference, ...row }: ImpulseRow): string[] {
  return [
    impulse,
    mode,
    beside(row.instructions, bars.instructions, meets.instructions),
    beside(row.flashBytes, bars.flashBytes, meets.flash),
    beside(row.ramBytes, bars.ramBytes, meets.ram),
    difference === 0 ? 'equal' : difference.toExponential(1),
    row.forbidden.length === 0 ? 'none' : row.forbidden.join(' '),
    peer,
  ];
}

const WIDTHS = [10, 5, 24, 18, 16, 8, 4, 0];
const line = (texts: readonly string[]): string =>
  texts
    .map((text, i) => text.padEnd(WIDTHS[i]!))
    .join('  ')
    .trimEnd();

export const impulseHead = (): string =>
  line(['Cortex-M4F', 'mode', 'instructions', 'flash B', 'RAM B', 'as TS', 'd/heap', 'incumbent (portable code)']);
export const impulseLine = (row: ImpulseRow): string => line(cells(row));
