import { ACTIVATIONS } from '../module.js';
import type { Engine } from '../tf.js';
import { convWords, type Geometry } from './convolution.js';
import { type Attributes, putKernel } from './kernel.js';

/** Gradients of pooling. The backend's own of the largest loses windows that are negative all over. */
export function putPooling(tf: Engine): void {
  const geometryOf = (input: readonly number[], a: Attributes): Geometry => {
    const { filterSize, strides, pad, dimRoundingMode } = a as never;
    return tf.backend_util.computePool2DInfo(input as never, filterSize, strides, 1, pad, dimRoundingMode);
  };
  putKernel(tf, 'MaxPoolGrad', (device, { dy, input }, a) => {
    const dx = device.output(input!.shape);
    const at = device.describe(convWords(geometryOf(input!.shape, a)));
    device.kernels.max_pool_gradient(at, device.at(input), device.at(dy), device.at(dx), ACTIVATIONS.linear);
    return dx;
  });
  // Borders count what is inside the image alone, as the averages themselves do; the JavaScript backend does not.
  putKernel(tf, 'AvgPoolGrad', (device, { dy, input }, a) => {
    const dx = device.output(input!.shape);
    const at = device.describe(convWords(geometryOf(input!.shape, a)));
    device.kernels.average_pool_gradient(at, device.at(dy), device.at(dx));
    return dx;
  });
}
