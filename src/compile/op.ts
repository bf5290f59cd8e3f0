import type { Work } from '../cost.js';
import type { CppFile, CppTable, Optimize } from '../cpp.js';
import { fail } from '../errors.js';
import type { Activation, Attributes, Op, OpKind, Quantization, Tensor, TensorData } from './graph.js';

export type { Optimize };

/** An operator with its tensors looked up. */
export interface Node {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: Attributes;
}

/** An int8 table that the C++ preprocessor arranges for the processor: `macro` takes `group` values at a time. */
export interface PackedTable {
  readonly macro: string;
  readonly group: number;
  readonly values: Int8Array;
}

/** A member of a const descriptor: an int32, a float, a pointer to a table, or a nested struct. */
export type Field = number | { readonly float: number } | CppTable | PackedTable | readonly Field[];

/** One call in an emitted network: `function(descriptor, inputs..., output)`, then the working memory if it needs any. */
export interface Wiring {
  readonly header: CppFile;
  /** Name in `impulsekit::nn`. */
  readonly function: string;
  /** Struct in `impulsekit::nn` of which the call gets a const instance. */
  readonly descriptor: string;
  readonly fields: readonly Field[];
}

/** What the compiler decided about one operator of an emitted network. */
export interface Choice {
  readonly optimize: Optimize;
  /** Steps run from the last to the first, because the planner laid the output above the input. */
  readonly reverse: boolean;
}

/**
 * The order in which a C++ kernel touches memory, so that the planner may lay its output over its input. Step `i`
 * reads the elements `[readFirst[i], readEnd[i])` of every computed input and then writes `[writeFirst[i], writeEnd[i])`.
 */
export interface Steps {
  readonly readFirst: Int32Array;
  readonly readEnd: Int32Array;
  readonly writeFirst: Int32Array;
  readonly writeEnd: Int32Array;
  /** Whether a step has read everything before it writes; if not, its own reads must survive its own writes. */
  readonly buffered: boolean;
  /** Whether the kernel can also run its steps from the last to the first. */
  readonly reversible: boolean;
}

/** What an operator does for one type of input. */
export interface Implementation {
  /** Makes the tables once and returns the function that computes `output` from `inputs`. */
  // biome-ignore lint/suspicious/noExplicitAny: the arrays have the types of the node's tensors
  readonly prepare: (node: Node, inputs: any[], output: any) => () => void;
  readonly work: (node: Node) => Work;
  readonly cpp: (node: Node, choice: Choice) => Wiring;
  /** Working memory of the C++ kernel, aligned to 16 bytes, free again when it returns. */
  readonly scratchBytes?: (node: Node) => number;
  /** Absent: the output must not touch the inputs, unless the operator is `inPlace`. */
  readonly steps?: (node: Node) => Steps;
  /** Machine code for Cortex-M4F at -Os, measured: the kernel's own, and helpers that kernels share. */
  readonly codeBytes: Readonly<Record<string, number>> | ((node: Node) => Readonly<Record<string, number>>);
}

/**
 * How an int8 network stores an operator's output: by its calibrated range, like its input, with one scale for all
 * inputs and the output, or with a fixed scale.
 */
export type OutputQuantization =
  | 'calibrated'
  | 'as input'
  | 'shared'
  | { readonly scale: number; readonly zeroPoint: number };

/** Whether an input is computed by the network or constant; `activations` stands for any number of computed ones. */
export type InputKind = 'activation' | 'constant' | 'either' | 'activations';

