import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Tensor5D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../tf.js';
import { bothBackends, expectClose, gradients, noise, on, type Values } from './testing/backends.js';

let tf: Engine;

beforeAll(async () => {
  tf = await bothBackends();
});

/** The operator and its gradients on both backends. */
async function expectSame(shapes: Values, f: (...x: never[]) => Tensor): Promise<void> {
  const run = () => gradients(tf, shapes, f as (...x: Tensor[]) => Tensor);
  expectClose(await on(tf, 'wasm', run), await on(tf, 'cpu', run), 1e-5);
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
).map((one, index) => ({ ...one, index }));
const title = '$kernel over $size, stride $stride, $padding';

describe('kernels of the WebAssembly backend, against the JavaScript backend', () => {
  it('runs on WebAssembly', () => {
    expect(tf.getBackend()).toBe('wasm');
  });

  it.each(CASES)(`convolution, ${title}`, async ({ kernel, size, stride, padding, index }) => {
    const [inputs, outputs] = [[3, 4], [4, 9], [1, 8]][index % 3] as [number, number]; // biome-ignore format: pairs
    const shapes = [
      [2, ...size, inputs],
      [...kernel, inputs, outputs],
    ];
    await expectSame(shapes, (x: Tensor4D, w: Tensor4D) => tf.conv2d(x, w, stride, padding));
  });

  it.each(CASES)(`depthwise, ${title}`, async ({ kernel, size, stride, padding, index }) => {
    const [channels, multiplier] = [[3, 1], [3, 2], [8, 1], [1, 3], [5, 1]][index % 5] as [number, number]; // biome-ignore format: pairs
    const shapes = [
      [2, ...size, channels],
      [...kernel, channels, multiplier],
    ];
    await expectSame(shapes, (x: Tensor4D, w: Tensor4D) => tf.depthwiseConv2d(x, w, stride, padding));
  });

  it.each(CASES)(`max pooling, ${title}`, async ({ kernel, size, stride, padding, index }) => {
    const channels = [3, 4, 5][index % 3]!;
    await expectSame([[2, ...size, channels]], (x: Tensor4D) => tf.maxPool(x, kernel, stride, padding));
  });

  it.each(CASES.filter(({ padding }) => padding === 'valid'))(`average pooling, ${title}`, async (one) => {
    await expectSame([[2, ...one.size, 5]], (x: Tensor4D) => tf.avgPool(x, one.kernel, one.stride, one.padding));
  });

  it('max pooling of negative values and of ties', async () => {
    await expectSame([[2, 9, 8, 5]], (x: Tensor4D) => tf.maxPool(tf.sub(x, 10) as Tensor4D, 2, 2, 'same'));
    await expectSame([[2, 9, 8, 5]], (x: Tensor4D) => tf.maxPool(tf.relu(tf.sub(x, 0.5)) as Tensor4D, 3, 2, 'same'));
  });

  it('average pooling passes all of the gradient on, at borders too', async () => {
    const [, dx] = await on(tf, 'wasm', () =>
      tf.tidy(() => {
        const sum = (x: Tensor) => tf.sum(tf.avgPool(x as Tensor4D, 3, 2, 'same')) as never;
        return [
          0,
          tf
            .grad(sum)(tf.ones([1, 6, 6, 5]))
            .dataSync(),
        ] as const;
      }),
    );
    // 9 windows of 5 channels; TensorFlow divides each by its count of values inside the image.
    expect([...dx].reduce((a, b) => a + b, 0)).toBeCloseTo(45, 4);
    expect(dx[dx.length - 1]).toBeCloseTo(1 / 4, 6);
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('products, transposed %s %s', async (a, b) => {
    for (const [m, k, n] of [
      [7, 5, 3],
      [1, 9, 1],
      [16, 33, 24],
    ] as const) {
      const shapes = [a ? [k, m] : [m, k], b ? [n, k] : [k, n]];
      await expectSame(shapes, (x: Tensor2D, y: Tensor2D) => tf.matMul(x, y, a, b));
      const batched = shapes.map((shape) => [2, ...shape]);
      await expectSame(batched, (x: Tensor, y: Tensor) => tf.matMul(x as Tensor2D, y as Tensor2D, a, b));
      // One operand for all; TensorFlow.js has no gradient of it.
      const run = () =>
        tf.tidy(() => {
          const [x, y] = [[2, ...shapes[0]!], shapes[1]!].map((shape) => tf.tensor(noise(shape, 'x'), shape));
          return [tf.matMul(x!, y!, a, b).dataSync() as Float32Array];
        });
      expectClose(await on(tf, 'wasm', run), await on(tf, 'cpu', run), 1e-5);
    }
  });

  it.each(['linear', 'relu', 'relu6', 'sigmoid', 'elu'] as const)('bias and %s fused', async (activation) => {
    await expectSame([[4, 5], [5, 3], [3]], (a: Tensor2D, b: Tensor2D, bias: Tensor) =>
      tf.fused.matMul({ a, b, bias, activation }),
    );
    await expectSame([[2, 7, 6, 3], [3, 3, 3, 5], [5]], (x: Tensor4D, filter: Tensor4D, bias: Tensor) =>
      tf.fused.conv2d({ x, filter, bias, activation, strides: 1, pad: 'same' }),
    );
    await expectSame([[2, 7, 6, 3], [3, 3, 3, 2], [6]], (x: Tensor4D, filter: Tensor4D, bias: Tensor) =>
      tf.fused.depthwiseConv2d({ x, filter, bias, activation, strides: 1, pad: 'same' }),
    );
  });

  it.each([2, 3])('convolutions dilated by %i, forward', async (dilation) => {
    const run = () =>
      tf.tidy(() => {
        const x = tf.tensor4d(noise([2, 13, 12, 5], 'x'), [2, 13, 12, 5]);
        const [w, v] = [tf.tensor4d(noise([3, 2, 5, 7], 'w'), [3, 2, 5, 7]), noise([3, 2, 5, 2], 'v')];
        const plain = tf.conv2d(x, w, 1, 'same', 'NHWC', dilation);
        const depthwise = tf.depthwiseConv2d(x, tf.tensor4d(v, [3, 2, 5, 2]), 1, 'valid', 'NHWC', dilation);
        return [plain, depthwise].map((y) => y.dataSync() as Float32Array);
      });
    expectClose(await on(tf, 'wasm', run), await on(tf, 'cpu', run), 1e-5);
  });

  it('mixed strides and explicit padding', async () => {
    const shapes = [
      [2, 9, 14, 3],
      [3, 2, 3, 4],
    ];
    await expectSame(shapes, (x: Tensor4D, w: Tensor4D) => tf.conv2d(x, w, [1, 2], 'same'));
    await expectSame(shapes, (x: Tensor4D, w: Tensor4D) => tf.conv2d(x, w, [3, 1], 'valid'));
    await expectSame(shapes, (x: Tensor4D, w: Tensor4D) => tf.conv2d(x, w, 2, 2));
  });

  it('transposed and separable convolutions', async () => {
    const transposed = [
      [2, 5, 4, 3],
      [3, 3, 6, 3],
    ];
    await expectSame(transposed, (x: Tensor4D, w: Tensor4D) => tf.conv2dTranspose(x, w, [2, 9, 8, 6], 2, 'same'));
    const separable = [
      [2, 5, 4, 3],
      [3, 3, 3, 2],
      [1, 1, 6, 5],
    ];
    await expectSame(separable, (x: Tensor4D, d: Tensor4D, p: Tensor4D) => tf.separableConv2d(x, d, p, 1, 'same'));
  });

  it('sums over any axes', async () => {
    for (const axes of [[0], [1], [2], [0, 1], [1, 0], [0, 2], [0, 1, 2]]) {
      await expectSame([[4, 3, 5]], (x: Tensor) => tf.sum(x, axes));
      await expectSame([[4, 3, 5]], (x: Tensor) => tf.sum(x, axes, true));
    }
  });

  it('gathering and sums by segment', async () => {
    const indices = () => tf.tensor1d([3, 0, 3, 1], 'int32');
    await expectSame([[5, 3]], (x: Tensor) => tf.gather(x, indices()));
    await expectSame([[3, 5, 2]], (x: Tensor) => tf.gather(x, indices(), 1));
    await expectSame([[4, 6]], (x: Tensor) => tf.unsortedSegmentSum(x, indices() as Tensor1D, 5));
    const run = () =>
      tf.tidy(() => [
        tf.unsortedSegmentSum(tf.ones([4, 2]), tf.tensor1d([-1, 2, 7, 2], 'int32'), 3).dataSync() as Float32Array,
      ]);
    expect([...(await on(tf, 'wasm', run))[0]!]).toEqual([0, 0, 0, 0, 2, 2]);
  });

  it('refuses to train convolutions of three dimensions, which the backend computes wrongly', async () => {
    const train = () =>
      tf.tidy(() => {
        const conv = (x: Tensor, w: Tensor) => tf.sum(tf.conv3d(x as Tensor5D, w as Tensor5D, 1, 'same')) as never;
        tf.grads(conv)([tf.ones([1, 4, 4, 4, 1]), tf.ones([2, 2, 2, 1, 2])]);
      });
    expect(train).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
