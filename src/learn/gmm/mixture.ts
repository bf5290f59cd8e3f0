import { exponential } from '../../exponential.js';
import { logarithm } from '../../logarithm.js';
import { type ChosenScale, scaleChosen } from '../standardise/chosen.js';

/** What a fitted mixture knows; all numbers are float32, as on the device. */
export interface Mixture extends ChosenScale {
  /** `[component, axis]` in standardised units. */
  readonly means: Float32Array;
  /** `[component, row, column <= row]`: the inverse of each covariance's Cholesky factor. */
  readonly factors: Float32Array;
  /** Logarithm of each component's weight and normalisation. */
  readonly constants: Float32Array;
}

const f32 = Math.fround;
const LOWEST = f32(-1e30);

/** Negative log-likelihood of one row; twin of `GaussianMixture::run`. `z` and `offset` hold one number per axis. */
export function negativeLogLikelihood(m: Mixture, row: Float32Array, z: Float32Array, offset: Float32Array): number {
  scaleChosen(m, row, z);
  let largest = LOWEST;
  let sum = 0;
  for (let k = 0; k < m.constants.length; k++) {
    const term = logTerm(m, k, z, offset);
    if (term > largest) {
      sum = f32(f32(sum * exponential(f32(largest - term))) + 1);
      largest = term;
    } else {
      sum = f32(sum + exponential(f32(term - largest)));
    }
  }
  return -f32(largest + logarithm(sum));
}

/** Logarithm of weight times density of one component. */
function logTerm({ means, factors, constants }: Mixture, k: number, z: Float32Array, offset: Float32Array): number {
  const axes = z.length;
  for (let i = 0; i < axes; i++) offset[i] = z[i]! - means[k * axes + i]!;
  let factor = (k * axes * (axes + 1)) / 2;
  let squares = 0;
  for (let i = 0; i < axes; i++) {
    let y = 0;
    for (let j = 0; j <= i; j++) y = f32(y + f32(factors[factor++]! * offset[j]!));
    squares = f32(squares + f32(y * y));
  }
  return f32(constants[k]! - f32(0.5 * squares));
}
