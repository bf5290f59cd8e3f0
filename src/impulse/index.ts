export type { ContinuousImpulse } from './continuous.js';
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
export { type Changes, graph, Impulse, impulse, PretrainedImpulse } from './impulse.js';
export { audio, type InputBlock, type InputFactory, type InputKind, image, motion } from './input.js';
export { fromFiles, type Revivable } from './load.js';
export type { Origin } from './origin.js';
export { SuggestedImpulse, suggestImpulse } from './suggest.js';
export {
  type Evaluation,
  type LearnerPrediction,
  type Prediction,
  type RunOptions,
  TrainedImpulse,
} from './trained.js';
