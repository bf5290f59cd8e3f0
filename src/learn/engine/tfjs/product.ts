import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';
import type { Device } from './device.js';
import { type Attributes, fusedActivation, type Inputs, putKernel, sizeOf } from './kernel.js';

const FLOAT_BYTES = 4;

/** Matrix products, transposed or not, with bias and activation where they are fused. */
export function putProducts(tf: Engine): void {
  const product = (device: Device, { a, b, bias }: Inputs, attributes: Attributes): TensorInfo | undefined => {
    const { transposeA, transposeB } = attributes;
    const activation = fusedActivation(attributes.activation);
    const [rowsOfA, columnsOfA] = a!.shape.slice(-2) as [number, number];
    const [rowsOfB, columnsOfB] = b!.shape.slice(-2) as [number, number];
    const [m, k] = transposeA ? [columnsOfA, rowsOfA] : [rowsOfA, columnsOfA];
    const n = transposeB ? rowsOfB : columnsOfB;
    const outer = a!.shape.slice(0, -2);
    const others = b!.shape.slice(0, -2);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(outer, others);
    const count = sizeOf(batch);
    // One side repeats as a whole, or none does; other ways to broadcast are left to the backend.
    const repeats = [outer, others].every((shape) => sizeOf(shape) === 1 || sizeOf(shape) === count);
    const plainBias = !bias || (bias.shape.length === 1 && bias.shape[0] === n);
    const floats = a!.dtype === 'float32' && b!.dtype === 'float32';
    if (activation === undefined || !plainBias || !repeats || !floats || m * n * k === 0) return undefined;

    const c = device.output([...batch, m, n]);
    const scratch = device.scratch(device.kernels.matmul_scratch_bytes(m, n, k));
    const [atA, atB, atBias, atC] = [device.at(a), device.at(b), device.at(bias), device.at(c)];
    const stepA = sizeOf(outer) === 1 ? 0 : m * k * FLOAT_BYTES;
    const stepB = sizeOf(others) === 1 ? 0 : k * n * FLOAT_BYTES;
    for (let i = 0; i < count; i++) {
      const [left, right, result] = [atA + i * stepA, atB + i * stepB, atC + i * m * n * FLOAT_BYTES];
      const { matmul } = device.kernels;
      matmul(m, n, k, left, +!!transposeA, right, +!!transposeB, atBias, result, activation, scratch);
    }
    return c;
  };
  putKernel(tf, 'BatchMatMul', product);
  putKernel(tf, '_FusedMatMul', product);
}
