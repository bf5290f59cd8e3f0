import type { Tensor } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';

export type Tensors = Readonly<Record<string, Tensor>>;

/** An operator with gradients of its own, several outputs if need be, and tensors kept from forward to backward. */
export interface Operator {
  /** Called without recording; whatever `save` takes is there in `backward`. */
  readonly forward: (save: (tensors: Tensor[]) => void) => Tensor[];
  /**
   * Gradients of the inputs from those of the outputs. What is computed at once may be shared between inputs; each
   * function is called only if the gradient of its input is asked for.
   */
  readonly backward: (dys: readonly Tensor[], saved: readonly Tensor[]) => Readonly<Record<string, () => Tensor>>;
}

interface Recorder {
  runKernelFunc(call: {
    readonly inputs: Tensors;
    readonly forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    readonly backwardsFunc: (dys: Tensor | Tensor[], saved: Tensor[]) => Readonly<Record<string, () => Tensor>>;
  }): Tensor[];
}

/**
 * Runs an operator on its inputs and records it for gradients. `tf.customGrad` is the public way to do so, but computes
 * the gradients of all inputs, even of those that nobody needs, such as the input of the first layer.
 */
export function differentiable(tf: Engine, inputs: Tensors, { forward, backward }: Operator): Tensor[] {
  const recorder = tf.engine() as unknown as Recorder;
  return recorder.runKernelFunc({
    inputs,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dys, saved) => backward(Array.isArray(dys) ? dys : [dys], saved),
  });
}
