import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  averagePool,
  batchNorm,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAveragePool,
  type Layer,
  layer,
  maxPool,
  residual,
} from './layers.js';

const EACH = [
  dense(20),
  conv1d(8, 3, { pool: 1, dropout: 0 }),
  conv2d(8, [3, 5], { stride: [1, 2], padding: 'valid', activation: 'relu6' }),
  depthwiseConv2d(3, { multiplier: 2 }),
  maxPool(2),
  averagePool([1, 4], { stride: 1 }),
  batchNorm(),
  dropout(0.5),
  flatten(),
  globalAveragePool(),
  residual([conv2d(8, 3), batchNorm()], { shortcut: [conv2d(8, 1, { activation: 'none' })], activation: 'relu6' }),
];

describe('layers', () => {
  it.each(EACH)('$type is frozen and survives JSON', (given) => {
    expect(Object.isFrozen(given)).toBe(true);
    const revived = JSON.parse(JSON.stringify(given));
    expect(revived).toEqual(given);
    expect(layer(revived)).toEqual(given);
  });

  it('has relu by default', () => {
    expect(dense(2)).toEqual({ type: 'dense', units: 2, activation: 'relu' });
    expect(conv1d(2, 3)).toMatchObject({ activation: 'relu', padding: 'same', stride: 1, dilation: 1 });
    expect(maxPool(3)).toEqual({ type: 'maxPool', size: 3, stride: 3, padding: 'same' });
  });

  it('checks, copies and freezes the layers within', () => {
    const body: Layer[] = [JSON.parse(JSON.stringify(dense(8)))];
    const given = residual(body);
    expect(given).toEqual({ type: 'residual', layers: [dense(8)], shortcut: [], activation: 'relu' });
    body.push(dense(9));
    const { layers, shortcut } = given as Extract<Layer, { type: 'residual' }>;
    expect([layers, ...layers, shortcut].every(Object.isFrozen)).toBe(true);
    expect(layers).toHaveLength(1);
    expectTypeOf(residual).returns.toEqualTypeOf<Layer>();
    expectTypeOf(residual).parameter(0).toEqualTypeOf<readonly Layer[]>();
    expectTypeOf<Extract<Layer, { type: 'residual' }>>().toHaveProperty('shortcut').toEqualTypeOf<readonly Layer[]>();
    // @ts-expect-error layers are made by functions, not named
    expect(() => residual(['dense'])).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it.each([
    ['units', () => residual([dense(8)], { shortcut: [{ type: 'dense', units: 0, activation: 'none' }] })],
    ['layers', () => residual([])],
    ['layers', () => residual(undefined as never)],
    ['shortcut', () => residual([dense(8)], { shortcut: 'none' as never })],
    ['units', () => dense(0)],
    ['units', () => dense(2.5)],
    ['filters', () => conv1d(Number.NaN, 3)],
    ['kernel', () => conv2d(8, [3, 0])],
    ['kernel', () => conv1d(8, [3, 3] as never)],
    ['rate', () => dropout(1)],
    ['activation', () => dense(2, { activation: 'tanh' as never })],
    ['padding', () => maxPool(2, { padding: 'full' as never })],
    ['pool', () => conv1d(8, 3, { pool: -1 })],
  ])('refuses a bad %s', (name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', where: expect.stringContaining(name) }));
  });

  it('refuses what is no layer', () => {
    expect(() => conv1d(8, 3, { strides: 2 } as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    for (const given of [undefined, 'dense', {}, { type: 'lstm' }, { type: 'toString' }, { type: 'dense', units: 3 }]) {
      expect(() => layer(given as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });
});
