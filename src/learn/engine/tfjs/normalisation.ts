import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';
import { deviceOf } from './device.js';
import { differentiable } from './differentiable.js';
import { interceptLayer, type Weight } from './layer.js';

interface BatchNormalization {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: Weight;
  readonly beta?: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

/** Batch normalisation over all axes but the last: the step of training as one kernel forward and one backward. */
export function interceptNormalisation(tf: Engine): void {
  interceptLayer<BatchNormalization>(tf, 'BatchNormalization', (layer, x, { training }) => {
    const last = layer.axis === -1 || layer.axis === x.rank - 1;
    if (!training || !last || !layer.gamma || !layer.beta || x.dtype !== 'float32' || x.size === 0) return undefined;
    const [y, mean, variance] = normalised(tf, x, layer.gamma.read(), layer.beta.read(), layer.epsilon);
    follow(tf, layer.movingMean, mean!, layer.momentum);
    follow(tf, layer.movingVariance, variance!, layer.momentum);
    return y;
  });
}

function follow(tf: Engine, average: Weight, value: Tensor, momentum: number): void {
  const before = average.read();
  average.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - momentum)));
}

/** The batch normalised, with its mean and variance by channel, which pass no gradient on. */
function normalised(tf: Engine, x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor[] {
  const device = deviceOf(tf.backend());
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  const tensor = (info: TensorInfo): Tensor => tf.engine().makeTensorFromTensorInfo(info);
  return differentiable(
    tf,
    { x, gamma, beta },
    {
      forward: (save) => {
        const y = tensor(device.output(x.shape));
        const [mean, variance, rstd] = [0, 1, 2].map(() => tensor(device.output([channels])));
        const [atX, atGamma, atBeta] = [x, gamma, beta].map((one) => device.at(one)) as [number, number, number];
        const results = [y, mean, variance, rstd].map((one) => device.at(one)) as [number, number, number, number];
        device.kernels.batch_norm_forward(rows, channels, atX, atGamma, atBeta, epsilon, ...results, 0);
        save([x, gamma, mean!, rstd!]);
        return [y, mean!, variance!];
      },
      backward: ([dy], saved) => {
        const dx = tensor(device.output(x.shape));
        const [dGamma, dBeta] = [0, 1].map(() => tensor(device.output([channels])));
        const [atX, atGamma, atMean, atRstd] = saved.map((one) => device.at(one)) as [number, number, number, number];
        const results = [dx, dGamma, dBeta].map((one) => device.at(one)) as [number, number, number];
        const { batch_norm_backward } = device.kernels;
        batch_norm_backward(rows, channels, atX, 0, device.at(dy), atGamma, atMean, atRstd, ...results, 0);
        return { x: () => dx, gamma: () => dGamma!, beta: () => dBeta! };
      },
    },
  );
}
