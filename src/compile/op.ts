import type { Work } from '../cost.js';
import type { CppFile, CppTable } from '../cpp.js';
import { fail } from '../errors.js';
import type { Activation, Attributes, Op, OpKind, Tensor, TensorData } from './graph.js';

/** An operator with its tensors looked up. */
export interface Node {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: Attributes;
}

/** A member of a const descriptor: an int32, a float, a pointer to a table, or a nested struct. */
export type Field = number | { readonly float: number } | CppTable | readonly Field[];

/** One call in an emitted network: `function(descriptor, inputs..., output)`. */
export interface Wiring {
  readonly header: CppFile;
  /** Name in `impulsekit::nn`. */
  readonly function: string;
  /** Struct in `impulsekit::nn` of which the call gets a const instance. */
  readonly descriptor: string;
  readonly fields: readonly Field[];
}

/** What an operator does for one type of input. */
export interface Implementation {
  /** Makes the tables once and returns the function that computes `output` from `inputs`. */
  // biome-ignore lint/suspicious/noExplicitAny: the arrays have the types of the node's tensors
  readonly prepare: (node: Node, inputs: any[], output: any) => () => void;
  readonly work: (node: Node) => Work;
  readonly cpp: (node: Node) => Wiring;
  /** Machine code for Cortex-M4F at -Os, measured: the kernel's own, and helpers that kernels share. */
  readonly codeBytes: Readonly<Record<string, number>>;
}

/** How an int8 network stores an operator's output: by its calibrated range, like its input, or with a fixed scale. */
export type OutputQuantization = 'calibrated' | 'as input' | { readonly scale: number; readonly zeroPoint: number };

/** One operator, declared as data. Adding one is a folder and a line in `ops/index.ts`. */
export interface OpDefinition {
  /** One entry per input: computed by the network, or constant. */
  readonly inputs: readonly ('activation' | 'constant')[];
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
  /** The output is the input under another shape: no work, no code, no bytes. */
  readonly alias?: boolean;
  /** The output may be written over an input of the same size that is not needed afterwards. */
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
