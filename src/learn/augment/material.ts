import { type Spec, shapeOf } from '../../spec.js';

/** What augmentations know of the rows they change. */
export interface Material {
  readonly spec: Spec;
  /** Mean of all values: what a masked value becomes. */
  readonly mean: number;
  /** Deviation of the values in each place of the last axis; all alike where they share a unit. */
  readonly deviations: Float32Array;
  readonly least: number;
  readonly most: number;
  /** What 0 of the raw values became. */
  readonly zero: number;
  /** Value of silence in a spectrogram of energies; absent for values that are no energies. */
  readonly floor?: number;
  /** What values are kept within, where the sensor has limits. */
  readonly limits?: readonly [number, number];
  /** Rows of a label to mix in, or those the caller gave. Absent where rows are no raw windows. */
  readonly noise?: (label: string | undefined) => readonly Float32Array[];
}

/** Mean, deviations and extremes of rows. `apart`: each place of the last axis has a unit of its own. */
export function materialOf(spec: Spec, rows: readonly Float32Array[], apart: boolean): Material {
  const channels = apart ? (shapeOf(spec).at(-1) ?? 1) : 1;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      const v = row[i]!;
      const channel = channels === 1 ? 0 : i % channels;
      sums[channel]! += v;
      squares[channel]! += v * v;
      if (v < least) least = v;
      if (v > most) most = v;
    }
  }
  const count = Math.max((rows.length * (rows[0]?.length ?? 0)) / channels, 1);
  const deviations = Float32Array.from(sums, (sum, i) =>
    Math.sqrt(Math.max(squares[i]! / count - (sum / count) ** 2, 0)),
  );
  return { spec, mean: sums.reduce((a, b) => a + b, 0) / (count * channels), deviations, least, most, zero: 0 };
}

/** The material of `rows` once they are standardised as `(value - mean) * factor`. */
export function standardisedMaterial(
  spec: Spec,
  unit: { readonly mean: number; readonly factor: number; readonly least: number; readonly most: number },
): Material {
  const scaled = (v: number): number => Math.fround((v - unit.mean) * unit.factor);
  const [least, most] = [scaled(unit.least), scaled(unit.most)];
  const material = { spec, mean: 0, deviations: Float32Array.of(1), least, most, zero: scaled(0) };
  if (spec.kind === 'image') return { ...material, limits: [least, most] };
  // Energies are never negative.
  return spec.kind === 'spectrogram' && unit.least >= 0 ? { ...material, floor: least } : material;
}
