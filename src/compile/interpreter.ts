import { fail } from '../errors.js';
import { checkGraph, definitionOf, nodeOf } from './check.js';
import type { Graph, Op, Tensor, TensorData } from './graph.js';
import { elements, type Implementation, valuesOf } from './op.js';
import { dequantizeValues, quantizationOf, quantizeValues } from './quantization.js';

/** A network on memory: run every step in order. */
export interface Binding {
  /** Values of each tensor; those of activations change with every run. */
  readonly values: readonly TensorData[];
  /** One function per operator. */
  readonly steps: readonly (() => void)[];
}

/** Code and costs of an operator for the type of its input; absent for operators that only rename. */
export function implementationOf(graph: Graph, op: Op): Implementation | undefined {
  const definition = definitionOf(op);
  if (definition.alias) return undefined;
  const { dtype } = graph.tensors[op.inputs[0]!]!;
  const found = dtype === 'int32' ? undefined : definition[dtype];
  return (
    found ??
    fail({
      code: 'UNSUPPORTED',
      where: `network.${op.name}`,
      got: `${op.kind} of ${dtype}`,
      expected: 'an operator and type that have a kernel',
      fix: 'Call optimize(graph) first.',
    })
  );
}

/**
 * Prepares a network on the memory that `place` gives each computed tensor; by default each has its own.
 * For access to every intermediate value: per-layer debugging, calibration, proving memory plans.
 */
export function bindGraph(
  graph: Graph,
  place: (tensor: Tensor, index: number) => TensorData = (tensor) => valuesOf(tensor),
): Binding {
  checkGraph(graph);
  const values: TensorData[] = [];
  const valuesFor = (index: number): TensorData => {
    values[index] ??= graph.tensors[index]!.data ?? place(graph.tensors[index]!, index);
    return values[index]!;
  };
  valuesFor(graph.input);
  const steps = graph.ops.map((op) => {
    const inputs = op.inputs.map(valuesFor);
    const implementation = implementationOf(graph, op);
    if (!implementation) values[op.output] = inputs[0]!;
    return implementation?.prepare(nodeOf(graph, op), inputs, valuesFor(op.output)) ?? (() => {});
  });
  return { values, steps };
}

/** Stores an input: as it is when the types are the same, quantised when the network stores int8. */
export function loadInput(graph: Graph, into: TensorData, input: Float32Array | Int8Array): void {
  const tensor = graph.tensors[graph.input]!;
  if (input.length !== elements(tensor.shape)) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: 'network.input',
      got: `${input.length} values`,
      expected: `${elements(tensor.shape)}`,
      fix: 'Pass one whole feature vector.',
    });
  }
  if (into instanceof Int8Array && input instanceof Float32Array) {
    const { scale, zeroPoint } = quantizationOf(tensor);
    quantizeValues(input, into, scale, zeroPoint);
  } else into.set(input);
}

/** The scores of a network as float32, in an array of their own. */
export function readOutput(graph: Graph, output: TensorData): Float32Array {
  if (!(output instanceof Int8Array)) return Float32Array.from(output);
  const { scale, zeroPoint } = quantizationOf(graph.tensors[graph.output]!);
  const scores = new Float32Array(output.length);
  dequantizeValues(output, scores, scale, zeroPoint);
  return scores;
}

/**
 * Prepares a network once and returns a function from features to scores.
 *
 * features `[n]` -> scores `[m]`, both float32; an int8 network quantises and dequantises at its ends. Float networks
 * accumulate in double and store float32; int8 networks give the bits of TensorFlow Lite's reference kernels.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION`, `UNSUPPORTED`
 * @example
 * ```ts
 * const classify = interpreter(optimize(graph));
 * const scores = classify(features);
 * ```
 */
export function interpreter(graph: Graph): (input: Float32Array) => Float32Array {
  const { values, steps } = bindGraph(graph);
  return (input) => {
    loadInput(graph, values[graph.input]!, input);
    for (const step of steps) step();
    return readOutput(graph, values[graph.output]!);
  };
}

/** Runs a network once and returns its output as stored: int8 for int8 networks. */
export function interpret(graph: Graph, input: Float32Array | Int8Array): TensorData {
  const { values, steps } = bindGraph(graph);
  loadInput(graph, values[graph.input]!, input);
  for (const step of steps) step();
  return values[graph.output]!.slice();
}
