export { expectedCalibrationError, logLossOf, reliabilityOf } from './calibration.js';
export { classScore } from './classification.js';
export { type Confusion, confusionOf } from './confusion.js';
export { areaUnderRoc, averagePrecision, curvesOf, rankingOf } from './curves.js';
export { detectionScore } from './detection.js';
export { mean, quantile } from './numbers.js';
export { f1Of, type Matches, matchBoxes, objectScore } from './objects.js';
export { valueScore } from './regression.js';
