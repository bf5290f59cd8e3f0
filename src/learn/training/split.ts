import type { TrainingSet } from '../../block.js';
import { seededRandom } from '../random.js';

export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Sets rows aside for validation: about `share` of each class, whole groups at a time. The last group that holds a class
 * stays in training, whatever else it holds. Augmented copies count for nothing and are never set aside; those of windows that are set aside
 * belong to neither side.
 */
export function splitRows(data: TrainingSet, share: number, seed: number): Split {
  const random = seededRandom(seed, 'split');
  const aside = new Set<string>();
  const holders = groupsByClass(data);
  for (let label = 0; label < data.classes.length; label++) {
    setAside(data, label, share, { aside, holders }, random.shuffle);
  }
  const rows = data.groups.map((_, i) => i);
  return {
    train: Int32Array.from(rows.filter((i) => !aside.has(data.groups[i]!))),
    validation: Int32Array.from(rows.filter((i) => aside.has(data.groups[i]!) && !data.copies?.[i])),
  };
}

/** Groups that hold each class. */
function groupsByClass(data: TrainingSet): readonly Set<string>[] {
  const holders = data.classes.map(() => new Set<string>());
  data.groups.forEach((group, i) => {
    if (!data.copies?.[i]) holders[data.labels[i]!]!.add(group);
  });
  return holders;
}

interface Sides {
  readonly aside: Set<string>;
  /** Groups still in training, by class. */
  readonly holders: readonly Set<string>[];
}

/** Adds groups of one class to `aside` until the next would lead further from the share than stopping. */
function setAside(
  data: TrainingSet,
  label: number,
  share: number,
  { aside, holders }: Sides,
  shuffle: <T extends number[]>(items: T) => T,
): void {
  const sizes = new Map<string, number>();
  data.groups.forEach((group, i) => {
    if (data.labels[i] === label && !data.copies?.[i]) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  });
  const groups = [...sizes.keys()].sort();
  const total = [...sizes.values()].reduce((a, b) => a + b, 0);
  let missing = total * share - groups.reduce((sum, g) => sum + (aside.has(g) ? sizes.get(g)! : 0), 0);
  for (const at of shuffle([...groups.keys()])) {
    const group = groups[at]!;
    const size = sizes.get(group)!;
    const last = holders.some((held) => held.size === 1 && held.has(group));
    if (aside.has(group) || size / 2 > missing || last) continue;
    aside.add(group);
    for (const held of holders) held.delete(group);
    missing -= size;
  }
}
