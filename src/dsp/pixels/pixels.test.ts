import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageSpec, sizeOf } from '../../spec.js';
import { WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { features } from '../features.js';
import { conforms, twins } from '../testing/conformance.js';
import {
  codeOf,
  execute,
  goldenCases,
  hasReference,
  hostCompilers,
  inputOf,
  inTemporaryFolder,
  misfits,
  noise,
  runStage,
} from '../testing/index.js';
import { pixels, pixelsInt8 } from './pixels.js';

const SIZE = { width: 5, height: 4 };
const packed = imageSpec({ ...SIZE, channels: 1, packed: true });
const rgb = imageSpec({ ...SIZE, channels: 3 });
const grey = imageSpec({ ...SIZE, channels: 1 });

conforms({ name: 'pixels', golden: 'image', version: 1, schema: pixels.schema, stage: pixels().bind(packed) });

const STAGES = [
  pixels().bind(packed),
  pixels({ channels: 'Grayscale' }).bind(packed),
  pixels().bind(rgb),
  pixels({ channels: 'Grayscale' }).bind(rgb),
  pixels({ channels: 'Grayscale' }).bind(grey),
  pixels().bind(imageSpec({ ...SIZE, channels: 1, packed: true, frames: 3 })),
];

describe('pixels in C++', () => twins(STAGES));

/** 20 pixels, bytes spread over the whole range. */
const bytes = noise(60, 3).map((v) => Math.floor((v + 1) * 128));
bytes.set([255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
const pack = (values: Float32Array): Float32Array =>
  Float32Array.from({ length: values.length / 3 }, (_, i) => {
    return values[3 * i]! * 65_536 + values[3 * i + 1]! * 256 + values[3 * i + 2]!;
  });

describe('pixels', () => {
  it('keeps height, width and frames, with channels of the output', () => {
    expect(pixels().output(packed)).toEqual(rgb);
    expect(pixels({ channels: 'Grayscale' }).output(rgb)).toEqual(grey);
    const frames = STAGES[5]!.output;
    expect(frames.axes.map((axis) => axis.size)).toEqual([3, 4, 5, 3]);
  });

  it('gives the same for bytes as for packed pixels', () => {
    for (const channels of ['RGB', 'Grayscale'] as const) {
      const block = pixels({ channels });
      expect(runStage(block.bind(rgb), bytes)).toEqual(runStage(block.bind(packed), pack(bytes)));
    }
  });

  it('maps bytes to 0..1 and weighs colours as ITU-R BT.601 does', () => {
    const window = {
      width: 4,
      height: 1,
      channels: 3 as const,
      values: [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255],
    };
    expect([...features(pixels(), window)]).toEqual([1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const luma = [...features(pixels({ channels: 'Grayscale' }), window)];
    [1, 0.299, 0.587, 0.114].forEach((want, i) => {
      expect(luma[i]).toBeCloseTo(want, 6);
    });
    expect([
      ...features(pixels({ channels: 'Grayscale' }), { width: 2, height: 1, channels: 1, values: [0, 51] }),
    ]).toEqual([0, Math.fround(Math.fround(1 / 255) * 51)]);
  });

  it('ignores the highest byte of a packed pixel and takes what is no pixel as black or white', () => {
    const one = pixels().bind(imageSpec({ width: 1, height: 1, channels: 1, packed: true }));
    const of = (value: number) => [...runStage(one, Float32Array.of(value))];
    // A float32 holds 24 bits, so that the low byte is zero here.
    expect(of(0xff00ff00)).toEqual([0, 1, 0]);
    expect(of(Number.NaN)).toEqual([0, 0, 0]);
    expect(of(-1)).toEqual([0, 0, 0]);
    expect(of(1e30)).toEqual([1, 1, 1]);
    expect(codeOf(() => features(pixels(), { width: 1, height: 1, values: [Number.NaN] }))).toBe('BAD_DATA');
  });

  it('refuses colour from grey and channels it does not know', () => {
    expect(codeOf(() => pixels().bind(grey))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => pixels().bind(imageSpec({ ...SIZE, channels: 4 })))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => pixels({ channels: 'CMYK' as never }))).toBe('BAD_OPTION');
    expect(codeOf(() => features(pixels(), { width: 2, height: 2, values: [1, 2, 3] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => features(pixels(), { width: 0, height: 2, values: [] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => features(pixels(), { width: 1.5, height: 2, values: [1, 2, 3] }))).toBe('SHAPE_MISMATCH');
  });

  it('needs no memory, and counts work by the pixel', () => {
    for (const stage of STAGES) {
      expect(stage.cpp.scratchBytes + stage.cpp.constBytes).toBe(0);
      expect(Object.values(stage.work).every(Number.isInteger)).toBe(true);
    }
    expect(STAGES[5]!.work.flop).toBe(3 * STAGES[0]!.work.flop!);
  });

  it.skipIf(!hasReference)('takes the list of the reference block with its size in front', () => {
    const cases = goldenCases('image', 1);
    expect(cases).toHaveLength(9);
    for (const c of cases) {
      const [width, height] = c.input.values as [number, number];
      const block = pixels(c.params as never);
      expect(misfits(c, features(block, { width, height, values: c.input.values! }))).toEqual([]);
      expect(misfits(c, features(block, { width, height, values: inputOf(c) }))).toEqual([]);
    }
  });
});

describe('int8 pixels', () => {
  const INT8 = [
    { spec: { ...SIZE, channels: 1, packed: true }, channels: 'RGB', values: pack(bytes) },
    { spec: { ...SIZE, channels: 1, packed: true }, channels: 'Grayscale', values: pack(bytes) },
    { spec: { ...SIZE, channels: 3 }, channels: 'RGB', values: bytes },
    { spec: { ...SIZE, channels: 3 }, channels: 'Grayscale', values: bytes },
    { spec: { ...SIZE, channels: 1 }, channels: 'Grayscale', values: bytes.slice(0, 20) },
  ] as const;

  it('are the float features quantised with scale 1/255 and zero point -128, grey at most one below', () => {
    for (const { spec, channels, values } of INT8) {
      const floats = runStage(pixels({ channels }).bind(imageSpec(spec)), values);
      const quantised = Int8Array.from(floats, (v) => Math.round(v / Math.fround(1 / 255)) - 128);
      const direct = pixelsInt8(spec, channels, values);
      const mixes = channels === 'Grayscale' && ('packed' in spec || spec.channels === 3);
      const below = quantised.map((v, i) => v - direct[i]!);
      expect(below.every((v) => v === 0 || (v === 1 && mixes))).toBe(true);
    }
    expect([...pixelsInt8({ width: 1, height: 1, channels: 3 }, 'Grayscale', [255, 255, 255])]).toEqual([126]);
  });

  it('refuse a wrong length', () => {
    expect(codeOf(() => pixelsInt8({ width: 2, height: 2, channels: 3 }, 'RGB', [1, 2, 3]))).toBe('SHAPE_MISMATCH');
  });

  it.each(hostCompilers)('are the same in C++ from floats, bytes and words: %s', (compiler) => {
    const stages = INT8.map(({ spec, channels }) => pixels({ channels }).bind(imageSpec(spec)));
    const emitted = stages.map((stage, i) => stage.cpp.emit(`Stage${i}`).declaration);
    const calls = INT8.map(({ values, spec }, i) => {
      const size = sizeOf(stages[i]!.output);
      const list = [...values].join(', ');
      const word = 'packed' in spec ? 'uint32_t' : 'uint8_t';
      return `{
        static const float floats[] = {${[...values].map((v) => `${v}.0f`).join(', ')}};
        static const ${word} words[] = {${list}};
        int8_t a[${size}], b[${size}];
        Stage${i}::runInt8(floats, a);
        Stage${i}::runInt8(words, b);
        if (memcmp(a, b, sizeof a) != 0) return 1;
        fwrite(a, 1, sizeof a, stdout);
      }`;
    });
    const out = inTemporaryFolder((folder) => {
      writeHeaders(
        folder,
        stages.flatMap((s) => s.cpp.headers),
      );
      const source = ['#include <stdio.h>', '#include <string.h>', '#include "dsp/pixels/pixels.h"', ...emitted];
      writeFileSync(join(folder, 'main.cpp'), [...source, 'int main() {', ...calls, 'return 0; }', ''].join('\n'));
      execute(compiler, [...WARNINGS, '-O2', '-I', folder, join(folder, 'main.cpp'), '-o', join(folder, 'main')]);
      return execute(join(folder, 'main'), []);
    });
    const want = INT8.flatMap(({ spec, channels, values }) => [...pixelsInt8(spec, channels, values)]);
    expect([...new Int8Array(new Uint8Array(out).buffer)]).toEqual(want);
  });
});
