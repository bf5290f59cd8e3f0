import type { Tensor } from '@tensorflow/tfjs-core';

/** A layer of a TensorFlow.js model. */
export interface TfLayer {
  readonly name: string;
  apply(inputs: unknown, options?: object): unknown;
  getWeights(): Tensor[];
  setWeights(weights: Tensor[]): void;
}

/**
 * A layers model of TensorFlow.js, as much of it as is used here: a `tf.LayersModel` or `tf.Sequential`. Its full type is
 * not named, because the declarations of that package do not compile under every strict setting.
 */
export interface TfModel {
  readonly layers: readonly TfLayer[];
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  compile(options: object): void;
  fit(x: unknown, y: unknown, options?: object): Promise<unknown>;
  trainOnBatch(x: unknown, y: unknown): Promise<unknown>;
  predict(x: unknown, options?: object): unknown;
  getWeights(): Tensor[];
  setWeights(weights: Tensor[]): void;
  dispose(): unknown;
}
