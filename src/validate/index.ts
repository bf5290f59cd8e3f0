export {
  type CrossValidateOptions,
  type CrossValidation,
  type CrossValidationProgress,
  crossValidate,
  type FoldResult,
  type FoldTask,
  type PooledLearner,
  runFold,
  type Spread,
} from './cross-validate.js';