/** One operator, declared as data. Adding one is a folder and a line in `ops/index.ts`. */
export interface OpDefinition {
  /** What it computes and what it asks of its inputs: one sentence, for the table of operators. */
  readonly doc: string;
  /** Operators of TensorFlow Lite that become this one. */
  readonly tflite?: readonly string[];
  /** Operators of ONNX that become this one, alone or with others. */
  readonly onnx?: readonly string[];
  /** One entry per input, or `activations` alone. */
  readonly inputs: readonly InputKind[];
  /** Shape of the output. Throws `SHAPE_MISMATCH` on inputs that cannot meet. */
  readonly shape: (node: Node) => readonly number[];
  /** Multiply-accumulates, padding included; 0 when absent. */
  readonly macs?: (node: Node) => number;
  readonly f32?: Implementation;
  readonly int8?: Implementation;
  /** Output type when it differs from the input's. */
  readonly outputDtype?: 'f32' | 'int8';
  readonly quantization: OutputQuantization;
  /** Inputs 1 and 2 are weights, with output channels along this dimension, and bias. */
  readonly channelAxis?: number;
  /** Its constants as an int8 network stores them, for an input that is stored so; absent: as `channelAxis` tells. */
  readonly storeConstants?: (node: Node, input: Quantization) => readonly Tensor[];
  /**
   * How channels, the last dimension, come together: every one of the output may depend on all of the input (weights of
   * shape `(O, ..., I)`), or only on its own. Absent: neither, or it is not told.
   */
  readonly channels?: 'mixes' | 'keeps';
  /** The output is the input under another shape: no work, no code, no bytes. */
  readonly alias?: boolean;
  /** Whether this one only renames its input, so that `optimize` may make it a reshape. */
  readonly renames?: (node: Node) => boolean;
  /** Works element by element: the output may be written over any input that is not needed afterwards, or below it. */
  readonly inPlace?: boolean;
  /** Takes `attributes.activation`. */
  readonly fuses?: boolean;
  /** Is nothing but this activation, so that a producer that fuses can take it over. */
  readonly activation?: Activation;
  /** Is nothing but `y = scale[c] * x + offset[c]`, so that a producer with weights can take it over. */
  readonly affine?: (node: Node) => { readonly scale: Float64Array; readonly offset: Float64Array };
  /** The same as simpler operators, for what has no kernel of its own. Tensor numbers of new tensors start at `next`. */
  readonly lower?: (
    op: Op,
    node: Node,
    next: number,
  ) => { readonly tensors: readonly Tensor[]; readonly ops: readonly Op[] };
}

export type OpTable = Readonly<Record<OpKind, OpDefinition>>;

/** Number of elements of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((n, size) => n * size, 1);
}

/** Index along dimension `axis` of the i-th element. */
export function channelOf(shape: readonly number[], axis: number): (i: number) => number {
  const inner = shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  return (i) => Math.floor(i / inner) % shape[axis]!;
}

export const BYTES = { f32: 4, int8: 1, int32: 4 } as const;

/** Bytes of a tensor's values. */
export function bytesOf(tensor: Tensor): number {
  return elements(tensor.shape) * BYTES[tensor.dtype];
}

/** A zeroed array for a tensor's values, on memory of its own or inside `buffer`. */
export function valuesOf(tensor: Tensor, buffer?: ArrayBuffer, byteOffset = 0): TensorData {
  const length = elements(tensor.shape);
  const type = { f32: Float32Array, int8: Int8Array, int32: Int32Array }[tensor.dtype];
  return buffer ? new type(buffer, byteOffset, length) : new type(length);
}

/** Throws `SHAPE_MISMATCH` in the name of an operator. */
export function refuseShape(node: Node, got: string, expected: string): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: `network.${node.name}`,
    got,
    expected,
    fix: 'Correct the sizes of this layer or of the one before it.',
  });
}

/** Checks the shape of one input; -1 in `expected` stands for any size. */
export function requireShape(node: Node, index: number, what: string, expected: readonly number[]): void {
  const { shape } = node.inputs[index]!;
  if (shape.length === expected.length && expected.every((size, i) => size < 0 || size === shape[i])) return;
  const wanted = expected.map((size) => (size < 0 ? 'n' : size)).join(', ');
  refuseShape(node, `${what} of shape [${shape.join(', ')}]`, `[${wanted}]`);
}
