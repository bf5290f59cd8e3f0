import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';
import { type Device, deviceOf } from './device.js';

export type Inputs = Readonly<Record<string, TensorInfo>>;
export type Attributes = Readonly<Record<string, unknown>>;

/** Computes an operator; undefined where the backend's own kernel is to do it. */
export type Kernel = (device: Device, inputs: Inputs, attributes: Attributes) => TensorInfo | undefined;

/** Puts a kernel in front of the WebAssembly backend's own, if it has one. The backend need not have started yet. */
export function putKernel(tf: Engine, kernelName: string, kernel: Kernel): void {
  const own = tf.getKernel(kernelName, 'wasm') as KernelConfig | undefined;
  if (own) tf.unregisterKernel(kernelName, 'wasm');
  const kernelFunc: KernelConfig['kernelFunc'] = (call) => {
    const result = kernel(deviceOf(call.backend), call.inputs as Inputs, call.attrs as Attributes);
    if (result) return result;
    if (!own) throw new RangeError(`${kernelName} of these tensors is not there on WebAssembly`);
    return own.kernelFunc(call);
  };
  tf.registerKernel({ ...own, kernelName, backendName: 'wasm', kernelFunc });
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The kernels' number of an activation, if they have it inside convolutions and products. */
export function fusedActivation(name: unknown): number | undefined {
  const known: Readonly<Record<string, number>> = { linear: 0, relu: 1, relu6: 2 };
  return known[String(name ?? 'linear')];
}
