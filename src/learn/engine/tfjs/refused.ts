import { fail } from '../../../errors.js';
import type { Engine } from '../tf.js';
import { putKernel } from './kernel.js';

/** Refuses what the WebAssembly backend computes wrongly: the gradients of three-dimensional convolutions. */
export function refuseWrongKernels(tf: Engine): void {
  for (const name of ['Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2']) {
    putKernel(tf, name, () =>
      fail({
        code: 'UNSUPPORTED',
        where: name,
        got: 'a three-dimensional convolution in training, or a transposed one',
        expected: 'convolutions of one or two dimensions',
        fix: "Use conv1d or conv2d layers, or await tf.setBackend('cpu') to train this network slowly.",
      }),
    );
  }
}
