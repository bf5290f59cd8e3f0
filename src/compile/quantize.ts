import { fail, throwIfAborted } from '../errors.js';
import { checkGraph, definitionOf } from './check.js';
import type { Graph, Op, Quantization, Tensor } from './graph.js';
import { bindGraph, implementationOf, loadInput } from './interpreter.js';
import { channelOf, prune } from './optimize.js';
import { quantizationOf } from './quantization.js';

/** Smallest and largest value seen. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One range per tensor of a graph; constants have none. */
export type Ranges = readonly (Range | undefined)[];

/**
 * Runs a float network over feature rows and records the range of every activation.
 *
 * rows of `[n]` float32 -> one range per tensor.
 *
 * @throws `NO_DATA` without rows, `SHAPE_MISMATCH` on rows of another size, `BAD_DATA` on values that are not finite,
 * `ABORTED`
 * @example
 * ```ts
 * const int8 = quantize(network, calibrate(network, rows));
 * ```
 */
export function calibrate(graph: Graph, rows: readonly Float32Array[], signal?: AbortSignal): Ranges {
  if (rows.length === 0) {
    fail({
      code: 'NO_DATA',
      where: 'network.calibrate',
      got: 'no rows',
      expected: 'at least one feature vector',
      fix: 'Pass samples like those the network will see.',
    });
  }
  const { values, steps } = bindGraph(graph);
  const computed = values.flatMap((_, i) => (graph.tensors[i]!.data ? [] : [i]));
  const ranges = new Map(computed.map((i) => [i, { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }]));
  for (const row of rows) {
    throwIfAborted(signal, 'network.calibrate');
    loadInput(graph, values[graph.input]!, row);
    for (const step of steps) step();
    for (const [i, range] of ranges) widen(range, values[i] as Float32Array, graph.tensors[i]!);
  }
  return graph.tensors.map((_, i) => ranges.get(i));
}

function widen(range: { min: number; max: number }, values: Float32Array, { name }: Tensor): void {
  for (const value of values) {
    if (!Number.isFinite(value)) {
      fail({
        code: 'BAD_DATA',
        where: `network.${name}`,
        got: `a value of ${value}`,
        expected: 'finite values',
        fix: 'Check the calibration samples and the training of this layer.',
      });
    }
    if (value < range.min) range.min = value;
    if (value > range.max) range.max = value;
  }
}

/**
 * Post-training int8 quantisation as TensorFlow Lite defines it: activations asymmetric with one scale, over a range
 * that holds 0; weights symmetric with one scale per output channel (dense layers too); bias int32 with the scale
 * input x weight. Shapes and order of the operators stay.
 *
 * @throws `UNSUPPORTED` for operators without an int8 form; `BAD_OPTION` for a tensor without a range
 * @example
 * ```ts
 * const int8 = quantize(network, calibrate(network, rows));
 * ```
 */
export function quantize(graph: Graph, ranges: Ranges): Graph {
  const tensors: Tensor[] = [...graph.tensors];
  const calibrated = (i: number): Quantization => activationQuantization(ranges[i] ?? missing(graph.tensors[i]!));
  const store = (i: number, quantization: Quantization): void => {
    tensors[i] = { ...tensors[i]!, dtype: 'int8', quantization };
  };
  store(graph.input, calibrated(graph.input));
  const ops = graph.ops.map((op): Op => {
    const { quantization: rule, channelAxis } = definitionOf(op);
    if (rule === 'calibrated') store(op.output, calibrated(op.output));
    else if (rule === 'as input') store(op.output, tensors[op.inputs[0]!]!.quantization!);
    else store(op.output, { scales: new Float32Array([rule.scale]), zeroPoint: rule.zeroPoint });
    implementationOf({ ...graph, tensors }, op);
    if (channelAxis === undefined) return op;
    const [x, weights, bias] = op.inputs.map((i) => tensors[i]!) as [Tensor, Tensor, Tensor];
    const next = tensors.push(...quantizeWeights(quantizationOf(x).scale, weights, bias, channelAxis)) - 2;
    return { ...op, inputs: [op.inputs[0]!, next, next + 1] };
  });
  const result = prune({ ...graph, tensors, ops });
  checkGraph(result);
  return result;
}

/** The int8 network with made-up ranges: its sizes, kernels and plan are those of the calibrated one. */
export function sketchQuantize(graph: Graph): Graph {
  return quantize(
    graph,
    graph.tensors.map(() => ({ min: -1, max: 1 })),
  );
}

function missing({ name }: Tensor): never {
  return fail({
    code: 'BAD_OPTION',
    where: `network.${name}`,
    got: 'no range',
    expected: 'a range for every activation',
    fix: 'Pass the ranges that calibrate() found for this very graph.',
  });
}

/** Scale and zero point of a range, widened to hold 0; the zero point is moved to a whole number. */
function activationQuantization(range: Range): Quantization {
  const min = Math.min(0, range.min);
  const max = Math.max(0, range.max);
  const scale = Math.fround((max - min) / 255) || 1;
  // Of the two ends the one that loses less by rounding decides, as in TensorFlow Lite.
  const fromMin = -128 - min / scale;
  const fromMax = 127 - max / scale;
  const zeroPoint = 128 + Math.abs(min / scale) < 127 + Math.abs(max / scale) ? fromMin : fromMax;
  return {
    scales: new Float32Array([scale]),
    zeroPoint: Math.max(-128, Math.min(127, Math.round(zeroPoint))),
  };
}

function quantizeWeights(inputScale: number, weights: Tensor, bias: Tensor, axis: number): [Tensor, Tensor] {
  const channel = channelOf(weights.shape, axis);
  const largest = new Float64Array(weights.shape[axis]!);
  weights.data!.forEach((w, i) => {
    largest[channel(i)] = Math.max(largest[channel(i)]!, Math.abs(w));
  });
  // A bias must fit into 31 bits of the accumulator: small weights take a coarser scale.
  const scales = Float32Array.from(largest, (l, c) => {
    return Math.max(l / 127, Math.abs(bias.data![c]!) / (inputScale * 2 ** 30)) || 1;
  });
  const stored = Int8Array.from(weights.data!, (w, i) => roundHalfAway(w / scales[channel(i)]!));
  const storedBias = Int32Array.from(bias.data!, (b, c) => roundHalfAway(b / (inputScale * scales[c]!)));
  const biasScales = scales.map((scale) => scale * inputScale);
  return [
    { ...weights, dtype: 'int8', data: stored, quantization: { scales, zeroPoint: 0, axis } },
    { ...bias, dtype: 'int32', data: storedBias, quantization: { scales: biasScales, zeroPoint: 0, axis: 0 } },
  ];
}

function roundHalfAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}
