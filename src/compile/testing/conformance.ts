/** Checks of single operators, for the tests of every operator folder. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { random } from '../../random.js';
import { dequantizeValues, quantizationOf } from '../arithmetic/quantization.js';
import type { Attributes, Graph, OpKind, Tensor } from '../graph.js';
import { bindGraph, interpreter, loadInput } from '../interpret/interpreter.js';
import { channelOf, valuesOf } from '../op.js';
import { OPS } from '../ops/index.js';
import { calibrate, quantize } from '../quantize/quantize.js';
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
  // Another scale for the same value is the same value.
  const ops = graph.ops.map((op) => (op.kind === 'quantize' ? { ...op, kind: 'reshape' as const } : op));
  return { ...graph, ops, tensors: graph.tensors.map(real) };
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

/** Scale and zero point of a tensor. */
export type Scale = readonly [scale: number, zeroPoint: number];

/** A network of one int8 operator whose tensors have these shapes and scales. */
export function storedOp(
  kind: OpKind,
  inputs: readonly { readonly shape: readonly number[]; readonly scale: Scale }[],
  output: Scale,
  attributes: Attributes = {},
): { values: readonly Int8Array[]; step: () => Int8Array } {
  const tensor = (name: string, shape: readonly number[], [scale, zeroPoint]: Scale): Tensor => {
    return { name, shape, dtype: 'int8', quantization: { scales: Float32Array.of(scale), zeroPoint } };
  };
  const sources = inputs.map(({ shape, scale }, i) => tensor(`input ${i}`, shape, scale));
  const node = { name: kind, attributes, inputs: sources, output: tensor('output', [], output) };
  const result = { ...node.output, shape: OPS[kind].shape(node) };
  const values = [...sources, result].map((t) => valuesOf(t) as Int8Array);
  const run = OPS[kind].int8!.prepare({ ...node, output: result }, values.slice(0, -1), values.at(-1)!);
  const step = (): Int8Array => {
    run();
    return values.at(-1)!;
  };
  return { values, step };
}

/** What an int8 operator makes of each of the 256 stored values. */
export function storedTable(kind: OpKind, input: Scale, output: Scale, attributes: Attributes = {}): Int8Array {
  const { values, step } = storedOp(kind, [{ shape: [256], scale: input }], output, attributes);
  values[0]!.forEach((_, i, all) => {
    all[i] = i - 128;
  });
  return step();
}

/** What an int8 operator makes of all pairs of stored values, the second counting faster. */
export function storedPairs(kind: OpKind, a: Scale, b: Scale, output: Scale): Int8Array {
  const inputs = [
    { shape: [256, 1], scale: a },
    { shape: [1, 256], scale: b },
  ];
  const { values, step } = storedOp(kind, inputs, output);
  for (let i = 0; i < 256; i++) values[0]![i] = values[1]![i] = i - 128;
  return step();
}

/** Shapes that broadcast with a constant of another shape, and whether the constant comes first. */
export function broadcasts(): [shape: number[], other: number[], first: boolean][] {
  const shapes: [number[], number[]][] = [
    [[3, 4, 2], []],
    [[3, 4, 2], [1]],
    [[3, 4, 2], [2]],
    [
      [3, 4, 2],
      [1, 1, 2],
    ],
    [
      [3, 4, 2],
      [3, 1, 1],
    ],
    [
      [3, 4, 2],
      [4, 1],
    ],
    [
      [3, 4, 2],
      [3, 1, 2],
    ],
    [
      [3, 4, 2],
      [3, 4, 2],
    ],
    [
      [1, 4, 1],
      [3, 1, 2],
    ],
    [[2], [5, 1]],
  ];
  return shapes.flatMap(([shape, other]) =>
    [false, true].map((first): [number[], number[], boolean] => [shape, other, first]),
  );
}

/** FNV-1a over stored values: compares long results with those of another program. */
export function fingerprint(values: Iterable<number>): number {
  let hash = 2166136261;
  for (const value of values) hash = Math.imul(hash ^ (value & 255), 16777619);
  return hash >>> 0;
}

/** Every padding, stride and dilation over small, odd and one-dimensional inputs. */
export function windows(): {
  shape: [number, number];
  kernel: [number, number];
  attributes: Attributes & { readonly padding: 'same' | 'valid' };
}[] {
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
