import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../random.js';
import { loadEngine } from './engine.js';
import type { Engine } from './tf.js';

/** The plain JavaScript backend is the independent reference for every kernel. */
let tf: Engine;

beforeAll(async () => {
  tf = await loadEngine();
  await import('@tensorflow/tfjs-backend-cpu');
});
afterAll(async () => {
  await tf.setBackend('wasm');
});

type Shape4 = [number, number, number, number];

function noise(shape: readonly number[], purpose: string): Float32Array {
  const { normal } = seededRandom(7, purpose);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal);
}

/** Gradients of the sum of `f` times fixed noise, with respect to both arguments, on one backend. */
async function gradients(
  backend: string,
  shapes: readonly (readonly number[])[],
  f: (...x: Tensor4D[]) => Tensor,
): Promise<Float32Array[]> {
  tf.env().set('PROD', true);
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(noise(shape, `input ${i}`), shape as number[]));
    const objective = (...x: Tensor[]) => {
      const y = f(...(x as Tensor4D[]));
      return tf.sum(tf.mul(y, tf.tensor(noise(y.shape, 'dy'), y.shape))) as never;
    };
    return tf
      .grads(objective)(inputs)
      .map((g) => g.dataSync() as Float32Array);
  });
  tf.env().set('PROD', false);
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

async function expectSameGradients(
  shapes: readonly (readonly number[])[],
  f: (...x: Tensor4D[]) => Tensor,
): Promise<void> {
  const [expected, actual] = [await gradients('cpu', shapes, f), await gradients('wasm', shapes, f)];
  expected.forEach((reference, i) => {
    const scale = reference.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    expect(scale).toBeGreaterThan(0);
    const worst = reference.reduce((max, v, j) => Math.max(max, Math.abs(v - actual[i]![j]!)), 0);
    expect(worst / scale).toBeLessThan(1e-5);
  });
}

const KERNELS: readonly [number, number][] = [
  [3, 3],
  [1, 1],
  [10, 4],
  [1, 3],
  [2, 5],
];
const SIZES: readonly [number, number][] = [
  [13, 11],
  [12, 16],
];
const CASES = KERNELS.flatMap((kernel) =>
  SIZES.flatMap((size) =>
    [1, 2, 3].flatMap((stride) => (['same', 'valid'] as const).map((padding) => ({ kernel, size, stride, padding }))),
  ),
);

describe('gradient kernels of the WebAssembly backend', () => {
  it('runs on WebAssembly', () => {
    expect(tf.getBackend()).toBe('wasm');
  });

  it.each(CASES)(
    'convolution, $kernel over $size, stride $stride, $padding',
    async ({ kernel, size, stride, padding }) => {
      const shapes = [
        [2, ...size, 3],
        [...kernel, 3, 4],
      ];
      await expectSameGradients(shapes, (x, w) => tf.conv2d(x!, w!, stride, padding));
    },
  );

  it.each(CASES)(
    'depthwise, $kernel over $size, stride $stride, $padding',
    async ({ kernel, size, stride, padding }) => {
      for (const multiplier of [1, 2]) {
        const shapes = [
          [2, ...size, 3],
          [...kernel, 3, multiplier],
        ];
        await expectSameGradients(shapes, (x, w) => tf.depthwiseConv2d(x!, w!, stride, padding));
      }
    },
  );

  it.each(CASES)(
    'max pooling, $kernel over $size, stride $stride, $padding',
    async ({ kernel, size, stride, padding }) => {
      await expectSameGradients([[2, ...size, 3]], (x) => tf.maxPool(x!, kernel, stride, padding));
    },
  );

  it('max pooling of negative values and of ties', async () => {
    await expectSameGradients([[2, 9, 8, 3]], (x) => tf.maxPool(tf.sub(x!, 10) as Tensor4D, 2, 2, 'same'));
    await expectSameGradients([[2, 9, 8, 3]], (x) => tf.maxPool(tf.relu(tf.sub(x!, 0.5)) as Tensor4D, 3, 2, 'same'));
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('products, transposed %s %s', async (a, b) => {
    const shapes = [a ? [5, 7] : [7, 5], b ? [3, 5] : [5, 3]];
    await expectSameGradients(shapes, (x, y) => tf.matMul(x!, y!, a, b));
    const batched = shapes.map((shape) => [2, ...shape]);
    await expectSameGradients(batched, (x, y) => tf.matMul(x!, y!, a, b));
    expect(tf.getBackend()).toBe('wasm');
  });

  it('mixed strides', async () => {
    const shapes: Shape4[] = [
      [2, 9, 14, 3],
      [3, 2, 3, 4],
    ];
    await expectSameGradients(shapes, (x, w) => tf.conv2d(x!, w!, [1, 2], 'same'));
    await expectSameGradients(shapes, (x, w) => tf.conv2d(x!, w!, [3, 1], 'valid'));
  });
});
