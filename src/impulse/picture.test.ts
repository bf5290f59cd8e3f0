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
