import { pacer } from '../../pace.js';
import { findCentres } from '../k-means/lloyd.js';
import { triangle } from './cholesky.js';
import { expectationMaximisation, type Fitted } from './expectation.js';

export interface Search {
  readonly components: 'auto' | number;
  readonly regularisation: number;
  readonly restarts: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

export interface Found extends Fitted {
  /** Bayesian information criterion; the lower, the better. */
  readonly bic: number;
}

/** Most components that are tried where their number is chosen. */
export const MOST_COMPONENTS = 16;
/** Numbers of components without a lower BIC after which the search ends. */
const PATIENCE = 3;
const WHERE = 'gmm.fit';

/** The mixture of the asked number of components with the highest likelihood, or of the number with the lowest BIC. */
export async function fitMixture(rows: readonly Float32Array[], search: Search): Promise<Found> {
  if (search.components !== 'auto') return withComponents(rows, search.components, search);
  let best = await withComponents(rows, 1, search);
  for (let components = 2, failed = 0; failed < PATIENCE; components++) {
    if (components > largestSearched(rows)) break;
    const next = await withComponents(rows, components, search);
    failed = next.bic < best.bic ? 0 : failed + 1;
    if (next.bic < best.bic) best = next;
  }
  return best;
}

/** A mixture with more parameters than the rows have numbers is not worth trying. */
function largestSearched(rows: readonly Float32Array[]): number {
  const axes = rows[0]!.length;
  let components = 1;
  while (components < Math.min(MOST_COMPONENTS, rows.length) && freedom(components + 1, axes) <= rows.length * axes) {
    components++;
  }
  return components;
}

/** Free parameters: weights that sum to 1, means and covariances. */
function freedom(components: number, axes: number): number {
  return components - 1 + components * (axes + triangle(axes));
}

async function withComponents(rows: readonly Float32Array[], components: number, search: Search): Promise<Found> {
  const { regularisation, seed, signal } = search;
  const pace = pacer(WHERE, signal);
  // One component is found in one step.
  const limits = { regularisation, maxIterations: components === 1 ? 1 : 200, tolerance: 1e-4 };
  const restarts = components === 1 ? 1 : search.restarts;
  let best: Fitted | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const start = await responsibilities(rows, components, seed * 1000 + restart, signal);
    const found = await expectationMaximisation(rows, start, limits, pace);
    if (!best || found.logLikelihood > best.logLikelihood) best = found;
  }
  const { weights, logLikelihood } = best!;
  const penalty = freedom(weights.length, rows[0]!.length) * Math.log(rows.length);
  return { ...best!, bic: penalty - 2 * rows.length * logLikelihood };
}

/** Each row belongs to its cluster of K-means. */
async function responsibilities(
  rows: readonly Float32Array[],
  components: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const shares = new Float64Array(rows.length * components);
  const centres = components === 1 ? undefined : await findCentres(WHERE, rows, components, seed, signal);
  rows.forEach((z, row) => {
    shares[row * components + (centres ? nearestOf(centres, z) : 0)] = 1;
  });
  return shares;
}

function nearestOf(centres: readonly (readonly number[])[], z: Float32Array): number {
  const distances = centres.map((centre) => centre.reduce((sum, c, i) => sum + (z[i]! - c) ** 2, 0));
  return distances.reduce((best, d, k) => (d < distances[best]! ? k : best), 0);
}
