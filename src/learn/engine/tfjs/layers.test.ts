import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, it } from 'vitest';
import type { Engine } from '../tf.js';
import { bothBackends, expectClose, noise, on } from './testing/backends.js';

let tf: Engine;

beforeAll(async () => {
  tf = await bothBackends();
});

/** A layer on noise: its result, and the gradients of its weights and input. */
function trained(make: () => InstanceType<typeof layers.Layer>, shape: readonly number[]): Float32Array[] {
  return tf.tidy(() => {
    const layer = make();
    const x = tf.variable(tf.tensor(noise(shape, 'x'), shape as number[]));
    layer.apply(x);
    layer.setWeights(layer.getWeights().map((w, i) => tf.tensor(noise(w.shape, `${i}`), w.shape)));
    let result: Float32Array = new Float32Array(0);
    const { grads } = tf.variableGrads(() => {
      const y = layer.apply(x, { training: true }) as Tensor;
      result = y.dataSync() as Float32Array;
      return tf.sum(tf.mul(y, tf.tensor(noise(y.shape, 'dy'), y.shape))) as never;
    });
    const names = [...layer.trainableWeights.map((w) => (w.read() as never as { name: string }).name), x.name];
    const all = names.map((name) => grads[name]!.dataSync() as Float32Array);
    layer.dispose();
    x.dispose();
    return [result, ...all];
  });
}

const image = [2, 7, 6, 3];

it.each([
  ['conv2d', () => layers.conv2d({ filters: 5, kernelSize: 3, padding: 'same', strides: 2 }), image],
  ['conv2d relu', () => layers.conv2d({ filters: 5, kernelSize: [3, 2], activation: 'relu' }), image],
  ['conv2d elu, no bias', () => layers.conv2d({ filters: 4, kernelSize: 1, activation: 'elu', useBias: false }), image],
  ['conv2d relu6', () => layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu6' }), image],
  ['conv1d', () => layers.conv1d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' }), [2, 9, 4]],
  ['conv1d relu', () => layers.conv1d({ filters: 3, kernelSize: 4, activation: 'relu' }), [2, 9, 4]],
  ['depthwise', () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: 'relu' }), image],
  ['depthwise, no bias', () => layers.depthwiseConv2d({ kernelSize: 3, strides: 2, useBias: false }), image],
  ['separable', () => layers.separableConv2d({ filters: 4, kernelSize: 3 }), image],
  ['transposed', () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2 }), image],
  ['batch normalisation', () => layers.batchNormalization(), image],
  ['batch normalisation of vectors', () => layers.batchNormalization(), [9, 5]],
] as const)('%s equals the JavaScript backend', async (_, make, shape) => {
  const [actual, expected] = [
    await on(tf, 'wasm', () => trained(make, shape)),
    await on(tf, 'cpu', () => trained(make, shape)),
  ];
  expectClose(actual, expected, 1e-5);
});

it.each(['same', 'valid'] as const)('dilated convolutions train, which no other backend does: %s', async (padding) => {
  const shape = [2, 9, 8, 3];
  const dilated = () => layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, padding, useBias: false });
  const actual = await on(tf, 'wasm', () => trained(dilated, shape));
  // The same convolution with its filter spread out by zeros.
  const spread = (w: Tensor): Tensor => {
    const apart = tf.stack([w, tf.zerosLike(w)], 1);
    const rows = tf.slice(tf.reshape(apart, [6, 3, 3, 4]), 0, 5);
    const columns = tf.reshape(tf.stack([rows, tf.zerosLike(rows)], 2), [5, 6, 3, 4]);
    return tf.slice(columns, [0, 0, 0, 0], [5, 5, 3, 4]);
  };
  const [y, dx, dw] = await on(tf, 'cpu', () =>
    tf.tidy(() => {
      const x = tf.tensor4d(noise(shape, 'x'), shape as [number, number, number, number]);
      const w = tf.tensor4d(noise([3, 3, 3, 4], '0'), [3, 3, 3, 4]);
      const y = tf.conv2d(x, spread(w) as Tensor4D, 1, padding);
      const dy = tf.tensor(noise(y.shape, 'dy'), y.shape);
      const loss = (x: Tensor, w: Tensor) =>
        tf.sum(tf.mul(tf.conv2d(x as Tensor4D, spread(w) as Tensor4D, 1, padding), dy)) as never;
      return [y, ...tf.grads(loss)([x, w])].map((one) => one.dataSync() as Float32Array);
    }),
  );
  expectClose(actual, [y!, dw!, dx!], 1e-5);
});
