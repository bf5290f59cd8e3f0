export {
  type Augmentation,
  bandMask,
  bandShift,
  bandWarp,
  brightness,
  contrast,
  cutout,
  equalizer,
  flip,
  gain,
  gaussianNoise,
  loudness,
  mixup,
  noiseMix,
  pan,
  rotate,
  rotateAxes,
  specAugment,
  speed,
  timeMask,
  timeShift,
  timeWarp,
  zoom,
} from './augment/index.js';
export { autoencoder } from './autoencoder/autoencoder.js';
export { centroids } from './centroids/centroids.js';
export { classifier } from './classifier/classifier.js';
export { loadEngine } from './engine/engine.js';
export type { Engine } from './engine/tf.js';
export { type BuildTask, type ExpertOptions, expert, type TrainTask } from './expert/expert.js';
export type { TfLayers } from './expert/tf-layers.js';
export { boostedTrees } from './forest/boosted-trees.js';
export { randomForest } from './forest/random-forest.js';
export { gmm } from './gmm/gmm.js';
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
  globalAveragePool,
  type Layer,
  type LayerActivation,
  type LayerPadding,
  maxPool,
  type PoolOptions,
  type ResidualOptions,
  residual,
  type Size,
} from './layers.js';
export { logisticRegression } from './logistic-regression/logistic-regression.js';
export { type LearningRateCurve, type RangeTestOptions, type RatePoint, rangeTest } from './lr-finder/lr-finder.js';
export { type OnnxOptions, onnx } from './onnx/onnx.js';
export {
  type ConvNetOptions,
  convNet1d,
  convNet2d,
  type DsCnnOptions,
  dsCnn,
  mobileNetV1,
  resNet8,
} from './presets/presets.js';
export type { PruneOptions, PruneReport, Pruning } from './prune/prune.js';
export { regression } from './regression/regression.js';
export { type TfliteOptions, tflite } from './tflite/tflite.js';
export { type Embedder, type EmbedderOptions, embedder } from './transfer/embedder.js';
export type { PretrainedBase, PretrainOptions } from './transfer/pretrain.js';
export { type TransferOptions, transfer } from './transfer/transfer.js';
