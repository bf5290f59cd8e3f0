import { imageOfSignal, type PixelFormat } from '../data/image.js';
import type { Sample } from '../data/index.js';
import { type CropAnchor, type Picture, type ResizeMode, resizeCrop } from '../dsp/primitives/resize/resize.js';
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
