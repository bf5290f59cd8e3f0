import type { Box, FoundBox } from '../box.js';
import type { ObjectFigures, Score, Verdict } from '../score.js';
import { ratio, sum } from './numbers.js';

/** How many objects of an image, or of one class, were found. */
export interface Matches {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/**
 * Pairs found boxes with true ones. Highest score first, a found box takes the nearest object of its class that is free
 * and whose middle lies in it.
 */
export function matchBoxes(found: readonly FoundBox[], truth: readonly Box[]): Matches {
  const free = new Set(truth);
  for (const box of [...found].sort((a, b) => b.score - a.score)) {
    const inside = [...free].filter((object) => object.label === box.label && holdsMiddle(box, object));
    const nearest = inside.sort((a, b) => distance(box, a) - distance(box, b))[0];
    if (nearest) free.delete(nearest);
  }
  const truePositives = truth.length - free.size;
  return { truePositives, falsePositives: found.length - truePositives, falseNegatives: free.size };
}

const middleOf = ({ x, y, width, height }: Box): readonly [number, number] => [x + width / 2, y + height / 2];

function holdsMiddle(box: Box, object: Box): boolean {
  const [x, y] = middleOf(object);
  return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
}

function distance(a: Box, b: Box): number {
  const [[ax, ay], [bx, by]] = [middleOf(a), middleOf(b)];
  return Math.hypot(ax - bx, ay - by);
}

/** Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found. */
export function f1Of({ truePositives, falsePositives, falseNegatives }: Matches): number {
  const all = 2 * truePositives + falsePositives + falseNegatives;
  return all === 0 ? 1 : (2 * truePositives) / all;
}

/** Figures of found boxes, image by image. Objects of classes that are not among `labels` count for nothing. */
export function objectScore(
  labels: readonly string[],
  found: readonly (readonly FoundBox[])[],
  truth: readonly (readonly Box[])[],
): Score {
  const of = (label: string, boxes: readonly Box[]) => boxes.filter((box) => box.label === label);
  // Classes do not mix, so that the matches of each make up those of the image.
  const matches = found.map((boxes, i) =>
    labels.map((label) => matchBoxes(of(label, boxes) as FoundBox[], of(label, truth[i]!))),
  );
  const perClass = labels.map((_, label) => figuresOf(matches.map((image) => image[label]!)));
  return {
    windows: found.length,
    objects: {
      ...figuresOf(matches.flat()),
      perClass: Object.fromEntries(labels.map((label, i) => [label, perClass[i]!])),
    },
    verdicts: matches.map((image, i) => verdictOf(found[i]!, image)),
  };
}

function figuresOf(all: readonly Matches[]): ObjectFigures {
  const total = (key: keyof Matches): number => sum(all.map((one) => one[key]));
  const [truePositives, falsePositives, falseNegatives] = [
    total('truePositives'),
    total('falsePositives'),
    total('falseNegatives'),
  ];
  return {
    truePositives,
    falsePositives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  };
}

function verdictOf(found: readonly FoundBox[], image: readonly Matches[]): Verdict {
  const error = sum(image.map(({ falsePositives, falseNegatives }) => falsePositives + falseNegatives));
  const predicted = found.map(({ label }) => label).sort();
  return { predicted: predicted.join(', ') || 'background', wrong: error > 0, error };
}
