import type { TrainingSet } from '../../block.js';
import { seededRandom } from '../random.js';

export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Sets rows aside for validation: about `share` of each class, whole groups at a time. A class with one group
 * stays in training.
 */
export function splitRows(data: TrainingSet, share: number, seed: number): Split {
  const random = seededRandom(seed, 'split');
  const aside = new Set<string>();
  for (let label = 0; label < data.classes.length; label++) setAside(data, label, share, aside, random.shuffle);
  const rows = data.groups.map((_, i) => i);
  return {
    train: Int32Array.from(rows.filter((i) => !aside.has(data.groups[i]!))),
    validation: Int32Array.from(rows.filter((i) => aside.has(data.groups[i]!))),
  };
}

/** Adds groups of one class to `aside` until the next would lead further from the share than stopping. */
function setAside(
  data: TrainingSet,
  label: number,
  share: number,
  aside: Set<string>,
  shuffle: <T extends number[]>(items: T) => T,
): void {
  const sizes = new Map<string, number>();
  data.groups.forEach((group, i) => {
    if (data.labels[i] === label) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  });
  const groups = [...sizes.keys()].sort();
  const total = [...sizes.values()].reduce((a, b) => a + b, 0);
  let missing = total * share - groups.reduce((sum, g) => sum + (aside.has(g) ? sizes.get(g)! : 0), 0);
  let left = groups.filter((g) => !aside.has(g)).length;
  for (const at of shuffle([...groups.keys()])) {
    const group = groups[at]!;
    const size = sizes.get(group)!;
    if (aside.has(group) || size / 2 > missing || left <= 1) continue;
    aside.add(group);
    missing -= size;
    left--;
  }
}
