import { type Code, type Entry, type Region, regionsOf, type Section } from './tape.js';

/** Entries that look at all rows, or at none. */
const WHOLE: ReadonlySet<Code> = new Set<Code>(['normMoments', 'fakeQuantizeWeights', 'regularise', 'adam']);
/** Entries that need what those before have summed up over all rows. */
const AFTER_SUMS: ReadonlySet<Code> = new Set<Code>(['normGradient']);
/** Weights that are worth going through once for all rows only. */
const HEAVY_FLOATS = 1 << 16;
/** How many rows go together. */
export interface Cache {
  /** What of a processor's nearer cache they may fill. */
  readonly bytes: number;
  /** Bytes of rows that go by at least for each byte, of weights mostly, that every part goes over again. */
  readonly worth: number;
}
export const CACHE: Cache = { bytes: 1 << 19, worth: 8 };

/**
 * Cuts a tape where an entry needs all rows of a batch, such as the statistics of a batch normalisation, and lets the
 * entries in between run for a few rows at a time, so that what one writes is still in a cache when the next reads it.
 */
export function sectionsOf(entries: readonly Entry[], batchSize: number, cache: Cache): Section[] {
  const runs: Entry[][] = [];
  let open = false;
  for (const entry of entries) {
    const whole = isWhole(entry);
    if (open && !whole && !AFTER_SUMS.has(entry.code)) runs.at(-1)!.push(entry);
    else runs.push([entry]);
    open = !whole;
  }
  const users = new Map<Region, number>();
  for (const run of runs) {
    for (const region of new Set(run.flatMap(regionsOf))) users.set(region, (users.get(region) ?? 0) + 1);
  }
  return runs.map((run) => {
    const rows = rowsAtATime(run, batchSize, cache);
    const parts = Math.ceil(batchSize / rows);
    const mine = run.flatMap(regionsOf).filter((one) => one.rowFloats > 0 && !one.lasting && users.get(one) === 1);
    return { entries: run, rows, parts, local: new Set(parts > 1 ? mine : []) };
  });
}

function isWhole(entry: Entry): boolean {
  if (WHOLE.has(entry.code)) return true;
  return entry.code.startsWith('dense') && fixedFloats(entry) >= HEAVY_FLOATS;
}

/** Floats of an entry that belong to no row: weights, mostly. */
function fixedFloats(entry: Entry): number {
  return regionsOf(entry).reduce((sum, { rowFloats, floats }) => sum + (rowFloats > 0 ? 0 : floats), 0);
}

function rowsAtATime(run: readonly Entry[], batchSize: number, cache: Cache): number {
  if (run.length === 1 && isWhole(run[0]!)) return batchSize;
  const perRow = 4 * mostFloatsAlive(run);
  const touched = run.flatMap(regionsOf).reduce((sum, { rowFloats }) => sum + rowFloats, 0);
  const fixed = run.reduce((sum, entry) => sum + fixedFloats(entry), 0);
  const wanted = Math.ceil((batchSize * perRow) / cache.bytes);
  const affordable = Math.floor((batchSize * touched) / (cache.worth * Math.max(1, fixed)));
  const parts = Math.min(batchSize, Math.max(1, Math.min(wanted, affordable)));
  return Math.ceil(batchSize / parts);
}

/** Floats of one row in the regions that entries still need, where they are most. */
function mostFloatsAlive(run: readonly Entry[]): number {
  const lives = new Map<Region, { first: number; last: number }>();
  run.forEach((entry, i) => {
    for (const region of regionsOf(entry)) {
      const life = lives.get(region);
      if (life) life.last = i;
      else lives.set(region, { first: i, last: i });
    }
  });
  let most = 0;
  run.forEach((_, i) => {
    let alive = 0;
    for (const [{ rowFloats }, { first, last }] of lives) if (first <= i && i <= last) alive += rowFloats;
    most = Math.max(most, alive);
  });
  return most;
}
