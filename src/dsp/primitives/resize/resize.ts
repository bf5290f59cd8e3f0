import type { CppFile } from '../../../cpp.js';
import { fail, show } from '../../../errors.js';
import header from './resize.h.js';

/**
 * How an image of other proportions comes to its place. `squash`: stretched. `fit-short`: the shorter side fits, what
 * sticks out is cut off. `fit-long`: the longer side fits, the rest is black.
 */
export type ResizeMode = 'squash' | 'fit-short' | 'fit-long';

/** Which part is kept when cutting off, and where the image lies when there is black around it. */
export type CropAnchor = `${'top' | 'middle' | 'bottom'}-${'left' | 'center' | 'right'}`;

export const RESIZE_MODES = ['squash', 'fit-short', 'fit-long'] as const satisfies readonly ResizeMode[];

export const CROP_ANCHORS = [
  'top-left',
  'top-center',
  'top-right',
  'middle-left',
  'middle-center',
  'middle-right',
  'bottom-left',
  'bottom-center',
  'bottom-right',
] as const satisfies readonly CropAnchor[];

/** Bytes row by row from the top left, channels last. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: Uint8Array | Uint8ClampedArray;
}

export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  /** Default `squash`. */
  readonly mode?: ResizeMode;
  /** Default `middle-center`. */
  readonly anchor?: CropAnchor;
}

/** The C++ twin, for applications that bring camera frames to the size of their impulse. */
export const resizeHeader: CppFile = header;

const LARGEST = 16_384;

/**
 * Brings an image to a size, as C++ `resizeCrop` in `dsp/primitives/resize/resize.h` does it on the device, byte for byte.
 *
 * `[row H, column W, channel C] -> [row h, column w, channel C]`, bytes. Bilinear between the four neighbours of
 * (x W / w, y H / h), in fixed point with 14 fraction bits and without an offset of half a pixel, each blend rounded;
 * the last row and column repeat. Nothing is averaged when shrinking, so that large factors alias. Errors: `BAD_OPTION`
 * for sizes that are not whole or above 16,384, a mode or an anchor; `SHAPE_MISMATCH` when the values are not W * H * C.
 *
 * @example
 * ```ts
 * resizeCrop({ width: 320, height: 240, channels: 3, values }, { width: 96, height: 96, mode: 'fit-short' });
 * ```
 */
