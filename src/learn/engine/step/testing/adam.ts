/** A trainable array with Adam's running averages of its gradient. */
export interface Parameter {
  readonly data: Float32Array;
  /** Whether weight decay applies: to weights, not to biases and normalisation. */
  readonly decays: boolean;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** A parameter at the start of training; `data` is updated in place. */
export function parameter(data: Float32Array, decays: boolean): Parameter {
  return { data, decays, mean: new Float32Array(data.length), square: new Float32Array(data.length) };
}

/**
 * One step of Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019).
 * `step` counts from 1.
 */
export function adamStep(p: Parameter, gradient: Float32Array, step: number, rate: number, decay: number): void {
  const correction = Math.sqrt(1 - BETA2 ** step) / (1 - BETA1 ** step);
  const shrink = p.decays ? 1 - rate * decay : 1;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]!;
    const mean = BETA1 * p.mean[i]! + (1 - BETA1) * g;
    const square = BETA2 * p.square[i]! + (1 - BETA2) * g * g;
    p.mean[i] = mean;
    p.square[i] = square;
    p.data[i] =
      p.data[i]! * shrink - (rate * correction * mean) / (Math.sqrt(square) + EPSILON * Math.sqrt(1 - BETA2 ** step));
  }
}
