import { fail } from '../../errors.js';
import { dequantizeValues, quantizationOf, quantizeValues } from '../arithmetic/quantization.js';
import { checkGraph, definitionOf, nodeOf } from '../check.js';
import { type Runner, runnerOf } from '../engine/engine.js';
import type { Graph, Op, Tensor, TensorData } from '../graph.js';
import { elements, type Implementation, valuesOf } from '../op.js';

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

export interface InterpreterOptions {
  /**
   * `webassembly`, the default: int8 networks run on the C++ kernels where there is WebAssembly with SIMD, all others in
   * TypeScript. `typescript`: all do. The numbers are the same.
   */
  readonly engine?: 'webassembly' | 'typescript';
}

function runnerFor(graph: Graph, { engine = 'webassembly' }: InterpreterOptions): Runner {
  const compiled = engine === 'webassembly' ? runnerOf(graph) : undefined;
  if (compiled) return compiled;
  const { values, steps } = bindGraph(graph);
  const run = (): void => {
    for (const step of steps) step();
  };
  return { input: values[graph.input]!, output: values[graph.output]!, run };
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
export function interpreter(graph: Graph, options: InterpreterOptions = {}): (input: Float32Array) => Float32Array {
  const runner = runnerFor(graph, options);
  return (input) => {
    loadInput(graph, runner.input, input);
    runner.run();
    return readOutput(graph, runner.output);
  };
}

const runners = { webassembly: new WeakMap<Graph, Runner>(), typescript: new WeakMap<Graph, Runner>() };

/**
 * Runs a network and returns its output as stored: int8 for int8 networks. The first call prepares the network, later
 * ones find it prepared.
 *
 * One input of n values as stored (float32 values are quantised for an int8 network) -> one output of m values; a list
 * of inputs -> the list of their outputs. The numbers are those of {@link interpreter}.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION`, `UNSUPPORTED`
 * @example
 * ```ts
 * const scores = interpret(network, Int8Array.from(window));
 * const all = interpret(network, windows);
 * ```
 */
export function interpret(graph: Graph, inputs: Float32Array | Int8Array, options?: InterpreterOptions): TensorData;
export function interpret(
  graph: Graph,
  inputs: readonly (Float32Array | Int8Array)[],
  options?: InterpreterOptions,
): TensorData[];
export function interpret(
  graph: Graph,
  inputs: Float32Array | Int8Array | readonly (Float32Array | Int8Array)[],
  options: InterpreterOptions = {},
): TensorData | TensorData[] {
  const prepared = runners[options.engine ?? 'webassembly'];
  const runner = prepared.get(graph) ?? runnerFor(graph, options);
  prepared.set(graph, runner);
  const run = (input: Float32Array | Int8Array): TensorData => {
    loadInput(graph, runner.input, input);
    runner.run();
    return runner.output.slice();
  };
  return inputs instanceof Float32Array || inputs instanceof Int8Array ? run(inputs) : inputs.map(run);
}
