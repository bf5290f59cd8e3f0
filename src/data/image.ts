import { fail, show } from '../errors.js';
import type { Signal } from './sample.js';

/** What the values of one pixel are: grey, colour, colour with opacity, or all of a colour in one number 0xRRGGBB. */
const PIXEL_AXES = {
  grey: ['grey'],
  rgb: ['red', 'green', 'blue'],
  rgba: ['red', 'green', 'blue', 'opacity'],
  packed: ['0xRRGGBB'],
} as const;

export type PixelFormat = keyof typeof PIXEL_AXES;

/** A picture of any size, row by row from the top left. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** Bytes 0..255, channels last; or whole numbers 0..0xffffff when `packed`. */
  readonly values: ArrayLike<number>;
}

/**
 * A picture as a recording: a signal whose time steps are pixels, whose axes are colours, and which knows its width.
 *
 * `[row H, column W, channel C] -> signal [pixel H * W, axis C]`. Errors: `BAD_DATA` for sizes that are not whole, values
 * that do not fill them, and values outside 0..255 (0..0xffffff packed).
 *
 * @example
 * ```ts
 * const signal = imageSignal({ width: 640, height: 480, format: 'rgb', values });
 * const sample = { id: 'cup.1', label: 'cup', signal };
 * ```
 */
export function imageSignal(image: Image): Signal {
  const { width, height, format, values } = image;
  if (!Object.hasOwn(PIXEL_AXES, format)) refuse('format', show(format), Object.keys(PIXEL_AXES).join(', '));
  for (const [name, size] of Object.entries({ width, height })) {
    if (!(Number.isInteger(size) && size >= 1)) refuse(name, show(size), 'a whole number of pixels, at least 1');
  }
  const axes = PIXEL_AXES[format];
  const size = width * height * axes.length;
  if (values.length !== size) refuse('values', `${values.length} values`, `${width} x ${height} x ${axes.length}`);
  const top = format === 'packed' ? 0xffffff : 255;
  for (let i = 0; i < size; i++) {
    if (!(values[i]! >= 0 && values[i]! <= top)) refuse(`values[${i}]`, show(values[i]), `0 to ${top}`);
  }
  return { rateHz: 0, axes, width, values: Float32Array.from(values) };
}

/** The picture a signal holds; nothing when it holds none. */
export function imageOfSignal({
  axes,
  width,
  values,
}: Signal): (Image & { readonly values: Float32Array }) | undefined {
  const format = (Object.keys(PIXEL_AXES) as PixelFormat[]).find((name) => {
    const names: readonly string[] = PIXEL_AXES[name];
    return names.length === axes.length && names.every((axis, i) => axis === axes[i]);
  });
  if (width === undefined || format === undefined) return undefined;
  return { width, height: values.length / axes.length / width, format, values };
}

function refuse(name: string, got: string, expected: string): never {
  return fail({
    code: 'BAD_DATA',
    where: `imageSignal.${name}`,
    got,
    expected,
    fix: 'Give all pixels row by row from the top left, channels last.',
  });
}
