export { type Comparison, compareEvaluations, type Disagreement, type LearnerComparison } from './compare.js';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluationOf,
  type LearnerEvaluation,
  type LearnerOutputs,
  type WindowOrigin,
  type WindowResult,
} from './evaluation.js';
export { type Display, evaluationHtml, type HtmlOptions, showEvaluation } from './html.js';
export { type TrainingCurve, trainingCurve } from './training-curve.js';
