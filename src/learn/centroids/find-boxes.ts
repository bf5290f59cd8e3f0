import type { FoundBox } from '../../box.js';
import type { Grid } from './grid.js';

/** A box in cells, its class by number. */
interface CellBox {
  readonly label: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

/**
 * Joins cells of one class that touch, at corners too, into boxes: the smallest around them, with their highest score.
 * Boxes that come to touch by growing are joined as well, so that the result does not depend on the order of cells.
 * Twin of `findBoxes` in find-boxes.h, with room for all.
 *
 * `cells [row, column, 1 + label]`, the background first -> boxes in pixels, highest score first.
 *
 * Follows Edge Impulse's FOMO runtime, but for its quirks: boxes grow to all sides, cells may be of any proportions, and
 * pixels are rounded outwards, so that a box covers all of its cells.
 */
export function findBoxes(
  cells: ArrayLike<number>,
  { rows, columns, height, width }: Grid,
  labels: readonly string[],
  minScore: number,
): FoundBox[] {
  const least = Math.fround(minScore);
  let boxes: CellBox[] = [];
  for (let cell = 0; cell < rows * columns; cell++) {
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    for (let label = 0; label < labels.length; label++) {
      const score = cells[cell * (labels.length + 1) + label + 1]!;
      if (score >= least) boxes = added({ label, x, y, width: 1, height: 1, score }, boxes);
    }
  }
  return boxes.sort(byScore).map((box) => {
    const [x, y] = [Math.floor((box.x * width) / columns), Math.floor((box.y * height) / rows)];
    const right = Math.ceil(((box.x + box.width) * width) / columns);
    const bottom = Math.ceil(((box.y + box.height) * height) / rows);
    return { label: labels[box.label]!, x, y, width: right - x, height: bottom - y, score: box.score };
  });
}

function added(box: CellBox, boxes: readonly CellBox[]): CellBox[] {
  const other = boxes.find((one) => belongTogether(box, one));
  if (!other) return [...boxes, box];
  return added(
    around(box, other),
    boxes.filter((one) => one !== other),
  );
}

function belongTogether(a: CellBox, b: CellBox): boolean {
  const apart = a.x > b.x + b.width || b.x > a.x + a.width || a.y > b.y + b.height || b.y > a.y + a.height;
  return a.label === b.label && !apart;
}

function around(a: CellBox, b: CellBox): CellBox {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    label: a.label,
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
    score: Math.max(a.score, b.score),
  };
}

function byScore(a: CellBox, b: CellBox): number {
  return b.score - a.score || a.y - b.y || a.x - b.x || a.label - b.label;
}
