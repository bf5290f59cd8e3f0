export type { ContinuousImpulse } from './continuous.js';
export type { CopyOptions, CopyOrigin } from './copies.js';
export {
  type BoundDesign,
  type Design,
  on,
  type PretrainedRoute,
  type Route,
  type RouteStart,
  type TrainedLearner,
} from './design.js';
export { type EdgeImpulseConfigs, ImportedImpulse, importEdgeImpulse } from './edge-impulse.js';
export { type FindLearningRateOptions, findLearningRate } from './find-learning-rate.js';
export { type Changes, graph, Impulse, impulse, PretrainedImpulse, type TrainOptions } from './impulse.js';
export { audio, type InputBlock, type InputFactory, type InputKind, image, motion } from './input.js';
export { fromFiles, type Revivable } from './load.js';
export type { Origin } from './origin.js';
export type { LearnerPrediction, Prediction } from './prediction.js';
export { deployAgain, type RebuildOptions } from './rebuild.js';
export { type Embeddings, embeddings, type Pruned, pretrain, prune } from './rework.js';
export type { SketchOptions } from './sketch-options.js';
export { SuggestedImpulse, suggestImpulse } from './suggest.js';
export {
  type RunOptions,
  TrainedImpulse,
} from './trained.js';
