import type { Random } from '../random.js';
import { BINS, type Binned } from './bins.js';
import type { Criterion } from './criterion.js';

/** A tree as it grew: inner nodes in arrays, parents in front of their children. */
export interface GrownTree {
  readonly feature: number[];
  /** Values above it go right. */
  readonly threshold: number[];
  /** Left and right of each node: a node, or a leaf as `-1 - leaf`. */
  readonly child: number[];
  /** A node or leaf, in the same way. */
  readonly root: number;
  /** Statistics of the rows in each leaf. */
  readonly leaves: readonly Float64Array[];
}

export interface Growth {
  readonly maxDepth: number;
  /** Rows in a leaf, at least. */
  readonly minLeaf: number;
  /** Inner nodes, at most: those are kept that gain most. */
  readonly maxNodes: number;
  /** Features tried at each split. */
  readonly tried: number;
  /** Thresholds: the best, or one at random for each feature tried. */
  readonly thresholds: 'best' | 'random';
  readonly random: Random;
}

interface Split {
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  readonly threshold: number;
  readonly gain: number;
}

/** Rows on their way to becoming a node or a leaf. */
interface Part {
  readonly begin: number;
  readonly end: number;
  readonly depth: number;
  readonly sums: Float64Array;
  /** Where its number belongs in `child`; -1 for the root. */
  readonly slot: number;
  readonly split: Split | undefined;
}

/** One feature of a part, as counted into bins. */
interface Counted {
  readonly feature: number;
  /** First and last bin with rows. */
  readonly low: number;
  readonly high: number;
  /** Rows. */
  readonly count: number;
  /** Merit of the part as a whole. */
  readonly merit: number;
}

/** Gains below this share of the merit are rounding. */
const LEAST_GAIN = 1e-9;

/**
 * Grows a tree on some rows; a row that occurs twice counts twice.
 *
 * Source: Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees; random thresholds are those of
 * Geurts, Ernst and Wehenkel 2006, Extremely randomized trees.
 */
export function growTree(data: Binned, given: Int32Array, criterion: Criterion, growth: Growth): GrownTree {
  const rows = given.slice();
  const finder = new SplitFinder(data, rows, criterion, growth);
  const tree = { feature: [] as number[], threshold: [] as number[], child: [] as number[], root: -1 };
  const leaves: Float64Array[] = [];
  const place = (slot: number, index: number): void => {
    if (slot < 0) tree.root = index;
    else tree.child[slot] = index;
  };
  const open: Part[] = [];
  const settle = (part: Part): void => {
    if (part.split && tree.feature.length < growth.maxNodes) {
      open.push(part);
      return;
    }
    place(part.slot, -1 - leaves.length);
    leaves.push(part.sums);
  };
  settle(finder.part(0, rows.length, 0, -1));
  while (open.length > 0) {
    const part = open.splice(nextOf(open), 1)[0]!;
    if (tree.feature.length >= growth.maxNodes) {
      settle(part);
      continue;
    }
    const { feature, threshold, bin } = part.split!;
    const node = tree.feature.length;
    place(part.slot, node);
    tree.feature.push(feature);
    tree.threshold.push(threshold);
    tree.child.push(0, 0);
    const middle = divide(rows, part, data.codes[feature]!, bin);
    settle(finder.part(part.begin, middle, part.depth + 1, 2 * node));
    settle(finder.part(middle, part.end, part.depth + 1, 2 * node + 1));
  }
  return { ...tree, leaves };
}

/** The part that gains most by its split. */
function nextOf(open: readonly Part[]): number {
  let best = 0;
  let gain = -1;
  for (let i = 0; i < open.length; i++) {
    const own = open[i]!.split!.gain;
    if (own <= gain) continue;
    best = i;
    gain = own;
  }
  return best;
}

/** Brings the rows that go left to the front, keeping their order on both sides; gives the first that goes right. */
function divide(rows: Int32Array, { begin, end }: Part, codes: Uint8Array, bin: number): number {
  const right: number[] = [];
  let to = begin;
  for (let i = begin; i < end; i++) {
    const row = rows[i]!;
    if (codes[row]! > bin) right.push(row);
    else rows[to++] = row;
  }
  rows.set(right, to);
  return to;
}

class SplitFinder {
  /** Rows and statistics by bin, of one feature in one part. */
  readonly #counts = new Int32Array(BINS);
  readonly #bins: Float64Array;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #features: Int32Array;

