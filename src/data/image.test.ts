import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../errors.js';
import { type Image, imageOfSignal, imageSignal } from './image.js';
import { checkSignal, lengthOf } from './sample.js';

const values = Array.from({ length: 18 }, (_, i) => 10 * i);

describe('imageSignal', () => {
  it('is a signal of pixels that knows its width', () => {
    const signal = imageSignal({ width: 3, height: 2, format: 'rgb', values });
    expect(lengthOf(signal)).toBe(6);
    expect(checkSignal(signal, 'picture').axes).toEqual(['red', 'green', 'blue']);
    expect(imageOfSignal(signal)).toEqual({ width: 3, height: 2, format: 'rgb', values: Float32Array.from(values) });
  });

  it('is no picture without a width or with other axes', () => {
    const { width: _, ...signal } = imageSignal({ width: 3, height: 6, format: 'grey', values });
    expect(imageOfSignal(signal)).toBeUndefined();
    expect(imageOfSignal({ ...signal, width: 3, axes: ['x'] })).toBeUndefined();
  });

  it.each<[string, Partial<Image>]>([
    ['width', { width: 0 }],
    ['height', { height: 1.5 }],
    ['values', { height: 3 }],
    ['format', { format: 'toString' as never }],
    ['values[0]', { values: [-1, ...values.slice(1)] }],
    ['values[17]', { values: [...values.slice(0, 17), 256] }],
    ['values[1]', { values: [0, Number.NaN, ...values.slice(2)] }],
  ])('refuses a wrong %s', (name, change) => {
    const image: Image = { width: 3, height: 2, format: 'rgb', values, ...change };
    expect(() => imageSignal(image)).toThrow(ImpulseError);
    expect(() => imageSignal(image)).toThrow(`imageSignal.${name}:`);
  });

  it('takes packed pixels up to white', () => {
    expect(imageSignal({ width: 1, height: 1, format: 'packed', values: [0xffffff] }).values[0]).toBe(0xffffff);
  });
});
