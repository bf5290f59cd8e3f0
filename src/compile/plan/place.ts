import { random } from '../../random.js';
import { alignUp, type Layout, type Pair, search } from './search.js';

/** Memory needed from step `first` to step `last`, both included. */
export interface PlannedBuffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  /** 16 when absent. */
  readonly alignment?: 4 | 16;
}

/** Two buffers that may share bytes although both live at the step that reads one and writes the other. */
export interface Sharing {
  /** Index of the buffer that is read, for the last time. */
  readonly input: number;
  /** Index of the buffer that is written, for the first time. */
  readonly output: number;
  /** The step is safe when the input starts at least this many bytes above the output; may be negative. */
  readonly forward: number;
  /** The step, run backwards, is safe when the output starts at least this many bytes above the input. */
  readonly reverse?: number;
}

/** Where buffers lie in their arena. */
export interface Placement {
  readonly offsets: readonly number[];
  /** Size of the arena; a multiple of 16. */
  readonly totalBytes: number;
  /** No arena can be smaller: the least that holds what lives at `peakStep`, a multiple of 16. */
  readonly lowerBound: number;
  readonly peakStep: number;
  /** Whether no smaller arena exists, because the bound is met or the search was exhaustive. */
  readonly optimal: boolean;
}

const ALIGNMENT = 16;
/** Work of the exact search, in pairs looked at: for one step, and for the whole arena. */
const BUDGET = { step: 30_000, arena: 500_000 } as const;
/** Buffers alive at one step up to which its bound is worth a search. */
const CROWD = 24;
/** Greedy orders beside the fixed ones, for no more than so many buffers. */
const [RANDOM_ORDERS, MANY] = [24, 1000];

/**
 * Places buffers in one arena so that buffers alive at the same time never overlap, except as `sharings` allow.
 * A few greedy orders first; then an exact search, which proves the result for up to a few dozen buffers.
 *
 * @example
 * ```ts
 * planBuffers([{ bytes: 64, first: 0, last: 1 }, { bytes: 32, first: 2, last: 3 }]).totalBytes; // 64
 * ```
 */
export function planBuffers(buffers: readonly PlannedBuffer[], sharings: readonly Sharing[] = []): Placement {
  const layout = layoutOf(buffers, sharings);
  const { lowerBound, peakStep } = boundOf(buffers, layout, sharings);
  const greedy = bestGreedy(layout, orders(buffers), lowerBound);
  if (greedy.totalBytes === lowerBound) return { ...greedy, lowerBound, peakStep, optimal: true };
  const limits = (total: number): number[] => buffers.map(() => total);
  const ideal = search(layout, limits(lowerBound), BUDGET.arena);
  if (typeof ideal !== 'string') {
    return { offsets: ideal, totalBytes: lowerBound, lowerBound, peakStep, optimal: true };
  }
  let best = greedy;
  for (;;) {
    const found = search(layout, limits(best.totalBytes - ALIGNMENT), BUDGET.arena);
    if (typeof found === 'string') return { ...best, lowerBound, peakStep, optimal: found === 'none' };
    best = { offsets: found, totalBytes: height(layout, found) };
  }
}

/**
 * Adds one more buffer, the last, which must lie above whatever lives with it: as low as the search finds without a
 * larger arena for the others. It may itself reach out of the arena.
 *
 * @returns offsets of all buffers, the last included
 */
export function addAbove(
  buffers: readonly PlannedBuffer[],
  sharings: readonly Sharing[],
  { offsets, totalBytes }: Placement,
): readonly number[] {
  const index = buffers.length - 1;
  const { bytes } = buffers[index]!;
  const layout = layoutOf(buffers, sharings);
  const pairs = layout.pairs.map((pair) => (pair.b === index ? { ...pair, below: Number.POSITIVE_INFINITY } : pair));
  const floor = pairs.reduce((top, { a, b, above }) => (b === index ? Math.max(top, offsets[a]! + above) : top), 0);
  let best: readonly number[] = [...offsets, alignUp(floor, layout.alignments[index]!)];
  // Inside of the arena is low enough.
  let low = Math.max(0, totalBytes - bytes);
  for (let target = low; best[index]! > low; target = (low + best[index]!) >> 1) {
    const limits = buffers.map((_, i) => (i === index ? target + bytes : totalBytes));
    const found = search({ ...layout, pairs }, limits, BUDGET.step);
    if (typeof found === 'string') low = target + layout.alignments[index]!;
    else best = found;
  }
  return best;
}

/** All pairs of buffers whose lives meet. */
function* meetings(buffers: readonly PlannedBuffer[]): Generator<[number, number]> {
  const byBirth = keyOrders(buffers.map(({ first }) => first))[0]!;
  for (let i = 0; i < byBirth.length; i++) {
    const { last } = buffers[byBirth[i]!]!;
    for (let j = i + 1; j < byBirth.length && buffers[byBirth[j]!]!.first <= last; j++) {
      const [a, b] = [byBirth[i]!, byBirth[j]!];
      yield a < b ? [a, b] : [b, a];
    }
  }
}

function layoutOf(buffers: readonly PlannedBuffer[], sharings: readonly Sharing[]): Layout {
  const key = (i: number, j: number): number => i * buffers.length + j;
  const shared = new Map(sharings.map((sharing) => [key(sharing.input, sharing.output), sharing]));
  const pairs: Pair[] = [];
  for (const [a, b] of meetings(buffers)) {
    const [x, y] = [buffers[a]!.bytes, buffers[b]!.bytes];
    if (x === 0 || y === 0) continue;
    const read = shared.get(key(a, b)); // a is read, b written
    const written = shared.get(key(b, a));
    const above = Math.min(x, read?.reverse ?? x, written?.forward ?? x);
    const below = Math.min(y, read?.forward ?? y, written?.reverse ?? y);
    if (above > -below) pairs.push({ a, b, above, below });
  }
  return { bytes: buffers.map(({ bytes }) => bytes), alignments: buffers.map((b) => b.alignment ?? ALIGNMENT), pairs };
}

