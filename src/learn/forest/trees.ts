import { fail } from '../../errors.js';
import type { GrownTree } from './grow.js';

/** Trees as tables, just as they lie in flash. Leaves are rows of `values`, shared by all that are equal. */
export interface Trees {
  readonly feature: Int32Array;
  /** Values above it go right. */
  readonly threshold: Float32Array;
  /** Left and right of each node: a later node, or a leaf as `-1 - leaf`. */
  readonly child: Int32Array;
  /** Where each tree begins, in the same way. */
  readonly root: Int32Array;
  /** `[leaf, output]`: float32, or whole numbers from 0 to 255 where the trees vote. */
  readonly values: Float32Array | Int32Array;
  /** Values of a leaf. */
  readonly outputs: number;
}

/** The leaf a row falls into. */
export function leafOf(trees: Pick<Trees, 'feature' | 'threshold' | 'child'>, root: number, row: Float32Array): number {
  let node = root;
  while (node >= 0) node = trees.child[2 * node + (row[trees.feature[node]!]! > trees.threshold[node]! ? 1 : 0)]!;
  return -1 - node;
}

/** Comparisons on the way to the leaf. */
export function depthOf(trees: Trees, root: number, row: Float32Array): number {
  let depth = 0;
  for (let node = root; node >= 0; depth++) {
    node = trees.child[2 * node + (row[trees.feature[node]!]! > trees.threshold[node]! ? 1 : 0)]!;
  }
  return depth;
}

/** Comparisons per row, on average. */
export function meanComparisons(trees: Trees, rows: readonly Float32Array[]): number {
  let sum = 0;
  for (const row of rows) for (const root of trees.root) sum += depthOf(trees, root, row);
  return sum / Math.max(1, rows.length);
}

/** Lays grown trees out behind one another: leaves of the same values are one, and nodes whose sides are equal go. */
export class TreePacker {
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #child: number[] = [];
  readonly #root: number[] = [];
  readonly #values: number[] = [];
  readonly #leaves = new Map<string, number>();

  constructor(
    readonly outputs: number,
    readonly votes: boolean,
  ) {}

  get nodes(): number {
    return this.#feature.length;
  }

  /** Adds a tree with what each of its leaves says. */
  add(tree: GrownTree, valuesOf: (sums: Float64Array) => ArrayLike<number>): void {
    const leaves = tree.leaves.map((sums) => this.#leaf(Array.from(valuesOf(sums))));
    const merged = this.#merged(tree, leaves);
    // Parents stand in front of their children, so that every walk ends.
    const place = (index: number): number => {
      const target = merged(index);
      if (target < 0) return target;
      const node = this.#feature.length;
      this.#feature.push(tree.feature[target]!);
      this.#threshold.push(tree.threshold[target]!);
      this.#child.push(0, 0);
      this.#child[2 * node] = place(tree.child[2 * target]!);
      this.#child[2 * node + 1] = place(tree.child[2 * target + 1]!);
      return node;
    };
    this.#root.push(place(tree.root));
  }

  /** What stands for a node: itself, or a leaf of all trees as `-1 - leaf` when there is nothing to tell apart. */
  #merged(tree: GrownTree, leaves: readonly number[]): (index: number) => number {
    const own = new Int32Array(tree.feature.length);
    const merged = (index: number): number => (index < 0 ? -1 - leaves[-1 - index]! : own[index]!);
    for (let node = own.length - 1; node >= 0; node--) {
      const [left, right] = [merged(tree.child[2 * node]!), merged(tree.child[2 * node + 1]!)];
      own[node] = left < 0 && left === right ? left : node;
    }
    return merged;
  }

  #leaf(values: readonly number[]): number {
    const key = values.map(Math.fround).join();
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const leaf = this.#leaves.size;
    this.#leaves.set(key, leaf);
    this.#values.push(...values);
    return leaf;
  }

  pack(): Trees {
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float32Array.from(this.#threshold),
      child: Int32Array.from(this.#child),
      root: Int32Array.from(this.#root),
      values: this.votes ? Int32Array.from(this.#values) : Float32Array.from(this.#values),
      outputs: this.outputs,
    };
  }
}

/** Largest share of a leaf that votes. */
export const FULL_VOTE = 255;

/** Shares of a whole as whole numbers that add up to {@link FULL_VOTE}: what is left goes to the largest remainders. */
export function votesOf(weights: Float64Array): Int32Array {
  const total = weights.reduce((a, b) => a + b, 0);
  const exact = Array.from(weights, (weight) =>
    total > 0 ? (FULL_VOTE * weight) / total : FULL_VOTE / weights.length,
  );
  const votes = Int32Array.from(exact, Math.floor);
  const byRemainder = [...votes.keys()].sort((a, b) => exact[b]! - votes[b]! - (exact[a]! - votes[a]!) || a - b);
  let left = FULL_VOTE - votes.reduce((a, b) => a + b, 0);
  for (const i of byRemainder) if (left-- > 0) votes[i]!++;
  return votes;
}

/** @throws `BAD_FILE` for tables that do not hold together, which might lead a walk astray */
export function checkTrees(where: string, trees: Trees, features: number): Trees {
  const { feature, threshold, child, root, values, outputs } = trees;
  const nodes = feature.length;
  const leaves = values.length / outputs;
  const leads = (index: number, after: number): boolean =>
    index < 0 ? -1 - index < leaves : index > after && index < nodes;
  const good =
    Number.isInteger(leaves) &&
    threshold.length === nodes &&
    child.length === 2 * nodes &&
    root.length > 0 &&
    feature.every((f) => f >= 0 && f < features) &&
    threshold.every(Number.isFinite) &&
    values.every(Number.isFinite) &&
    root.every((index) => leads(index, -1)) &&
    child.every((index, i) => leads(index, i >> 1));
  if (good) return trees;
  return fail({
    code: 'BAD_FILE',
    where,
    got: 'saved trees that do not hold together',
    expected: `nodes over ${features} features that lead to leaves`,
    fix: 'Save the impulse again.',
  });
}
