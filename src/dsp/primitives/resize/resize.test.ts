import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WARNINGS, writeHeaders } from '../../../testing/compilers.js';
import { codeOf, execute, hostCompilers, inTemporaryFolder, noise } from '../../testing/index.js';
import {
  CROP_ANCHORS,
  type Picture,
  RESIZE_MODES,
  type ResizeOptions,
  resizeCrop,
  resizeHeader,
  yuv422ToRgb,
} from './resize.js';

function picture(width: number, height: number, channels: number, seed = 1): Picture {
  const values = Uint8Array.from(noise(width * height * channels, seed), (v) => Math.floor((v + 1) * 128));
  return { width, height, channels, values };
}

/** A grey picture whose value is 10 times the row plus the column. */
function numbered(width: number, height: number): Picture {
  const values = Uint8Array.from({ length: width * height }, (_, i) => 10 * Math.floor(i / width) + (i % width));
  return { width, height, channels: 1, values };
}

/** Bilinear interpolation as the books have it, in double precision and without rounding in between. */
function bilinear({ width, height, channels, values }: Picture, to: { width: number; height: number }): number[] {
  const out: number[] = [];
  const at = (x: number, y: number, c: number): number =>
    values[(Math.min(y, height - 1) * width + Math.min(x, width - 1)) * channels + c]!;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const [u, v] = [(x * width) / to.width, (y * height) / to.height];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      for (let c = 0; c < channels; c++) {
        const above = at(left, top, c) * (1 - u + left) + at(left + 1, top, c) * (u - left);
        const below = at(left, top + 1, c) * (1 - u + left) + at(left + 1, top + 1, c) * (u - left);
        out.push(above * (1 - v + top) + below * (v - top));
      }
    }
  }
  return out;
}

const rows = ({ width, values }: Picture): number[][] =>
  Array.from({ length: values.length / width }, (_, y) => [...values.slice(y * width, (y + 1) * width)]);

describe('resizeCrop', () => {
  it('leaves an image of the right size as it is, in every mode', () => {
    const source = picture(7, 5, 3);
    for (const mode of RESIZE_MODES) expect(resizeCrop(source, { width: 7, height: 5, mode })).toEqual(source);
  });

  it.each([
    [13, 9, 5, 4],
    [4, 3, 11, 10],
    [64, 48, 48, 48],
    [1, 1, 3, 2],
    [5, 1, 2, 2],
  ])('interpolates %i x %i to %i x %i within the two roundings of a blend', (w, h, width, height) => {
    for (const channels of [1, 3]) {
      const source = picture(w, h, channels, w);
      const got = resizeCrop(source, { width, height }).values;
      // Steps in 14 bits and two roundings: half a step each, and a little for the place.
      bilinear(source, { width, height }).forEach((want, i) => {
        expect(Math.abs(got[i]! - want)).toBeLessThan(1.3);
      });
    }
  });

  it('cuts off what sticks out, at the anchor', () => {
    const wide = (anchor: ResizeOptions['anchor']) =>
      rows(resizeCrop(numbered(6, 2), { width: 2, height: 2, mode: 'fit-short', ...(anchor && { anchor }) }));
    expect(wide('top-left')).toEqual([
      [0, 1],
      [10, 11],
    ]);
    expect(wide('bottom-center')).toEqual(wide(undefined));
    expect(wide(undefined)).toEqual([
      [2, 3],
      [12, 13],
    ]);
    expect(wide('middle-right')[0]).toEqual([4, 5]);
    const tall = resizeCrop(numbered(2, 6), { width: 2, height: 2, mode: 'fit-short', anchor: 'bottom-left' });
    expect(rows(tall)).toEqual([
      [40, 41],
      [50, 51],
    ]);
  });

  it('fills up with black around the whole image, at the anchor', () => {
    const small = numbered(4, 2);
    small.values.fill(9);
    const of = (anchor: (typeof CROP_ANCHORS)[number]) =>
      rows(resizeCrop(small, { width: 4, height: 4, mode: 'fit-long', anchor })).map((row) => row[0]);
    expect(of('top-center')).toEqual([9, 9, 0, 0]);
    expect(of('middle-left')).toEqual([0, 9, 9, 0]);
    expect(of('bottom-right')).toEqual([0, 0, 9, 9]);
  });

  it('refuses what is no image and no size', () => {
    const source = picture(4, 4, 1);
    expect(codeOf(() => resizeCrop(source, { width: 0, height: 4 }))).toBe('BAD_OPTION');
    expect(codeOf(() => resizeCrop(source, { width: 4, height: 1e9 }))).toBe('BAD_OPTION');
    expect(codeOf(() => resizeCrop(source, { width: 4, height: 4, mode: 'fit' as never }))).toBe('BAD_OPTION');
    expect(codeOf(() => resizeCrop(source, { width: 4, height: 4, anchor: 'left' as never }))).toBe('BAD_OPTION');
    expect(codeOf(() => resizeCrop({ ...source, channels: 0 }, { width: 4, height: 4 }))).toBe('BAD_OPTION');
    expect(codeOf(() => resizeCrop({ ...source, width: 5 }, { width: 4, height: 4 }))).toBe('SHAPE_MISMATCH');
  });
});

