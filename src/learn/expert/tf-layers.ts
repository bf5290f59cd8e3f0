import type { TfLayer, TfModel } from '../../compile/import/tf-model.js';
import type { Engine } from '../engine/tf.js';

/** Layers that are named often, some of which can only be trained. */
type LayerName =
  | 'activation'
  | 'add'
  | 'averagePooling1d'
  | 'averagePooling2d'
  | 'batchNormalization'
  | 'bidirectional'
  | 'concatenate'
  | 'conv1d'
  | 'conv2d'
  | 'dense'
  | 'depthwiseConv2d'
  | 'dropout'
  | 'flatten'
  | 'embedding'
  | 'gaussianDropout'
  | 'gaussianNoise'
  | 'globalAveragePooling1d'
  | 'globalAveragePooling2d'
  | 'gru'
  | 'inputLayer'
  | 'leakyReLU'
  | 'lstm'
  | 'maxPooling1d'
  | 'maxPooling2d'
  | 'multiply'
  | 'reLU'
  | 'reshape'
  | 'separableConv2d'
  | 'softmax'
  | 'spatialDropout1d'
  | 'zeroPadding2d';

/**
 * TensorFlow.js, its core typed as it is and its layers loosely; `import * as tf from '@tensorflow/tfjs'` gives the same
 * with all its types.
 */
export type TfLayers = Engine & {
  sequential(options?: { readonly layers?: readonly TfLayer[] }): TfModel & { add(layer: TfLayer): void };
  model(options: { readonly inputs: unknown; readonly outputs: unknown }): TfModel;
  input(options: object): unknown;
  readonly layers: { readonly [N in LayerName]: (options?: object) => TfLayer };
  readonly initializers: Readonly<Record<string, (options: object) => unknown>>;
  readonly regularizers: Readonly<Record<string, (options?: object) => unknown>>;
};
