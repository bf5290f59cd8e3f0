export { classifier } from './classifier/classifier.js';
export { loadEngine } from './engine/engine.js';
export type { Engine } from './engine/tf.js';
export { kMeans } from './k-means/k-means.js';
export {
  averagePool,
  batchNorm,
  type Conv1dOptions,
  type Conv2dOptions,
  conv1d,
  conv2d,
  type DepthwiseConv2dOptions,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  type Layer,
  type LayerActivation,
  type LayerPadding,
  maxPool,
  type PoolOptions,
  type Size,
} from './layers.js';
export { type TfliteOptions, tflite } from './tflite/tflite.js';