describe('yuv422ToRgb', () => {
  it('gives the colours of ITU-R BT.601', () => {
    // White, black, and the two pixels of a pure red pair.
    expect([...yuv422ToRgb(Uint8Array.of(235, 128, 16, 128))]).toEqual([255, 255, 255, 0, 0, 0]);
    const red = [...yuv422ToRgb(Uint8Array.of(81, 90, 81, 240))];
    [255, 0, 0, 255, 0, 0].forEach((want, i) => {
      expect(Math.abs(red[i]! - want)).toBeLessThanOrEqual(1);
    });
  });

  it('refuses half a pair', () => {
    expect(codeOf(() => yuv422ToRgb(new Uint8Array(6)))).toBe('SHAPE_MISMATCH');
  });
});

interface Job extends ResizeOptions {
  readonly source: Picture;
}

const SIZES = [
  [9, 7, 5, 4],
  [5, 4, 9, 7],
  [10, 3, 4, 6],
  [3, 1, 2, 5],
] as const;
const JOBS: Job[] = RESIZE_MODES.flatMap((mode) =>
  CROP_ANCHORS.flatMap((anchor, i) =>
    SIZES.map(([w, h, width, height]) => ({ source: picture(w, h, i % 2 ? 3 : 1, i), width, height, mode, anchor })),
  ),
);
const YUV = Uint8Array.from(noise(4000, 5), (v) => Math.floor((v + 1) * 128));

/** One call with every job, each with its source and target in buffers of their exact size. */
function program(): string {
  const calls = JOBS.map(({ source, width, height, mode, anchor }) => {
    const { channels } = source;
    const m = RESIZE_MODES.indexOf(mode!);
    const a = CROP_ANCHORS.indexOf(anchor!);
    return `  job(${source.width}, ${source.height}, ${channels}, ${width}, ${height}, ${m}, ${a});`;
  });
  return `
#include <stdio.h>
#include <vector>
#include "dsp/primitives/resize/resize.h"
using namespace impulsekit::dsp;

static std::vector<uint8_t> read(int32_t size) {
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  if (fread(bytes.data(), 1, bytes.size(), stdin) != bytes.size()) bytes.clear();
  return bytes;
}

static void job(int32_t w, int32_t h, int32_t channels, int32_t width, int32_t height, int32_t mode, int32_t anchor) {
  std::vector<uint8_t> in = read(w * h * channels);
  std::vector<uint8_t> out(static_cast<size_t>(width * height * channels), 7);
  resizeCrop(in.data(), w, h, channels, out.data(), width, height, static_cast<ResizeMode>(mode),
             static_cast<CropAnchor>(anchor));
  fwrite(out.data(), 1, out.size(), stdout);
  if (mode == 2 || width > w || height > h) return;
  resizeCrop(in.data(), w, h, channels, in.data(), width, height, static_cast<ResizeMode>(mode),
             static_cast<CropAnchor>(anchor));
  in.resize(out.size());
  if (in != out) printf("not in place");
}

int main() {
${calls.join('\n')}
  std::vector<uint8_t> yuv = read(${YUV.length});
  std::vector<uint8_t> rgb(${(YUV.length / 2) * 3});
  yuv422ToRgb(yuv.data(), ${YUV.length / 2}, rgb.data());
  fwrite(rgb.data(), 1, rgb.size(), stdout);
  return 0;
}
`;
}

describe('C++ twin', () => {
  it.each(hostCompilers)('gives the same bytes, in place too when it shrinks: %s', (compiler) => {
    const out = inTemporaryFolder((folder) => {
      writeHeaders(folder, [resizeHeader]);
      writeFileSync(join(folder, 'main.cpp'), program());
      const flags = [...WARNINGS, '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
      execute(compiler, [...flags, '-I', folder, join(folder, 'main.cpp'), '-o', join(folder, 'main')]);
      return execute(
        join(folder, 'main'),
        [],
        Buffer.concat([...JOBS.map(({ source }) => Uint8Array.from(source.values)), YUV]),
      );
    });
    const want = JOBS.map(({ source, ...options }) => Uint8Array.from(resizeCrop(source, options).values));
    expect(Buffer.from(out).equals(Buffer.concat([...want, yuv422ToRgb(YUV)]))).toBe(true);
  });
});
