/** From recordings to a library that runs: everything but disks and compilers, which are in `impulsekit/node`. */
export * from './block.js';
export type { Work, WorkUnit } from './cost.js';
export { type CppFile, type CppStage, type Traits, templateStage } from './cpp.js';
export * from './data/index.js';
export * from './dsp/index.js';
export { type ErrorCode, ImpulseError } from './errors.js';
export * from './impulse/index.js';
export {
  averagePool,
  batchNorm,
  classifier,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  // The name `flatten` is the processing block's here; `impulsekit/learn` has the layer under its own.
  flatten as flattenLayer,
  kMeans,
  type Layer,
  maxPool,
  type TfliteOptions,
  tflite,
} from './learn/index.js';
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
