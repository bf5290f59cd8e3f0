import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { seededRandom } from '../../../random.js';
import { loadEngine } from '../../engine.js';
import type { Engine } from '../../tf.js';

/** The engine with the plain JavaScript backend beside it: the independent reference for every kernel. */
export async function bothBackends(): Promise<Engine> {
  const tf = await loadEngine();
  await import('@tensorflow/tfjs-backend-cpu');
  return tf;
}

export function noise(shape: readonly number[], purpose: string): Float32Array {
  const { normal } = seededRandom(7, purpose);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal);
}

/** Runs on one backend; no tensor may stay behind. */
export async function on<T>(tf: Engine, backend: 'cpu' | 'wasm', run: () => T | Promise<T>): Promise<T> {
  tf.env().set('PROD', true);
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const result = await run();
  tf.env().set('PROD', false);
  expect(tf.memory().numTensors).toBe(before);
  await tf.setBackend('wasm');
  return result;
}

/** Values may differ by `tolerance` times the largest of the reference. */
export function expectClose(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
  tolerance: number,
): void {
  expect(actual.map((values) => values.length)).toEqual(expected.map((values) => values.length));
  expected.forEach((reference, i) => {
    const scale = reference.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    expect(scale).toBeGreaterThan(0);
    const worst = reference.reduce((max, v, j) => Math.max(max, Math.abs(v - actual[i]![j]!)), 0);
    expect(worst / scale, `tensor ${i}`).toBeLessThan(tolerance);
  });
}

export type Values = readonly (readonly number[])[];

/** The result of `f` and the gradients of its sum weighted with noise, with respect to arguments of noise. */
export function gradients(tf: Engine, shapes: Values, f: (...x: Tensor[]) => Tensor): Float32Array[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(noise(shape, `input ${i}`), shape as number[]));
    let result: Float32Array = new Float32Array(0);
    const objective = (...x: Tensor[]) => {
      const y = f(...x);
      result = y.dataSync() as Float32Array;
      return tf.sum(tf.mul(y, tf.tensor(noise(y.shape, 'dy'), y.shape))) as never;
    };
    const all = tf
      .grads(objective)(inputs)
      .map((g) => g.dataSync() as Float32Array);
    return [result, ...all];
  });
}
