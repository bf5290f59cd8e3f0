import type { Score } from '../score.js';

/** The figures that are worth a line, in reading order. */
export function headlines(score: Omit<Score, 'verdicts'>): Record<string, number | undefined> {
  const { accuracy, auc, classification, detection, regression, objects } = score;
  return {
    accuracy,
    macroF1: classification?.macro.f1,
    weightedF1: classification?.weighted.f1,
    macroAuc: classification?.macro.auc,
    macroAveragePrecision: classification?.macro.averagePrecision,
    logLoss: classification?.logLoss,
    calibrationError: classification?.calibrationError,
    uncertain: classification?.certain.uncertain,
    accuracyOfCertain: classification?.certain.accuracy,
    accuracyOfAll: classification?.certain.accuracyOfAll,
    auc,
    averagePrecision: detection?.averagePrecision,
    threshold: detection?.threshold,
    precision: detection?.precision ?? objects?.precision,
    recall: detection?.recall ?? objects?.recall,
    f1: detection?.f1 ?? objects?.f1,
    mae: regression?.mae,
    rmse: regression?.rmse,
    mse: regression?.mse,
    r2: regression?.r2,
    explainedVariance: regression?.explainedVariance,
    tolerance: regression?.tolerance,
    withinTolerance: regression?.withinTolerance,
  };
}
