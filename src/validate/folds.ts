import { lengthOf, type Sample } from '../data/index.js';
import { random } from '../random.js';

/** Samples that stay together, and how much of each label they hold. */
interface Bundle {
  readonly samples: readonly Sample[];
  /** Recordings by label; a recording of several labels counts with the share of its time, a picture with its objects. */
  readonly weights: ReadonlyMap<string, number>;
}

/**
 * Deals bundles of samples over `count` folds so that every fold holds about the same share of each label. Bundles go one
 * by one, those with the most uneven labels first, to the fold that leaves the labels spread most evenly; equal ones at
 * random by the seed.
 */
export function stratifiedFolds(
  groups: ReadonlyMap<string, readonly Sample[]>,
  count: number,
  seed: number,
): Sample[][] {
  const bundles = [...groups.values()].map((samples): Bundle => ({ samples, weights: labelWeights(samples) }));
  const total = labelWeights(bundles.flatMap(({ samples }) => samples));
  const labels = [...total.keys()];
  const held = Array.from({ length: count }, () => new Map(labels.map((label) => [label, 0])));
  const folds = Array.from({ length: count }, () => [] as Sample[]);
  const order = random(seed).shuffle(bundles);
  order.sort((a, b) => largest(b.weights) - largest(a.weights));
  for (const { samples, weights } of order) {
    // Only the bundle's own labels change, so the fold that has least of them ends up nearest to the others.
    const load = (fold: number): number => {
      return [...weights].reduce((sum, [label, weight]) => {
        return sum + (held[fold]!.get(label)! * weight) / total.get(label)! ** 2;
      }, 0);
    };
    const loads = folds.map((_, fold) => load(fold));
    const best = loads.reduce((top, value, fold) => {
      const closer = value < loads[top]! - 1e-12;
      const equal = Math.abs(value - loads[top]!) <= 1e-12;
      return closer || (equal && folds[fold]!.length < folds[top]!.length) ? fold : top;
    }, 0);
    folds[best]!.push(...samples);
    for (const [label, weight] of weights) held[best]!.set(label, held[best]!.get(label)! + weight);
  }
  return folds;
}

/** How much there is of each label. */
function labelWeights(samples: readonly Sample[]): Map<string, number> {
  const weights = new Map<string, number>();
  const add = (label: string, weight: number) => weights.set(label, (weights.get(label) ?? 0) + weight);
  for (const { label, segments, boxes, signal } of samples) {
    if (!segments) {
      if (label !== undefined) add(label, 1);
      else for (const box of boxes ?? []) add(box.label, 1);
      continue;
    }
    for (const { label: part, startIndex, endIndex } of segments)
      add(part, (endIndex + 1 - startIndex) / lengthOf(signal));
  }
  return weights;
}

function largest(weights: ReadonlyMap<string, number>): number {
  return Math.max(0, ...weights.values());
}
