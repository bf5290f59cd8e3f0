import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';
import { type Device, deviceOf } from './device.js';

type Gradients = NamedTensorMap | readonly { readonly name: string; readonly tensor: Tensor }[];

interface Moment {
  readonly originalName: string;
  readonly variable: Variable;
}

/** Members of the optimiser, which are protected but part of how it saves and loads. */
interface Adam {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly accBeta1: Variable;
  readonly accBeta2: Variable;
  readonly accumulatedFirstMoment: Moment[];
  readonly accumulatedSecondMoment: Moment[];
  applyGradients(gradients: Gradients): void;
  incrementIterations(): void;
}

/** Adam's step as one kernel per weight on the WebAssembly backend; elsewhere, and for int32 weights, as it was. */
export function replaceAdam(tf: Engine): void {
  const prototype = tf.AdamOptimizer.prototype as unknown as Adam;
  const { applyGradients } = prototype;
  prototype.applyGradients = function (this: Adam, gradients: Gradients): void {
    const names = Array.isArray(gradients) ? gradients.map(({ name }) => name) : Object.keys(gradients);
    const variables = names.map((name) => tf.engine().registeredVariables[name]!);
    const fused = tf.getBackend() === 'wasm' && variables.every(({ dtype }) => dtype === 'float32');
    if (!fused) {
      applyGradients.call(this, gradients);
      return;
    }
    const values = names.map((name, i) =>
      Array.isArray(gradients) ? (gradients[i] as { tensor: Tensor }).tensor : (gradients as NamedTensorMap)[name],
    );
    tf.tidy(() => step(tf, this, variables, values));
    this.incrementIterations();
  };
}

function step(tf: Engine, adam: Adam, variables: Variable[], gradients: (Tensor | undefined)[]): void {
  const device = deviceOf(tf.backend());
  const [power1, power2] = [adam.accBeta1, adam.accBeta2].map((power) => power.dataSync()[0]!) as [number, number];
  // The kernel divides by the root of the average as it is; dividing by the corrected root is this much more.
  const root = Math.sqrt(1 - power2);
  const rate = (adam.learningRate * root) / (1 - power1);
  variables.forEach((variable, i) => {
    const mean = momentOf(tf, adam.accumulatedFirstMoment, i, variable, 'm');
    const square = momentOf(tf, adam.accumulatedSecondMoment, i, variable, 'v');
    const gradient = gradients[i];
    if (!gradient) return;
    // Not in place: the backend keeps packed copies of weights, which it finds by tensor.
    const changed = tf.engine().makeTensorFromTensorInfo(device.output(variable.shape));
    const [w, g, out] = [variable, gradient, changed].map((one) => device.at(one)) as [number, number, number];
    const moments = [writable(tf, device, mean), writable(tf, device, square)] as const;
    const { adam: update } = device.kernels;
    update(variable.size, w, g, ...moments, out, rate, adam.beta1, adam.beta2, adam.epsilon * root, 0);
    variable.assign(changed);
  });
  adam.accBeta1.assign(tf.scalar(power1 * adam.beta1));
  adam.accBeta2.assign(tf.scalar(power2 * adam.beta2));
}

function momentOf(tf: Engine, moments: Moment[], index: number, weight: Variable, suffix: string): Variable {
  moments[index] ??= {
    originalName: `${weight.name}/${suffix}`,
    variable: tf.variable(tf.zerosLike(weight), false),
  };
  return moments[index].variable;
}

/** Where a running average lies; a copy of it, should somebody else hold its values. */
function writable(tf: Engine, device: Device, moment: Variable): number {
  if (!device.owns(moment)) moment.assign(tf.add(moment, 0));
  return device.at(moment);
}
