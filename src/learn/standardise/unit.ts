import type { Graph } from '../../compile/graph.js';

/** Standardisation of all inputs alike: `(value - mean) * factor`. */
export interface Unit {
  readonly mean: number;
  readonly factor: number;
  /** Least and largest value of the training rows, before standardisation. */
  readonly least: number;
  readonly most: number;
}

/** Mean 0 and deviation 1 over all values of the rows; constant values are moved to 0 and left as they are. */
export function unitOf(rows: readonly Float32Array[]): Unit {
  let sum = 0;
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    for (const v of row) {
      least = Math.min(least, v);
      most = Math.max(most, v);
      sum += v;
      squares += v * v;
    }
  }
  const count = rows.length * rows[0]!.length;
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(squares / count - mean ** 2, 0));
  const factor = deviation > 1e-6 * Math.abs(mean) && deviation > 1e-30 ? 1 / deviation : 1;
  return { mean, least, most, factor };
}

/**
 * Takes the standardisation of the training inputs into the first weights and biases, so that the network runs on raw
 * inputs at no cost. Exact, because training pads with what 0 became.
 */
export function takingRaw(graph: Graph, { mean, factor }: Pick<Unit, 'mean' | 'factor'>): Graph {
  const op = graph.ops.find((o) => o.inputs.length > 1)!;
  const [, weights, bias] = op.inputs as [number, number, number];
  const scaled = (graph.tensors[weights]!.data as Float32Array).map((v) => v * factor);
  const offset = (graph.tensors[bias]!.data as Float32Array).map((b, output, all) => {
    // A depthwise filter has its outputs last, the others first.
    const depthwise = op.kind === 'depthwiseConv2d';
    const sum = scaled.reduce((total, w, i) => {
      const of = depthwise ? i % all.length : Math.floor((i * all.length) / scaled.length);
      return of === output ? total + w : total;
    }, 0);
    return b - mean * sum;
  });
  const changed = new Map([
    [weights, scaled],
    [bias, offset],
  ]);
  const tensors = graph.tensors.map((tensor, index) => {
    const data = changed.get(index);
    return data ? { ...tensor, data } : tensor;
  });
  return { ...graph, tensors };
}