  constructor(
    readonly data: Binned,
    readonly rows: Int32Array,
    readonly criterion: Criterion,
    readonly growth: Growth,
  ) {
    this.#bins = new Float64Array(BINS * criterion.width);
    this.#left = new Float64Array(criterion.width);
    this.#right = new Float64Array(criterion.width);
    this.#features = data.useful.slice();
  }

  part(begin: number, end: number, depth: number, slot: number): Part {
    const sums = new Float64Array(this.criterion.width);
    for (let i = begin; i < end; i++) this.criterion.add(this.rows[i]!, sums, 0);
    const splits = depth < this.growth.maxDepth && end - begin >= 2 * this.growth.minLeaf;
    return { begin, end, depth, sums, slot, split: splits ? this.#split(begin, end, sums) : undefined };
  }

  /** The best split among the features tried; more are tried until one of them splits at all. */
  #split(begin: number, end: number, sums: Float64Array): Split | undefined {
    const { tried, random } = this.growth;
    const features = this.#features;
    const merit = this.criterion.merit(sums, 0);
    let best: Split | undefined;
    for (let i = 0; i < features.length && (i < tried || !best); i++) {
      const j = i + random.below(features.length - i);
      const feature = features[j]!;
      features[j] = features[i]!;
      features[i] = feature;
      const split = this.#splitOn(feature, begin, end, sums, merit);
      if (split && (!best || split.gain > best.gain)) best = split;
    }
    return best;
  }

  #splitOn(feature: number, begin: number, end: number, sums: Float64Array, merit: number): Split | undefined {
    const { width } = this.criterion;
    const codes = this.data.codes[feature]!;
    const bins = this.data.least[feature]!.length;
    this.#counts.fill(0, 0, bins);
    this.#bins.fill(0, 0, bins * width);
    let [low, high] = [bins - 1, 0];
    for (let i = begin; i < end; i++) {
      const row = this.rows[i]!;
      const code = codes[row]!;
      if (code < low) low = code;
      if (code > high) high = code;
      this.#counts[code]!++;
      this.criterion.add(row, this.#bins, code * width);
    }
    if (low === high) return undefined;
    const cut = this.growth.thresholds === 'random' ? this.#draw(feature, low, high) : undefined;
    return this.#scan({ feature, low, high, count: end - begin, merit }, sums, cut);
  }

  /** Goes through the bins from low to high and keeps the best place to split, or looks at one value only. */
  #scan({ feature, low, high, count, merit }: Counted, sums: Float64Array, cut: number | undefined): Split | undefined {
    const { width } = this.criterion;
    const { minLeaf } = this.growth;
    const [left, right] = [this.#left, this.#right];
    const least = this.data.least[feature]!;
    left.fill(0);
    let before = 0;
    let last = -1;
    let gain = LEAST_GAIN * merit;
    let at: readonly [bin: number, next: number] | undefined;
    for (let bin = low; bin <= high && count - before >= minLeaf; bin++) {
      if (this.#counts[bin] === 0) continue;
      const candidate = before >= minLeaf && (cut === undefined || (least[last]! <= cut && cut < least[bin]!));
      if (candidate) {
        for (let i = 0; i < width; i++) right[i] = sums[i]! - left[i]!;
        const own = this.criterion.merit(left, 0) + this.criterion.merit(right, 0) - merit;
        if (own > gain) {
          gain = own;
          at = [last, bin];
        }
      }
      for (let i = 0; i < width; i++) left[i]! += this.#bins[bin * width + i]!;
      before += this.#counts[bin]!;
      last = bin;
    }
    return at && { feature, bin: at[0], threshold: this.#between(feature, at, cut), gain };
  }

  /** A value between the least and the largest of a part. */
  #draw(feature: number, low: number, high: number): number {
    const [least, largest] = [this.data.least[feature]![low]!, this.data.largest[feature]![high]!];
    return least + this.growth.random.uniform() * (largest - least);
  }

  /** A float32 that parts two bins: the one drawn if it does, else halfway. */
  #between(feature: number, [bin, next]: readonly [number, number], cut: number | undefined): number {
    const low = this.data.largest[feature]![bin]!;
    const high = this.data.least[feature]![next]!;
    const wished = Math.fround(cut !== undefined && cut >= low && cut < high ? cut : low + (high - low) / 2);
    return wished >= low && wished < high ? wished : low;
  }
}
