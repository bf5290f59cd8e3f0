import type { FeatureScale } from './feature-scale.js';

/** Standardisation of the features a learner looks at. */
export interface ChosenScale extends FeatureScale {
  /** Indices of the features that count. */
  readonly axes: Uint16Array;
}

/** Writes the standardised axes of one row; float32, as on the device. */
export function scaleChosen({ axes, mean, inverseScale }: ChosenScale, row: Float32Array, z: Float32Array): void {
  for (let i = 0; i < axes.length; i++) z[i] = Math.fround(row[axes[i]!]! - mean[i]!) * inverseScale[i]!;
}
