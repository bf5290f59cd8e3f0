import { fail, throwIfAborted } from '../../errors.js';
import type { Graph, Tensor } from '../graph.js';
import { bindGraph, loadInput } from '../interpret/interpreter.js';
import { count, type Histogram, histogramOf, leastErrorRange, percentileRange, type Range } from './histogram.js';

export type { Range };

/** One range per tensor of a graph; constants have none. */
export type Ranges = readonly (Range | undefined)[];

/**
 * How the values seen become a range: from the smallest to the largest (`minmax`), without the outermost 0.01 %
 * (`percentile`), or as the range with the least mean squared error (`mse`, the default).
 */
export type CalibrationMethod = 'minmax' | 'percentile' | 'mse';

export interface CalibrationOptions {
  readonly method?: CalibrationMethod;
  readonly signal?: AbortSignal | undefined;
}

/** Share of the values that `percentile` leaves out. */
const OUTERMOST = 1e-4;

/**
 * Runs a float network over feature rows and finds a range for every activation.
 *
 * rows of `[n]` float32 -> one range per tensor. `percentile` and `mse` run the rows twice: for the extremes, then for a
 * histogram of 2048 bins between them. The default loses least accuracy; docs/adr/0006-calibration.md has the figures.
 *
 * @throws `NO_DATA` without rows, `SHAPE_MISMATCH` on rows of another size, `BAD_DATA` on values that are not finite,
 * `ABORTED`
 * @example
 * ```ts
 * const int8 = quantize(network, calibrate(network, rows));
 * ```
 */
export function calibrate(
  graph: Graph,
  rows: readonly Float32Array[],
  { method = 'mse', signal }: CalibrationOptions = {},
): Ranges {
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
  const runAll = (see: (tensor: number, values: Float32Array) => void): void => {
    for (const row of rows) {
      throwIfAborted(signal, 'network.calibrate');
      loadInput(graph, values[graph.input]!, row);
      for (const step of steps) step();
      for (const i of computed) see(i, values[i] as Float32Array);
    }
  };
  const seen = new Map(computed.map((i) => [i, { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }]));
  runAll((i, tensor) => widen(seen.get(i)!, tensor, graph.tensors[i]!));
  if (method === 'minmax') return graph.tensors.map((_, i) => seen.get(i));
  const histograms = new Map(computed.map((i) => [i, histogramOf(seen.get(i)!)]));
  runAll((i, tensor) => count(histograms.get(i)!, tensor));
  const choose = (histogram: Histogram): Range =>
    method === 'mse' ? leastErrorRange(histogram) : percentileRange(histogram, OUTERMOST);
  return graph.tensors.map((_, i) => (histograms.has(i) ? choose(histograms.get(i)!) : undefined));
}

/** Makes a range hold values; refuses those that are not finite. */
export function widen(range: { min: number; max: number }, values: Float32Array, { name }: Tensor): void {
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
