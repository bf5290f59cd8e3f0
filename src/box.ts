import { fail, show } from './errors.js';

/** An object in a picture, in pixels from the top left corner. */
export interface Box {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An object that was found. */
export interface FoundBox extends Box {
  /** Highest score of the cells it is made of, 0 to 1. */
  readonly score: number;
}

/**
 * Checks boxes that may come from anywhere and copies them.
 *
 * @throws `BAD_FILE` when this is no list of boxes, `BAD_DATA` for numbers that are not finite and sides that are not
 * above 0, `BAD_LABEL`
 */
export function checkBoxes(list: unknown, where: string): Box[] {
  if (!Array.isArray(list)) return refuse('BAD_FILE', where, list, 'a list of boxes { label, x, y, width, height }');
  return list.map((entry: unknown, i) => checkBox(entry, `${where}[${i}]`));
}

function checkBox(entry: unknown, where: string): Box {
  if (typeof entry !== 'object' || entry === null) {
    return refuse('BAD_FILE', where, entry, 'a box { label, x, y, width, height }');
  }
  const { label, x, y, width, height } = entry as Partial<Record<keyof Box, unknown>>;
  if (typeof label !== 'string' || label.trim() === '') return refuse('BAD_LABEL', `${where}.label`, label, 'a text');
  for (const [name, value] of Object.entries({ x, y, width, height })) {
    if (typeof value !== 'number') refuse('BAD_FILE', `${where}.${name}`, value, 'a number of pixels');
    else if (!Number.isFinite(value))
      refuse('BAD_DATA', `${where}.${name}`, String(value), 'a finite number of pixels');
  }
  const box = { label, x, y, width, height } as Box;
  if (!(box.width > 0 && box.height > 0)) {
    refuse('BAD_DATA', where, `${box.width} x ${box.height} pixels`, 'a width and a height above 0');
  }
  return box;
}

/** Refuses a box that lies outside of a picture of this size. */
export function checkInside(
  box: Box,
  picture: { readonly width: number; readonly height: number },
  where: string,
): void {
  const { x, y, width, height } = box;
  if (x < picture.width && y < picture.height && x + width > 0 && y + height > 0) return;
  refuse(
    'BAD_DATA',
    where,
    `box ${show(box.label)} from (${x}, ${y}) to (${x + width}, ${y + height})`,
    `boxes inside of the picture of ${picture.width} x ${picture.height} pixels`,
  );
}

function refuse(code: 'BAD_FILE' | 'BAD_DATA' | 'BAD_LABEL', where: string, got: unknown, expected: string): never {
  return fail({
    code,
    where,
    got: typeof got === 'string' && code === 'BAD_DATA' ? got : show(got),
    expected,
    fix: 'Correct or remove this box; x and y are its left upper corner, in pixels of the picture.',
  });
}