function height({ bytes }: Layout, offsets: readonly number[]): number {
  const top = offsets.reduce((highest, offset, i) => Math.max(highest, offset + bytes[i]!), 0);
  return alignUp(top, ALIGNMENT);
}

/** The step whose buffers alone need the largest arena, and that size. */
function boundOf(buffers: readonly PlannedBuffer[], layout: Layout, sharings: readonly Sharing[]) {
  const pairsOf = buffers.map((): Pair[] => []);
  for (const pair of layout.pairs) pairsOf[pair.b]!.push(pair);
  const shared = new Map(sharings.map(({ input, output }) => [input, output]));
  let [lowerBound, peakStep] = [0, 0];
  let alive: number[] = [];
  const byBirth = keyOrders(buffers.map(({ first }) => first))[0]!;
  byBirth.forEach((index, i) => {
    const step = buffers[index]!.first;
    alive = [...alive.filter((other) => buffers[other]!.last >= step), index];
    const next = byBirth[i + 1];
    if (next !== undefined && buffers[next]!.first === step) return;
    if (alive.reduce((sum, other) => sum + layout.bytes[other]!, 0) <= lowerBound) return;
    const apart = alignUp(apartBytes(layout, alive, shared), ALIGNMENT);
    const bytes = alive.length > CROWD ? apart : stepBound(partOf(layout, alive, pairsOf), apart, lowerBound);
    if (bytes > lowerBound) [lowerBound, peakStep] = [bytes, step];
  });
  return { lowerBound, peakStep };
}

/** A layout of some buffers only. */
function partOf(
  { bytes, alignments }: Layout,
  alive: readonly number[],
  pairsOf: readonly (readonly Pair[])[],
): Layout {
  const place = new Map(alive.map((buffer, i) => [buffer, i]));
  const pairs = alive.flatMap((buffer, b) =>
    pairsOf[buffer]!.flatMap((pair) => {
      const a = place.get(pair.a);
      return a === undefined ? [] : [{ ...pair, a, b }];
    }),
  );
  return { bytes: alive.map((i) => bytes[i]!), alignments: alive.map((i) => alignments[i]!), pairs };
}

/** Bytes of the buffers that certainly lie apart: all but those over which another may lie. */
function apartBytes({ bytes }: Layout, alive: readonly number[], shared: ReadonlyMap<number, number>): number {
  const present = new Set(alive);
  return alive.reduce((sum, i) => sum + (present.has(shared.get(i) ?? -1) ? 0 : bytes[i]!), 0);
}

/** Least arena of a part; when the search gives up or cannot pass `known`, something smaller. */
function stepBound(part: Layout, apart: number, known: number): number {
  let total = bestGreedy(part, keyOrders(part.bytes.map((bytes) => -bytes)), 0).totalBytes;
  while (total > Math.max(known, apart)) {
    const limit = total - ALIGNMENT;
    const found = search(
      part,
      part.bytes.map(() => limit),
      BUDGET.step,
    );
    if (found === 'unknown') return apart;
    if (found === 'none') break;
    total = height(part, found);
  }
  return total;
}

function keyOrders(...keys: readonly (readonly number[])[]): number[][] {
  return keys.map((key) => key.map((_, i) => i).sort((i, j) => key[i]! - key[j]! || i - j));
}

function orders(buffers: readonly PlannedBuffer[]): number[][] {
  const by = (key: (b: PlannedBuffer) => number): number[] => buffers.map(key);
  const fixed = keyOrders(
    by((b) => -b.bytes),
    by((b) => -b.bytes * (b.last - b.first + 1)),
    by((b) => b.first - b.last),
    by((b) => b.first),
    by((b) => -b.last),
  );
  const { shuffle } = random(1);
  return [...fixed, ...Array.from({ length: buffers.length > MANY ? 0 : RANDOM_ORDERS }, () => shuffle(fixed[0]!))];
}

function bestGreedy(layout: Layout, candidates: readonly (readonly number[])[], enough: number) {
  const neighbours = layout.bytes.map((): { other: number; above: number; below: number }[] => []);
  for (const { a, b, above, below } of layout.pairs) {
    neighbours[b]!.push({ other: a, above, below });
    neighbours[a]!.push({ other: b, above: below, below: above });
  }
  let best = { offsets: [] as readonly number[], totalBytes: Number.POSITIVE_INFINITY };
  for (const order of candidates) {
    const offsets = new Array<number>(order.length).fill(-1);
    for (const buffer of order) {
      // Differences between -below and above are forbidden: go through those zones from below.
      const zones = neighbours[buffer]!.flatMap(({ other, above, below }) => {
        const at = offsets[other]!;
        return at < 0 ? [] : [{ from: at - below, to: alignUp(at + above, layout.alignments[buffer]!) }];
      });
      zones.sort((x, y) => x.from - y.from);
      offsets[buffer] = zones.reduce((offset, { from, to }) => (offset > from ? Math.max(offset, to) : offset), 0);
    }
    const totalBytes = height(layout, offsets);
    if (totalBytes < best.totalBytes) best = { offsets, totalBytes };
    if (totalBytes <= enough) break;
  }
  return best;
}
