/** Checks of single operators, for the tests of every operator folder. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { random } from '../../random.js';
import type { Attributes, Graph, Tensor } from '../graph.js';
import { bindGraph, interpreter, loadInput } from '../interpreter.js';
import { channelOf } from '../optimize.js';
import { dequantizeValues, quantizationOf } from '../quantization.js';
import { calibrate, quantize } from '../quantize.js';
import { type Builder, noise, randomRows } from './random-graph.js';

await tf.setBackend('cpu');

export { tf };

/** A tfjs tensor with a batch of one from a feature vector. */
export function batchOfOne(row: Float32Array, shape: readonly number[]): tf.Tensor {
  return tf.tensor(row, [1, ...shape]);
}

/** Adds random weights of a shape and bias to a network. */
export function weights(b: Builder, shape: readonly number[], channels: number, seed: number) {
  const source = random(seed);
  const size = shape.reduce((n, d) => n * d, 1);
  const [w, bias] = [noise(source, size), noise(source, channels)];
  return { inputs: [b.constant(shape, w), b.constant([channels], bias)], w, bias };
}

/** Compares a float network with what tfjs computes. */
export function expectLike(graph: Graph, reference: (row: Float32Array) => tf.Tensor): void {
  for (const row of randomRows(graph, 2, 11)) {
    const expected = tf.tidy(() => reference(row).dataSync());
    const actual = interpreter(graph)(row);
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected[i]!)));
    });
  }
}

/** An int8 network with every stored value replaced by the real one it stands for. */
function realTwin(graph: Graph): Graph {
  const real = (tensor: Tensor): Tensor => {
    const { scales = Float32Array.of(1), zeroPoint = 0, axis = 0 } = tensor.quantization ?? {};
    const channel = channelOf(tensor.shape, axis);
    const scaleAt = (i: number): number => scales[scales.length === 1 ? 0 : channel(i)]!;
    const data = tensor.data && Float32Array.from(tensor.data, (q, i) => (q - zeroPoint) * scaleAt(i));
    return { name: tensor.name, shape: tensor.shape, dtype: 'f32', ...(data && { data }) };
  };
  return { ...graph, tensors: graph.tensors.map(real) };
}

/** Compares the int8 form of a network of one operator with real arithmetic on the same stored values: one step apart at most. */
export function expectInt8LikeReal(graph: Graph): void {
  const int8 = quantize(graph, calibrate(graph, randomRows(graph, 4)));
  const { values, steps } = bindGraph(int8);
  const run = interpreter(realTwin(int8));
  const { scale, zeroPoint } = quantizationOf(int8.tensors[int8.output]!);
  const input = quantizationOf(int8.tensors[int8.input]!);
  for (const row of randomRows(graph, 3, 12)) {
    loadInput(int8, values[int8.input]!, row);
    const real = new Float32Array(row.length);
    dequantizeValues(values[int8.input] as Int8Array, real, input.scale, input.zeroPoint);
    for (const step of steps) step();
    run(real).forEach((expected, i) => {
      const stored = Math.max(-128, Math.min(127, zeroPoint + expected / scale));
      expect(Math.abs(values[int8.output]![i]! - stored)).toBeLessThanOrEqual(1);
    });
  }
}

/** Every padding, stride and dilation over small, odd and one-dimensional inputs. */
export function windows(): { shape: [number, number]; kernel: [number, number]; attributes: Attributes }[] {
  const shapes: [number, number][] = [
    [1, 9],
    [7, 5],
    [6, 8],
    [2, 2],
  ];
  const kernels: [number, number][] = [
    [1, 1],
    [1, 3],
    [3, 3],
    [2, 4],
    [5, 2],
  ];
  const steps: [[number, number], [number, number]][] = [
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 2],
      [1, 1],
    ],
    [
      [1, 3],
      [1, 1],
    ],
    [
      [1, 1],
      [2, 2],
    ],
    [
      [1, 1],
      [1, 3],
    ],
  ];
  return shapes.flatMap((shape) =>
    kernels.flatMap((kernel) =>
      steps.flatMap(([strides, dilations]) =>
        (['same', 'valid'] as const).flatMap((padding) => {
          const fits = kernel.every((k, i) => (k - 1) * dilations[i]! + 1 <= shape[i]!);
          if (padding === 'valid' && !fits) return [];
          return [{ shape, kernel, attributes: { padding, strides, dilations } }];
        }),
      ),
    ),
  );
}
