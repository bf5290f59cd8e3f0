import type { Box } from '../../box.js';

/** A grid of cells over an image: cells, and the pixels they cover. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
}

/** Index `row * columns + column` of the cell that holds the middle of a box; nothing when that lies outside. */
export function cellOf({ rows, columns, height, width }: Grid, box: Box): number | undefined {
  const row = Math.floor(((box.y + box.height / 2) * rows) / height);
  const column = Math.floor(((box.x + box.width / 2) * columns) / width);
  const inside = row >= 0 && row < rows && column >= 0 && column < columns;
  return inside ? row * columns + column : undefined;
}

/** Class of every cell: 0 is the background. The first of several boxes in a cell has it. */
export function cellClasses(grid: Grid, boxes: readonly Box[], labels: readonly string[]): Uint16Array {
  const classes = new Uint16Array(grid.rows * grid.columns);
  for (const box of boxes) {
    const cell = cellOf(grid, box);
    if (cell !== undefined && classes[cell] === 0) classes[cell] = labels.indexOf(box.label) + 1;
  }
  return classes;
}
