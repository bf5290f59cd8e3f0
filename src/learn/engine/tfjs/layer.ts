import type { Tensor } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';

export type LayerArguments = Readonly<Record<string, unknown>>;

/** A weight of a layer. */
export interface Weight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

interface LayerClass<L> {
  readonly prototype: {
    call: (this: L, inputs: Tensor | Tensor[], kwargs?: LayerArguments) => Tensor | Tensor[];
  };
}

/**
 * Puts a computation in front of that of all layers of a class, models made before included. It gets layers of one
 * input on the WebAssembly backend, and gives undefined where the layer is to go its own way.
 */
export function interceptLayer<L>(
  tf: Engine,
  className: string,
  compute: (layer: L, x: Tensor, kwargs: LayerArguments) => Tensor | undefined,
): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [layerClass] = classNameMap[className] as unknown as [LayerClass<L>];
  const { call } = layerClass.prototype;
  layerClass.prototype.call = function (inputs, kwargs) {
    const all = Array.isArray(inputs) ? inputs : [inputs];
    const [x] = all;
    if (all.length !== 1 || tf.getBackend() !== 'wasm') return call.call(this, inputs, kwargs);
    const result = tf.tidy(() => compute(this, x!, kwargs ?? {}) as Tensor);
    return result ?? call.call(this, inputs, kwargs);
  };
}
