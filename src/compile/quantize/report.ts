import { throwIfAborted } from '../../errors.js';
import { dequantizeValues, quantizationOf } from '../arithmetic/quantization.js';
import type { Graph, TensorData } from '../graph.js';
import { bindGraph, loadInput } from '../interpret/interpreter.js';
import { elements } from '../op.js';

/** How far the int8 output of one operator lies from the float one, over all rows. */
export interface LayerError {
  readonly name: string;
  readonly kind: string;
  /** Power of the float values over that of the differences, in decibels; infinite when there are none. */
  readonly snrDb: number;
  /** By how much that ratio is worse than the worst of the operator's inputs, in decibels. */
  readonly lossDb: number;
  readonly meanError: number;
  readonly worstError: number;
}

export interface QuantizationReport {
  readonly layers: readonly LayerError[];
  /** The operator with the largest `lossDb`. */
  readonly worst: LayerError | undefined;
  /** The layers as a table. */
  readonly text: string;
}

/** Sums over the values of one tensor. */
interface Sums {
  count: number;
  signal: number;
  noise: number;
  error: number;
  worst: number;
}

/**
 * Runs a float network and its int8 form on the same rows and compares the output of every operator they share, by name.
 *
 * rows of `[n]` float32 -> per operator signal-to-noise ratio (dB), mean and worst absolute error in real units.
 *
 * @throws `SHAPE_MISMATCH` on rows of another size, `ABORTED`
 * @example
 * ```ts
 * const int8 = quantize(network, calibrate(network, rows));
 * console.log(quantizationReport(network, int8, rows).text);
 * ```
 */
export function quantizationReport(
  float: Graph,
  int8: Graph,
  rows: readonly Float32Array[],
  { signal }: { readonly signal?: AbortSignal } = {},
): QuantizationReport {
  const [real, stored] = [bindGraph(float), bindGraph(int8)];
  const twins = twinsOf(float, int8);
  const sums = new Map(
    [...twins.keys()].map((i): [number, Sums] => [i, { count: 0, signal: 0, noise: 0, error: 0, worst: 0 }]),
  );
  for (const row of rows) {
    throwIfAborted(signal, 'network.quantizationReport');
    for (const [graph, { values, steps }] of [
      [float, real],
      [int8, stored],
    ] as const) {
      loadInput(graph, values[graph.input]!, row);
      for (const step of steps) step();
    }
    for (const [i, twin] of twins) add(sums.get(i)!, real.values[twin]!, realValues(int8, i, stored.values[i]!));
  }
  const snr = (i: number): number => {
    const { signal: power = 0, noise = 0 } = sums.get(i) ?? {};
    return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(power / noise);
  };
  const layers = int8.ops.flatMap((op): LayerError[] => {
    const found = sums.get(op.output);
    if (!found) return [];
    const inputs = op.inputs.map(snr).filter(Number.isFinite);
    const snrDb = snr(op.output);
    const lossDb = inputs.length > 0 && Number.isFinite(snrDb) ? Math.min(...inputs) - snrDb : 0;
    const { name, kind } = op;
    return [{ name, kind, snrDb, lossDb, meanError: found.error / Math.max(1, found.count), worstError: found.worst }];
  });
  const worst = layers.reduce<LayerError | undefined>(
    (w, layer) => (w && w.lossDb >= layer.lossDb ? w : layer),
    undefined,
  );
  return { layers, worst, text: tableOf(layers, worst) };
}

function sizeOf({ tensors }: Graph, tensor: number): number {
  return elements(tensors[tensor]!.shape);
}

/** The float tensor of each int8 tensor: the inputs, and what operators of one name put out, unless channels are gone. */
function twinsOf(float: Graph, int8: Graph): Map<number, number> {
  const outputs = new Map(float.ops.map((op) => [op.name, op.output]));
  const twins = new Map([[int8.input, float.input]]);
  for (const { name, output } of int8.ops) {
    const twin = outputs.get(name);
    if (twin !== undefined && sizeOf(float, twin) === sizeOf(int8, output)) twins.set(output, twin);
  }
  return twins;
}

function realValues(graph: Graph, tensor: number, values: TensorData): TensorData {
  if (!(values instanceof Int8Array)) return values;
  const { scale, zeroPoint } = quantizationOf(graph.tensors[tensor]!);
  const real = new Float32Array(values.length);
  dequantizeValues(values, real, scale, zeroPoint);
  return real;
}

function add(sums: Sums, expected: TensorData, actual: TensorData): void {
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    sums.signal += expected[i]! ** 2;
    sums.noise += error ** 2;
    sums.error += error;
    sums.worst = Math.max(sums.worst, error);
  }
  sums.count += actual.length;
}

function tableOf(layers: readonly LayerError[], worst: LayerError | undefined): string {
  const width = Math.max(5, ...layers.map(({ name }) => name.length));
  const line = (cells: readonly string[]): string =>
    cells.map((c, i) => (i ? c.padStart(11) : c.padEnd(width))).join('  ');
  const rows = layers.map((l) =>
    line([l.name, l.snrDb.toFixed(1), l.lossDb.toFixed(1), l.meanError.toPrecision(3), l.worstError.toPrecision(3)]),
  );
  const most = worst ? [`${worst.name} loses most: ${worst.lossDb.toFixed(1)} dB`] : [];
  return [line(['layer', 'SNR dB', 'loss dB', 'mean error', 'worst error']), ...rows, ...most].join('\n');
}
