/** From recordings to a library that runs: everything but disks and compilers, which are in `impulsekit/node`. */
export * from './block.js';
export { type TflmOptions, tflm } from './compile/index.js';
export type { Work, WorkUnit } from './cost.js';
export { type CppFile, type CppStage, type Traits, templateStage } from './cpp.js';
export * from './data/index.js';
export * from './dsp/index.js';
export { type Engine, type EngineProject, native } from './engine.js';
export { type ErrorCode, ImpulseError } from './errors.js';
export * from './evaluate/index.js';
export * from './impulse/index.js';
export {
  type Augmentation,
  autoencoder,
  averagePool,
  bandMask,
  bandShift,
  bandWarp,
  batchNorm,
  boostedTrees,
  brightness,
  centroids,
  classifier,
  contrast,
  conv1d,
  conv2d,
  convNet1d,
  convNet2d,
  cutout,
  dense,
  depthwiseConv2d,
  dropout,
  dsCnn,
  embedder,
  equalizer,
  expert,
  // The name `flatten` is the processing block's here; `impulsekit/learn` has the layer under its own.
  flatten as flattenLayer,
  flip,
  gain,
  gaussianNoise,
  globalAveragePool,
  gmm,
  kMeans,
  type Layer,
  type LearningRateCurve,
  logisticRegression,
  loudness,
  maxPool,
  mixup,
  mobileNetV1,
  noiseMix,
  type OnnxOptions,
  onnx,
  pan,
  type RatePoint,
  randomForest,
  regression,
  residual,
  resNet8,
  rotate,
  rotateAxes,
  specAugment,
  speed,
  type TfliteOptions,
  tflite,
  timeMask,
  timeShift,
  timeWarp,
  transfer,
  zoom,
} from './learn/index.js';
export {
  areaUnderRoc,
  averagePrecision,
  classScore,
  confusionOf,
  detectionScore,
  matchBoxes,
  objectScore,
  valueScore,
} from './metrics/index.js';
export { boolean, choice, float, int, type Options, type Param, type Schema, type Values, value } from './params.js';
export type { BuildRecipe, Bundle, DeploymentBlock, Program } from './program.js';
export {
  type Axis,
  featuresSpec,
  type Given,
  type Kind,
  type Spec,
  shapeOf,
  signalSpec,
  sizeOf,
  spectrogramSpec,
} from './spec.js';
export * from './targets/index.js';
export * from './tuner/index.js';
export * from './validate/index.js';