export function resizeCrop(picture: Picture, options: ResizeOptions): Picture {
  const { channels, values } = picture;
  const { width, height, mode = 'squash', anchor = 'middle-center' } = options;
  for (const [name, size] of Object.entries({
    width,
    height,
    'picture.width': picture.width,
    'picture.height': picture.height,
  })) {
    if (!(Number.isInteger(size) && size >= 1 && size <= LARGEST))
      refuse(name, show(size), `a whole number from 1 to ${LARGEST}`);
  }
  if (!(Number.isInteger(channels) && channels >= 1 && channels <= 4))
    refuse('picture.channels', show(channels), '1 to 4');
  if (!RESIZE_MODES.includes(mode)) refuse('mode', show(mode), RESIZE_MODES.join(', '));
  if (!CROP_ANCHORS.includes(anchor)) refuse('anchor', show(anchor), CROP_ANCHORS.join(', '));
  if (values.length !== picture.width * picture.height * channels) refuseLength(picture);
  const out = new Uint8Array(width * height * channels);
  const { from, to } = placement(picture, { width, height, mode, anchor });
  const at = (to.top * width + to.left) * channels;
  resize(picture, from, { values: out.subarray(at), stride: width * channels, width: to.width, height: to.height });
  return { width, height, channels, values: out };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Part extends Size {
  readonly left: number;
  readonly top: number;
}

/** What {@link resizeCrop} takes from a picture, and where it goes. */
export function placement(source: Size, target: ResizeOptions): { readonly from: Part; readonly to: Part } {
  const { mode = 'squash' } = target;
  const anchor = CROP_ANCHORS.indexOf(target.anchor ?? 'middle-center');
  const whole = (size: Size): Part => ({ left: 0, top: 0, width: size.width, height: size.height });
  if (mode === 'squash') return { from: whole(source), to: whole(target) };
  const [box, like] = mode === 'fit-short' ? [source, target] : [target, source];
  const part = within(box, like, anchor);
  return mode === 'fit-short' ? { from: part, to: whole(target) } : { from: whole(source), to: part };
}

/** The largest part of `box` with the proportions of `like`. */
function within(box: Size, like: Size, anchor: number): Part {
  let { width, height } = box;
  if (box.width * like.height > box.height * like.width) {
    width = Math.max(1, Math.floor((box.height * like.width) / like.height));
  } else {
    height = Math.max(1, Math.floor((box.width * like.height) / like.width));
  }
  const left = ((box.width - width) * (anchor % 3)) >> 1;
  const top = ((box.height - height) * Math.floor(anchor / 3)) >> 1;
  return { left, top, width, height };
}

const BITS = 14;
const HALF = 1 << (BITS - 1);
const MASK = (1 << BITS) - 1;

function resize(
  picture: Picture,
  from: Part,
  to: { values: Uint8Array; stride: number; width: number; height: number },
): void {
  const { channels, values } = picture;
  const stepX = Math.floor((from.width << BITS) / to.width);
  const stepY = Math.floor((from.height << BITS) / to.height);
  for (let y = 0; y < to.height; y++) {
    const row = (y * stepY) >> BITS;
    const below = row + 1 < from.height ? picture.width * channels : 0;
    const upper = ((from.top + row) * picture.width + from.left) * channels;
    let at = y * to.stride;
    for (let x = 0; x < to.width; x++) {
      const column = (x * stepX) >> BITS;
      const beside = column + 1 < from.width ? channels : 0;
      let i = upper + column * channels;
      for (const end = i + channels; i < end; i++) {
        const above = blend(values[i]!, values[i + beside]!, (x * stepX) & MASK);
        const under = blend(values[i + below]!, values[i + below + beside]!, (x * stepX) & MASK);
        to.values[at++] = blend(above, under, (y * stepY) & MASK);
      }
    }
  }
}

function blend(a: number, b: number, fraction: number): number {
  return ((a << BITS) + (b - a) * fraction + HALF) >> BITS;
}

/**
 * Camera frames of YUV 4:2:2 as RGB, as C++ `yuv422ToRgb` does it: `[Y0 U Y1 V]` for two pixels -> `[R G B R G B]`.
 *
 * Integer form of ITU-R BT.601 with the range 16..235. Errors: `SHAPE_MISMATCH` when the bytes are not whole pairs.
 *
 * @example
 * ```ts
 * yuv422ToRgb(Uint8Array.of(235, 128, 16, 128)); // white, black
 * ```
 */
export function yuv422ToRgb(values: Uint8Array): Uint8Array {
  if (values.length % 4 !== 0) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: 'yuv422ToRgb',
      got: `${values.length} bytes`,
      expected: 'a multiple of 4: Y0 U Y1 V for two pixels',
      fix: 'Give whole rows of an even width.',
    });
  }
  const out = new Uint8Array((values.length / 2) * 3);
  for (let i = 0, at = 0; i < values.length; i += 2, at += 3) {
    const pair = i & ~3;
    const y = 298 * (values[i]! - 16) + 128;
    const u = values[pair + 1]! - 128;
    const v = values[pair + 3]! - 128;
    out[at] = limited((y + 409 * v) >> 8);
    out[at + 1] = limited((y - 100 * u - 208 * v) >> 8);
    out[at + 2] = limited((y + 516 * u) >> 8);
  }
  return out;
}

function limited(value: number): number {
  return Math.min(255, Math.max(0, value));
}

function refuse(name: string, got: string, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `resizeCrop.${name}`,
    got,
    expected,
    fix: 'Correct the option.',
  });
}

function refuseLength({ width, height, channels, values }: Picture): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'resizeCrop',
    got: `${values.length} values`,
    expected: `${width} x ${height} x ${channels}`,
    fix: 'Give one byte per pixel and channel.',
  });
}
