import { describe, expect, it } from 'vitest';
import { type Image, imageSignal, type Sample } from '../data/index.js';
import { pixels, resizeCrop } from '../dsp/index.js';
import { classifier, conv2d } from '../learn/index.js';
import { impulse } from './impulse.js';
import { image } from './input.js';
import { fromFiles } from './load.js';

const sampleOf = (picture: Image, label = 'p', id = label): Sample => ({ id, label, signal: imageSignal(picture) });
const of = (input: ReturnType<typeof image>, picture: Image): number[] => [
  ...input.windows(sampleOf(picture))[0]!.values,
];

const rgb: Image = {
  width: 4,
  height: 2,
  format: 'rgb',
  values: Array.from({ length: 24 }, (_, i) => (i * 37) % 256),
};
const packed: Image = {
  ...rgb,
  format: 'packed',
  values: Array.from({ length: 8 }, (_, i) => {
    const [r, g, b] = [0, 1, 2].map((c) => rgb.values[3 * i + c]!) as [number, number, number];
    return (r << 16) | (g << 8) | b;
  }),
};

describe('image input', () => {
  it('hands on what has its size already', () => {
    const sample = sampleOf(rgb);
    expect(image({ width: 4, height: 2 }).windows(sample)[0]!.values).toBe(sample.signal.values);
    const bare: Sample = { ...sample, signal: { rateHz: 0, axes: ['p'], values: new Float32Array(24) } };
    expect(image({ width: 4, height: 2 }).windows(bare)[0]!.values).toBe(bare.signal.values);
  });

  it('resizes as the device does', () => {
    const source = { width: 4, height: 2, channels: 3, values: Uint8Array.from(rgb.values) };
    for (const mode of ['squash', 'fit-short', 'fit-long'] as const) {
      const anchor = 'top-left';
      const input = image({ width: 3, height: 3, resizeMode: mode, cropAnchor: anchor });
      expect(of(input, rgb)).toEqual([...resizeCrop(source, { width: 3, height: 3, mode, anchor }).values]);
    }
  });

  it('gives packed pixels and takes them', () => {
    expect(of(image({ width: 4, height: 2, packed: true }), rgb)).toEqual(Array.from(packed.values));
    expect(of(image({ width: 4, height: 2 }), packed)).toEqual(Array.from(rgb.values));
    expect(of(image({ width: 4, height: 2, packed: true }), packed)).toEqual(Array.from(packed.values));
    const small = of(image({ width: 2, height: 1, packed: true }), rgb);
    expect(of(image({ width: 2, height: 1, packed: true }), packed)).toEqual(small);
    expect(small).toHaveLength(2);
  });

  it('converts between colour and grey', () => {
    const white: Image = { width: 2, height: 1, format: 'rgba', values: [255, 255, 255, 0, 255, 0, 0, 9] };
    expect(of(image({ width: 2, height: 1, channels: 1 }), white)).toEqual([255, Math.round(0.299 * 255)]);
    expect(of(image({ width: 2, height: 1 }), white)).toEqual([255, 255, 255, 255, 0, 0]);
    expect(of(image({ width: 2, height: 1, channels: 4 }), white)).toEqual(Array.from(white.values));
    expect(of(image({ width: 1, height: 1 }), { width: 1, height: 1, format: 'grey', values: [7] })).toEqual([7, 7, 7]);
  });

  it('brings boxes where it brings their pixels', () => {
    const values = new Uint8Array(40 * 20);
    const place = (x: number, y: number, options: object, width = 4, height = 4) => {
      const sample = {
        ...sampleOf({ width: 40, height: 20, format: 'grey', values }),
        boxes: [{ label: 'b', x, y, width, height }],
      };
      const [box] = image({ width: 10, height: 10, channels: 1, ...options }).windows(sample)[0]!.boxes!;
      return box && [box.x, box.y, box.width, box.height];
    };
    expect(place(20, 10, {})).toEqual([5, 5, 1, 2]);
    expect(place(-2, -1, {})).toEqual([0, 0, 0.5, 1.5]);
    // The middle 20 columns remain.
    expect(place(20, 10, { resizeMode: 'fit-short' })).toEqual([5, 5, 2, 2]);
    expect(place(9, 10, { resizeMode: 'fit-short' })).toEqual([0, 5, 1.5, 2]);
    expect(place(7, 10, { resizeMode: 'fit-short' })).toBeUndefined();
    expect(place(29, 10, { resizeMode: 'fit-short' })).toBeUndefined();
    expect(place(7, 10, { resizeMode: 'fit-short', cropAnchor: 'top-left' })).toEqual([3.5, 5, 2, 2]);
    // Five rows between black ones.
    expect(place(20, 10, { resizeMode: 'fit-long' })).toEqual([5, 4.5, 1, 1]);
    expect(place(0, 0, { resizeMode: 'fit-long', cropAnchor: 'bottom-right' }, 40, 20)).toEqual([0, 5, 10, 5]);
  });

  it('puts boxes on the pixels they were on', () => {
    const at = [13, 7] as const;
    const values = new Uint8Array(40 * 20);
    for (let i = 0; i < 36; i++) values[(at[1] + Math.floor(i / 6)) * 40 + at[0] + (i % 6)] = 255;
    const boxes = [{ label: 'b', x: at[0], y: at[1], width: 6, height: 6 }];
    const sample = { ...sampleOf({ width: 40, height: 20, format: 'grey', values }), boxes };
    for (const resizeMode of ['squash', 'fit-short', 'fit-long'] as const) {
      const [window] = image({ width: 60, height: 50, channels: 1, resizeMode }).windows(sample);
      const { x, y, width, height } = window!.boxes![0]!;
      const bright = [...window!.values.keys()].filter((i) => window!.values[i]! > 127);
      const columns = bright.map((i) => i % 60);
      const rows = bright.map((i) => Math.floor(i / 60));
      const middle = (list: number[]) => (Math.min(...list) + Math.max(...list) + 1) / 2;
      // Resizing has no offset of half a pixel.
      expect(Math.abs(middle(columns) - (x + width / 2))).toBeLessThan(1.6);
      expect(Math.abs(middle(rows) - (y + height / 2))).toBeLessThan(1.6);
    }
  });

  it('refuses boxes that cannot be', () => {
    const box = { label: 'b', x: 0, y: 0, width: 2, height: 2 };
    const codeOf = (changes: object) => {
      try {
        image({ width: 4, height: 2 }).windows({ ...sampleOf(rgb), boxes: [{ ...box, ...changes }] });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(codeOf({})).toBeUndefined();
    for (const bad of [{ x: 4 }, { x: -2 }, { y: 2 }, { y: -3 }, { width: 0 }, { x: Number.NaN }, { y: Infinity }]) {
      expect(codeOf(bad)).toBe('BAD_DATA');
    }
    expect(codeOf({ label: '' })).toBe('BAD_LABEL');
    expect(codeOf({ width: '2' })).toBe('BAD_FILE');
  });

  it('refuses what it cannot bring to its size', () => {
    const mismatch = expect.objectContaining({ code: 'SHAPE_MISMATCH' });
    const bare: Sample = { id: 'x', label: 'x', signal: { rateHz: 0, axes: ['p'], values: new Float32Array(5) } };
    expect(() => image({ width: 4, height: 2 }).windows(bare)).toThrow(mismatch);
    expect(() => of(image({ width: 4, height: 2, channels: 4 }), rgb)).toThrow(mismatch);
    expect(() => image({ resizeMode: 'crop' as never })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it('trains an impulse on pictures of several sizes, which saves and loads', async () => {
    const samples = Array.from({ length: 12 }, (_, i) => {
      const [width, height] = [8 + (i % 3), 6 + (i % 2)];
      const values = Array.from(
        { length: width * height },
        (_, p) => (i % 2 ? 0xff2010 : 0x1020ff) ^ ((p * 7 + i) % 16),
      );
      return sampleOf({ width, height, format: 'packed', values }, i % 2 ? 'red' : 'blue', `s${i}`);
    });
    const design = impulse({
      input: image({ width: 6, height: 6, packed: true, resizeMode: 'fit-short' }),
      dsp: pixels(),
      learn: classifier({ layers: [conv2d(2, 3)], epochs: 8 }),
    });
    const model = await design.fit(samples);
    const { files } = model.toBundle();
    const loaded = fromFiles({
      json: files['impulse.json'] as string,
      weights: files['weights.bin'] as Uint8Array,
    });
    const [window] = loaded.design.input.windows(samples[1]!);
    expect(window!.values).toHaveLength(36);
    expect(loaded.predict(window!.values).scores).toEqual(model.predict(window!.values).scores);
  });
});
