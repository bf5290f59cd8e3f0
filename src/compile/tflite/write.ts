import { fail } from '../../errors.js';
import { checkGraph, nodeOf } from '../check.js';
import type { Graph, Op, Quantization, Tensor, TensorData } from '../graph.js';
import { type Draft, encode } from './encode.js';
import { LABELS } from './labels.js';
import type { Buffer, Tensor as FileTensor, Metadata, Operator, OperatorCode } from './schema.js';
import { BuiltinOperator, TensorType } from './schema.js';
import { type Written, writtenAs } from './write-operator.js';

export interface WriteOptions {
  /** Names of the outputs, kept in the file's metadata. */
  readonly labels?: readonly string[];
  /** One line about the model, for people. */
  readonly description?: string;
}

/** Codes from here on do not fit the byte of old readers, which then find this one. */
const PLACEHOLDER = 127;

/**
 * Writes a float32 or int8 graph as a TensorFlow Lite model: schema version 3, one subgraph, a batch of 1 in front of
 * every activation, constants aligned to 16 bytes. int8 graphs give the same bits when they are read again. The same
 * graph always gives the same bytes.
 *
 * Sequences `[1, T, C]` become `[1, 1, T, C]`, and one-dimensional operators two-dimensional ones of height 1.
 *
 * Source: tensorflow/compiler/mlir/lite/schema/schema.fbs (version 3c); versions of operators as
 * tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc gives them.
 *
 * @throws what {@link checkGraph} throws; `UNSUPPORTED` for batch normalisation that is not folded, LSTM and GRU
 * @example
 * ```ts
 * await writeFile('kws.tflite', writeTflite(quantize(network, calibrate(network, rows))));
 * ```
 */
export function writeTflite(graph: Graph, { labels, description = 'impulsekit' }: WriteOptions = {}): Uint8Array {
  checkGraph(graph);
  const writer = new Writer(graph);
  for (const op of graph.ops) writer.add(op);
  const metadata = labels ? [writer.metadata(LABELS, JSON.stringify(labels))] : [];
  const subgraph = {
    tensors: writer.tensors,
    inputs: Int32Array.of(graph.input),
    outputs: Int32Array.of(graph.output),
    operators: writer.operators,
    name: 'main',
  };
  const { codes, buffers } = writer;
  const model = { version: 3, operatorCodes: codes, subgraphs: [subgraph], description, buffers, metadata };
  return encode('Model', model, 'TFL3');
}

/** Whether every operator of a graph has a form in TensorFlow Lite. */
export function hasTflite(graph: Graph): boolean {
  return graph.ops.every((op) => writtenAs(op, nodeOf(graph, op)) !== undefined);
}

/** Tensors keep their numbers; those that only the file has come after them. */
class Writer {
  readonly tensors: Draft<FileTensor>[] = [];
  readonly operators: Draft<Operator>[] = [];
  readonly codes: Draft<OperatorCode>[] = [];
  /** Buffer 0 is empty by convention, for tensors without data. */
  readonly buffers: Draft<Buffer>[] = [{}];
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const tensor of graph.tensors) this.#tensor(tensor);
  }

  add(op: Op): void {
    const node = nodeOf(this.#graph, op);
    const { before, ...last } = writtenAs(op, node) ?? refuse(op);
    let inputs = op.inputs;
    if (before) {
      const padded = this.#tensor({ ...node.inputs[0]!, name: `${op.name}/pad`, shape: before.shape });
      this.#operator(before, inputs.slice(0, 1), padded);
      inputs = inputs.with(0, padded);
    }
    this.#operator(last, inputs, op.output);
  }

  metadata(name: string, text: string): Draft<Metadata> {
    return { name, buffer: this.#buffer(new TextEncoder().encode(text)) };
  }

  #operator({ operator, version, options, description }: Written, inputs: readonly number[], output: number): void {
    const described = (description ?? []).map((numbers, i) => {
      return this.#tensor({ name: `${this.tensors[output]!.name}/${operator}/${i}`, dtype: 'int32', ...numbers });
    });
    this.operators.push({
      opcodeIndex: this.#code(BuiltinOperator.indexOf(operator), version),
      inputs: Int32Array.from([...inputs, ...described]),
      outputs: Int32Array.of(output),
      ...(options && { builtinOptions: options }),
    });
  }

  #code(code: number, version: number): number {
    const found = this.codes.findIndex(({ builtinCode, version: v }) => builtinCode === code && v === version);
    if (found >= 0) return found;
    return this.codes.push({ deprecatedBuiltinCode: Math.min(code, PLACEHOLDER), builtinCode: code, version }) - 1;
  }

  #tensor({ name, shape, dtype, data, quantization }: Tensor): number {
    const type = TensorType.indexOf({ f32: 'FLOAT32', int8: 'INT8', int32: 'INT32' }[dtype]);
    const file: Draft<FileTensor> = {
      name,
      shape: Int32Array.from(data ? shape : [1, ...shape]),
      type,
      buffer: data ? this.#buffer(bytesOf(data)) : 0,
      ...(quantization && { quantization: written(quantization) }),
    };
    return this.tensors.push(file) - 1;
  }

  #buffer(data: Uint8Array): number {
    return this.buffers.push({ data }) - 1;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function written({ scales, zeroPoint, axis = 0 }: Quantization) {
  return { scale: scales, zeroPoint: Array.from(scales, () => zeroPoint), quantizedDimension: axis };
}

function refuse({ name, kind }: Op): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `network.${name}`,
    got: `an operator of kind ${kind}`,
    expected: 'an operator that TensorFlow Lite has',
    fix: 'Fold batch normalisation with optimize(graph) first, pad pools with "same" or not at all, and let LSTM and GRU run as compiled.',
  });
}
