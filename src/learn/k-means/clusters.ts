import { type ChosenScale, scaleChosen } from '../standardise/chosen.js';

/** What a fitted K-means block knows; all numbers are float32, as on the device. */
export interface Clusters extends ChosenScale {
  /** `[cluster, axis]` in standardised units. */
  readonly centres: Float32Array;
  /** Distance of each cluster's farthest training row. */
  readonly radius: Float32Array;
}

/** Score of an input far from everything. */
const FARTHEST = 1000;

/** Euclidean distance to one centre, in float32 like the C++ twin. */
export function distance(centres: Float32Array, cluster: number, z: Float32Array): number {
  let sum = 0;
  const base = cluster * z.length;
  for (let i = 0; i < z.length; i++) {
    const difference = Math.fround(z[i]! - centres[base + i]!);
    sum = Math.fround(sum + Math.fround(difference * difference));
  }
  return Math.fround(Math.sqrt(sum));
}

/** Index of the nearest centre. */
export function nearest(centres: Float32Array, z: Float32Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let cluster = 0; cluster * z.length < centres.length; cluster++) {
    const d = distance(centres, cluster, z);
    if (d >= least) continue;
    least = d;
    best = cluster;
  }
  return best;
}

/** Distance to the nearest cluster's border, negative inside; twin of `KMeans::run`. */
export function anomalyScore(c: Clusters, row: Float32Array, z: Float32Array): number {
  scaleChosen(c, row, z);
  let score = FARTHEST;
  for (let cluster = 0; cluster < c.radius.length; cluster++) {
    const d = Math.fround(distance(c.centres, cluster, z) - c.radius[cluster]!);
    if (d < score) score = d;
  }
  return score;
}
