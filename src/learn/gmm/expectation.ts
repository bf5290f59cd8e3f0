import { factorise, triangle } from './cholesky.js';

/** A mixture in float64, as it is fitted. */
export interface Fitted {
  readonly weights: Float64Array;
  /** `[component, axis]`. */
  readonly means: Float64Array;
  /** Cholesky factor of each covariance, `[component, row, column <= row]`. */
  readonly factors: Float64Array;
  /** Mean over the rows. */
  readonly logLikelihood: number;
}

export interface FitLimits {
  /** Added to every variance. */
  readonly regularisation: number;
  readonly maxIterations: number;
  /** Gain of the mean log-likelihood below which nothing more is to be had. */
  readonly tolerance: number;
}

/** Share of a row below which a component has died out. */
const LEAST_SHARE = 1e-9;

/**
 * Expectation maximisation from given responsibilities `[row, component]`, which are overwritten. Components that no row
 * belongs to are left out.
 *
 * Source: Dempster, Laird and Rubin (1977); covariances are full and get a ridge on the diagonal.
 */
export async function expectationMaximisation(
  rows: readonly Float32Array[],
  responsibilities: Float64Array,
  { regularisation, maxIterations, tolerance }: FitLimits,
  pace: () => Promise<void>,
): Promise<Fitted> {
  let shares = responsibilities;
  let before = Number.NEGATIVE_INFINITY;
  for (let iteration = 1; ; iteration++) {
    shares = living(shares, rows.length);
    const mixture = await maximise(rows, shares, regularisation, pace);
    await pace();
    const logLikelihood = expect(rows, mixture, shares);
    await pace();
    if (iteration === maxIterations || Math.abs(logLikelihood - before) < tolerance) {
      return { ...mixture, logLikelihood };
    }
    before = logLikelihood;
  }
}

/** The same responsibilities without the columns of components that died out. */
function living(shares: Float64Array, rows: number): Float64Array {
  const components = shares.length / rows;
  const totals = new Float64Array(components);
  shares.forEach((share, i) => {
    totals[i % components]! += share;
  });
  return totals.every((total) => total >= LEAST_SHARE)
    ? shares
    : shares.filter((_, i) => totals[i % components]! >= LEAST_SHARE);
}

type Unscored = Omit<Fitted, 'logLikelihood'>;

async function maximise(
  rows: readonly Float32Array[],
  shares: Float64Array,
  regularisation: number,
  pace: () => Promise<void>,
): Promise<Unscored> {
  const axes = rows[0]!.length;
  const components = shares.length / rows.length;
  const weights = new Float64Array(components);
  const means = new Float64Array(components * axes);
  const factors = new Float64Array(components * triangle(axes));
  for (let k = 0; k < components; k++) {
    const mean = means.subarray(k * axes, (k + 1) * axes);
    const factor = factors.subarray(k * triangle(axes), (k + 1) * triangle(axes));
    let total = 0;
    for (let at = k; at < shares.length; at += components) total += shares[at]!;
    weights[k] = total / rows.length;
    for (let row = 0, at = k; row < rows.length; row++, at += components)
      addMean(mean, rows[row]!, shares[at]! / total);
    for (let row = 0, at = k; row < rows.length; row++, at += components) {
      addOuter(factor, rows[row]!, mean, shares[at]! / total);
    }
    for (let i = 0; i < axes; i++) factor[triangle(i) + i]! += regularisation;
    await pace();
    factorise(factor, axes);
  }
  return { weights, means, factors };
}

function addMean(mean: Float64Array, z: Float32Array, share: number): void {
  for (let i = 0; i < z.length; i++) mean[i]! += share * z[i]!;
}

/** Adds a row's part of a covariance. */
function addOuter(covariance: Float64Array, z: Float32Array, mean: Float64Array, share: number): void {
  // Too little to change a sum of shares that is 1.
  if (share < 1e-18) return;
  let at = 0;
  for (let i = 0; i < z.length; i++) {
    const scaled = share * (z[i]! - mean[i]!);
    for (let j = 0; j <= i; j++) covariance[at++]! += scaled * (z[j]! - mean[j]!);
  }
}

/** Writes the responsibilities of the components for the rows; gives the mean log-likelihood. */
function expect(rows: readonly Float32Array[], mixture: Unscored, shares: Float64Array): number {
  const components = mixture.weights.length;
  const constants = normalisation(mixture);
  const y = new Float64Array(rows[0]!.length);
  let sum = 0;
  for (let row = 0, first = 0; row < rows.length; row++, first += components) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < components; k++) {
      const term = constants[k]! - squaredDistance(mixture, k, rows[row]!, y) / 2;
      shares[first + k] = term;
      if (term > largest) largest = term;
    }
    let relative = 0;
    for (let k = 0; k < components; k++) relative += Math.exp(shares[first + k]! - largest);
    const density = largest + Math.log(relative);
    for (let k = 0; k < components; k++) shares[first + k] = Math.exp(shares[first + k]! - density);
    sum += density;
  }
  return sum / rows.length;
}

/** Logarithm of each component's weight and normalisation. */
export function normalisation({ weights, factors }: Unscored): Float64Array {
  const size = factors.length / weights.length;
  const axes = (Math.sqrt(8 * size + 1) - 1) / 2;
  return weights.map((weight, k) => {
    let sum = Math.log(weight) - (axes / 2) * Math.log(2 * Math.PI);
    for (let i = 0; i < axes; i++) sum -= Math.log(factors[k * size + triangle(i) + i]!);
    return sum;
  });
}

/** Squared Mahalanobis distance of a row from a component, by forward substitution. */
function squaredDistance({ means, factors }: Unscored, k: number, z: Float32Array, y: Float64Array): number {
  const axes = z.length;
  let at = k * triangle(axes);
  let squares = 0;
  for (let i = 0; i < axes; i++) {
    let rest = z[i]! - means[k * axes + i]!;
    for (let j = 0; j < i; j++) rest -= factors[at++]! * y[j]!;
    y[i] = rest / factors[at++]!;
    squares += y[i]! ** 2;
  }
  return squares;
}
