import { type Box, checkBoxes, checkInside } from '../box.js';
import { imageOfSignal, type PixelFormat } from '../data/image.js';
import type { Sample } from '../data/index.js';
import {
  type CropAnchor,
  type Picture,
  placement,
  type ResizeMode,
  resizeCrop,
} from '../dsp/primitives/resize/resize.js';
import { fail } from '../errors.js';

/** What an image input wants. */
export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly packed: boolean;
  readonly resizeMode: ResizeMode;
  readonly cropAnchor: CropAnchor;
}

const CHANNELS: Readonly<Record<PixelFormat, number>> = { grey: 1, rgb: 3, rgba: 4, packed: 1 };

/**
 * The values of a recorded picture at the size and with the channels an input wants. What has them already is handed on
 * as it is; bytes are rounded otherwise.
 *
 * @throws `SHAPE_MISMATCH` for a recording that is no picture and has another size
 */
export function pictureValues(sample: Sample, options: PictureOptions): Float32Array {
  const picture = imageOfSignal(sample.signal);
  if (picture === undefined) return exactly(sample, options);
  const { width, height, channels, packed, resizeMode, cropAnchor } = options;
  const isSize = picture.width === width && picture.height === height;
  const isFormat = packed
    ? picture.format === 'packed'
    : picture.format !== 'packed' && CHANNELS[picture.format] === channels;
  if (isSize && isFormat) return picture.values;
  const wanted = packed ? 3 : channels;
  const bytes = { ...picture, channels: wanted, values: bytesOf(picture, wanted, sample.id) };
  const { values } = isSize ? bytes : resizeCrop(bytes, { width, height, mode: resizeMode, anchor: cropAnchor });
  return packed ? pack(values) : Float32Array.from(values);
}

/**
 * The boxes of a recorded picture where {@link pictureValues} puts them, in pixels of the input: cut off at its border,
 * and left out where their middle is cut off. Nothing when the recording says nothing of boxes.
 *
 * @throws `BAD_DATA` for boxes that are empty or lie outside of the picture, `BAD_LABEL`
 */
export function pictureBoxes(sample: Sample, options: PictureOptions): readonly Box[] | undefined {
  if (sample.boxes === undefined) return undefined;
  const boxes = checkBoxes(sample.boxes, `${sample.id} boxes`);
  const { width, height, resizeMode, cropAnchor } = options;
  const source = imageOfSignal(sample.signal) ?? options;
  const { from, to } = placement(source, { width, height, mode: resizeMode, anchor: cropAnchor });
  return boxes.flatMap((box, i) => {
    checkInside(box, source, `${sample.id} boxes[${i}]`);
    const [left, right] = [within(box.x, source.width), within(box.x + box.width, source.width)];
    const [top, bottom] = [within(box.y, source.height), within(box.y + box.height, source.height)];
    const x = along(left, right, [from.left, from.width], [to.left, to.width]);
    const y = along(top, bottom, [from.top, from.height], [to.top, to.height]);
    return x && y ? [{ label: box.label, x: x.start, y: y.start, width: x.size, height: y.size }] : [];
  });
}

const within = (value: number, size: number): number => Math.min(Math.max(value, 0), size);

type Stretch = readonly [start: number, size: number];

/** One direction of a box, moved from one stretch to another and cut off there; nothing when its middle is cut off. */
function along(start: number, end: number, from: Stretch, to: Stretch): { start: number; size: number } | undefined {
  const scale = to[1] / from[1];
  const middle = (start + end) / 2 - from[0];
  if (middle < 0 || middle >= from[1]) return undefined;
  const [first, last] = [within(start - from[0], from[1]), within(end - from[0], from[1])];
  return { start: to[0] + first * scale, size: (last - first) * scale };
}

function exactly(sample: Sample, { width, height, channels, packed }: PictureOptions): Float32Array {
  const size = width * height * (packed ? 1 : channels);
  const { values } = sample.signal;
  if (values.length === size) return values;
  return fail({
    code: 'SHAPE_MISMATCH',
    where: sample.id,
    got: `${values.length} values`,
    expected: `${size}`,
    fix: 'Make the recording with imageSignal, so that it can be resized, or resize it before.',
  });
}

/** Bytes with the wanted channels. */
function bytesOf(
  picture: { readonly format: PixelFormat; readonly values: Float32Array },
  channels: number,
  where: string,
): Uint8ClampedArray {
  const { format, values } = picture;
  if (CHANNELS[format] === channels && format !== 'packed') return Uint8ClampedArray.from(values);
  if (channels !== 1 && channels !== 3) refuseChannels(where, format, channels);
  const step = CHANNELS[format];
  const count = values.length / step;
  const out = new Uint8ClampedArray(count * channels);
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = colour(values, i * step, format);
    if (channels === 1) out[i] = (19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16;
    else out.set([red, green, blue], 3 * i);
  }
  return out;
}

function colour(values: Float32Array, at: number, format: PixelFormat): [number, number, number] {
  const first = values[at]!;
  if (format === 'grey') return [first, first, first];
  if (format === 'packed') return [(first >> 16) & 255, (first >> 8) & 255, first & 255];
  return [first, values[at + 1]!, values[at + 2]!];
}

function pack(values: Picture['values']): Float32Array {
  const out = new Float32Array(values.length / 3);
  for (let i = 0; i < out.length; i++) {
    out[i] = (values[3 * i]! << 16) | (values[3 * i + 1]! << 8) | values[3 * i + 2]!;
  }
  return out;
}

function refuseChannels(where: string, format: string, channels: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where,
    got: `a picture of format ${format}`,
    expected: `${channels} channels`,
    fix: 'Choose 1 or 3 channels for the input.',
  });
}
