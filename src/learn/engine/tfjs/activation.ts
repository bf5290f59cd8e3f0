import type { Tensor } from '@tensorflow/tfjs-core';
import { ACTIVATIONS } from '../module.js';
import type { Engine } from '../tf.js';
import { deviceOf } from './device.js';

/** The gradient of a rectifier as one kernel on the WebAssembly backend; elsewhere as it was. */
export function replaceRectifierGradient(tf: Engine): void {
  const own = tf.getGradient('Relu');
  tf.registerGradient({
    ...own,
    gradFunc: (dy, saved, attributes) => {
      if (tf.getBackend() !== 'wasm') return own.gradFunc(dy, saved, attributes);
      const device = deviceOf(tf.backend());
      const gradient = dy as Tensor;
      // What is saved is the input, which is positive wherever the result is.
      const [x] = saved as [Tensor];
      const dx = (): Tensor => {
        const result = device.output(x.shape);
        const pointers = [x, gradient, result].map((one) => device.at(one)) as [number, number, number];
        device.kernels.activate_backward(x.size, ...pointers, ACTIVATIONS.relu);
        return tf.engine().makeTensorFromTensorInfo(result);
      };
      return { x: dx };
    },
  });
}
