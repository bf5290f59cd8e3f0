/** Mean and inverse deviation of features over training rows; float32, as on the device. */
export interface FeatureScale {
  readonly mean: Float32Array;
  readonly inverseScale: Float32Array;
}

/** A scale that changes nothing, for networks to come. */
export function noScale(features: number): FeatureScale {
  return { mean: new Float32Array(features), inverseScale: new Float32Array(features).fill(1) };
}

/** Scale of the chosen features over the rows; a feature that does not change keeps its unit. */
export function featureScale(rows: readonly Float32Array[], features: Iterable<number>): FeatureScale {
  const chosen = [...features];
  const mean = new Float32Array(chosen.length);
  const inverseScale = new Float32Array(chosen.length);
  chosen.forEach((feature, i) => {
    let sum = 0;
    for (const row of rows) sum += row[feature]!;
    const average = sum / rows.length;
    let squares = 0;
    for (const row of rows) squares += (row[feature]! - average) ** 2;
    const deviation = Math.sqrt(squares / rows.length);
    mean[i] = average;
    // Deviations at float32's resolution are rounding, not signal.
    inverseScale[i] = deviation > 1e-6 * Math.abs(average) && deviation > 1e-30 ? 1 / deviation : 1;
  });
  return { mean, inverseScale };
}
