import { processingBlock } from '../../block.js';
import type { Work } from '../../cost.js';
import { fail } from '../../errors.js';
import { choice, type Values } from '../../params.js';
import { imageOf, imageSpec, type Spec, sizeOf } from '../../spec.js';
import header from './pixels.h.js';

const f32 = Math.fround;
/** ITU-R BT.601 luma over bytes, to 0..1. */
const RED = f32(0.299 / 255);
const GREEN = f32(0.587 / 255);
const BLUE = f32(0.114 / 255);
const BYTE = f32(1 / 255);
/** The same luma in 16 fraction bits; the three add up to 65,535. */
const LUMA = [19_595, 38_469, 7_471] as const;

const params = {
  channels: choice(['RGB', 'Grayscale'], 'RGB', 'Colour of the output: three channels, or their luma.'),
};

type Params = Values<typeof params>;

/**
 * Pixels as network input: colour or grey, 0..1.
 *
 * `image [row H, column W, channel C] -> image [row H, column W, channel 3 or 1]`, values 0..1. The input holds bytes
 * 0..255 in 3 channels (or 1, for grey), or packed pixels 0xRRGGBB as whole numbers; bits 24 to 31 are ignored. Several
 * frames follow each other. Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). Errors: `BAD_OPTION`; `SHAPE_MISMATCH`
 * for other channels and for colour from a grey image. Follows version 1 of Edge Impulse's `image` block.
 *
 * @example
 * ```ts
 * impulse({ input: image({ width: 96, height: 96 }), dsp: pixels({ channels: 'Grayscale' }), learn });
 * ```
 */
export const pixels = processingBlock({
  type: 'pixels',
  version: 1,
  accepts: ['image'],
  params,
  output: (input, p) => {
    const { width, height, frames } = check(input, p);
    return imageSpec({ width, height, frames, channels: p.channels === 'RGB' ? 3 : 1 });
  },
  prepare: (input, p) => {
    const { packed, channels } = imageOf(input);
    if (!packed && (p.channels === 'RGB' || channels === 1)) return scaleBytes;
    if (!packed) return greyOfBytes;
    return p.channels === 'RGB' ? unpack : greyOfPacked;
  },
  work: (input, p): Work => {
    const { packed, channels } = imageOf(input);
    const count = sizeOf(input);
    if (!packed)
      return channels === 3 && p.channels === 'Grayscale'
        ? { flop: (5 * count) / 3, int: count, call: 1 }
        : { flop: count, int: 3 * count, call: 1 };
    return { int: 12 * count, flop: (p.channels === 'RGB' ? 3 : 5) * count, call: 1 };
  },
  published: (input, p) => ({ value: (sizeOf(input) / imageOf(input).channels) * (p.channels === 'RGB' ? 3 : 1) }),
  cpp: {
    header,
    type: 'impulsekit::dsp::Pixels',
    traits: (input, p) => {
      const { packed, channels } = imageOf(input);
      return {
        ints: { kPixels: sizeOf(input) / channels, kChannels: channels },
        bools: { kPacked: packed, kGrey: p.channels === 'Grayscale' },
      };
    },
    scratchBytes: () => 0,
    writesOnce: true,
    codeBytes: (input, p) => {
      const { packed, channels } = imageOf(input);
      const bytes = channels === 3 && p.channels === 'Grayscale' ? 64 : 32;
      return { 'dsp/pixels': packed ? 136 : bytes };
    },
  },
});

function check(input: Spec<'image'>, p: Params) {
  const size = imageOf(input);
  const { packed, channels } = size;
  if (packed || channels === 3 || (channels === 1 && p.channels === 'Grayscale')) return size;
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'pixels.channels',
    got: `an image of ${channels} channels for ${p.channels}`,
    expected: p.channels === 'RGB' ? '3 channels or packed pixels' : '1 or 3 channels or packed pixels',
    fix:
      channels === 1
        ? "Choose channels: 'Grayscale' or an input of 3 channels."
        : 'Choose an input of 1 or 3 channels.',
  });
}

function scaleBytes(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = BYTE * x[i]!;
}

function greyOfBytes(x: Float32Array, out: Float32Array): void {
  for (let i = 0, at = 0; at < out.length; at++, i += 3) out[at] = luma(x[i]!, x[i + 1]!, x[i + 2]!);
}

function unpack(x: Float32Array, out: Float32Array): void {
  for (let i = 0, at = 0; i < x.length; i++, at += 3) {
    const pixel = packedPixel(x[i]!);
    out[at] = BYTE * ((pixel >> 16) & 255);
    out[at + 1] = BYTE * ((pixel >> 8) & 255);
    out[at + 2] = BYTE * (pixel & 255);
  }
}

function greyOfPacked(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const pixel = packedPixel(x[i]!);
    out[i] = luma((pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255);
  }
}

function luma(red: number, green: number, blue: number): number {
  return f32(f32(f32(RED * red) + f32(GREEN * green)) + f32(BLUE * blue));
}

/** The pixel a number stands for; what is no pixel becomes black or white. */
function packedPixel(value: number): number {
  if (!(value > 0)) return 0;
  return value < 4_294_967_296 ? value | 0 : 0xffffff;
}

/**
 * The int8 input of a network straight from pixels, for scale 1/255 and zero point -128, as C++ `Pixels::runInt8` does
 * it: no float features are needed.
 *
 * `[pixel N x channel C]` bytes 0..255 or packed pixels -> int8 `[N x 3]`, byte - 128, or for grey `[N]`,
 * ((19595 R + 38469 G + 7471 B) >> 16) - 128. The three weights add up to 65,535, so that white is 126 and not 127: up to
 * one step below the rounded float features. Errors: `SHAPE_MISMATCH` as the block's.
 *
 * @example
 * ```ts
 * pixelsInt8({ width: 1, height: 1, channels: 1, packed: true }, 'RGB', [0xff8000]); // 127, 0, -128
 * ```
 */
export function pixelsInt8(
  size: Parameters<typeof imageSpec>[0],
  channels: 'RGB' | 'Grayscale',
  values: ArrayLike<number>,
): Int8Array {
  const input = imageSpec(size);
  const out = new Int8Array(sizeOf(pixels({ channels }).output(input)));
  if (values.length !== sizeOf(input)) refuseLength(values.length, sizeOf(input));
  const { packed, channels: given } = imageOf(input);
  const byteAt = (i: number): number => {
    if (!packed) return byte(values[i]!);
    return (packedPixel(values[Math.floor(i / 3)]!) >> (16 - 8 * (i % 3))) & 255;
  };
  const isGrey = channels === 'Grayscale' && (packed || given === 3);
  for (let i = 0; i < out.length; i++) {
    out[i] = (isGrey ? lumaByte(byteAt(3 * i), byteAt(3 * i + 1), byteAt(3 * i + 2)) : byteAt(i)) - 128;
  }
  return out;
}

function lumaByte(red: number, green: number, blue: number): number {
  return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue) >> 16;
}

/** The byte a number stands for, cut off and limited. */
function byte(value: number): number {
  if (!(value > 0)) return 0;
  return value < 255 ? Math.trunc(value) : 255;
}

function refuseLength(got: number, expected: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'pixelsInt8.values',
    got: `${got} values`,
    expected: `${expected}`,
    fix: 'Give width x height x channels values, or width x height packed pixels.',
  });
}
