/**
 * Just enough of the .tflite format to run the reference models in the tests of this folder; it trusts its input and
 * is no importer.
 */
import type { Activation, Attributes, Graph, Op, OpKind, Tensor, TensorData } from '../graph.js';

/** A table of the flatbuffer format: fields are found by their number in the schema. */
class Table {
  constructor(
    readonly view: DataView,
    readonly at: number,
  ) {}

  private field(id: number): number {
    const table = this.at - this.view.getInt32(this.at, true);
    const entry = 4 + 2 * id;
    const offset = entry < this.view.getUint16(table, true) ? this.view.getUint16(table + entry, true) : 0;
    return offset && this.at + offset;
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  byte(id: number): number {
    const at = this.field(id);
    return at ? this.view.getInt8(at) : 0;
  }

  int(id: number, otherwise = 0): number {
    const at = this.field(id);
    return at ? this.view.getInt32(at, true) : otherwise;
  }

  table(id: number): Table | undefined {
    const at = this.field(id);
    return at ? new Table(this.view, this.follow(at)) : undefined;
  }

  /** Length of a vector and where its elements start. */
  vector(id: number): { length: number; start: number } {
    const at = this.field(id);
    if (!at) return { length: 0, start: 0 };
    const vector = this.follow(at);
    return { length: this.view.getUint32(vector, true), start: vector + 4 };
  }

  ints(id: number, bytes = 4): number[] {
    const { length, start } = this.vector(id);
    return Array.from({ length }, (_, i) => this.view.getInt32(start + i * bytes, true));
  }

  floats(id: number): Float32Array {
    const { length, start } = this.vector(id);
    return Float32Array.from({ length }, (_, i) => this.view.getFloat32(start + 4 * i, true));
  }

  tables(id: number): Table[] {
    const { length, start } = this.vector(id);
    return Array.from({ length }, (_, i) => new Table(this.view, this.follow(start + 4 * i)));
  }
}

const KINDS: Readonly<Record<number, OpKind>> = {
  0: 'add',
  1: 'averagePool2d',
  3: 'conv2d',
  4: 'depthwiseConv2d',
  9: 'dense',
  17: 'maxPool2d',
  22: 'reshape',
  25: 'softmax',
};
const ACTIVATIONS: Readonly<Record<number, Activation>> = { 0: 'none', 1: 'relu', 3: 'relu6' };
const TYPES = {
  0: { dtype: 'f32', type: Float32Array },
  2: { dtype: 'int32', type: Int32Array },
  9: { dtype: 'int8', type: Int8Array },
} as const;

function windowAttributes(options: Table): Attributes {
  return { padding: options.byte(0) === 0 ? 'same' : 'valid', strides: [options.int(2), options.int(1)] };
}

function attributesOf(kind: OpKind, options: Table | undefined): Attributes {
  if (!options) return {};
  const activation = (id: number): Attributes => ({ activation: ACTIVATIONS[options.byte(id)]! });
  const dilations = (id: number): Attributes => ({ dilations: [options.int(id + 1, 1), options.int(id, 1)] });
  if (kind === 'conv2d') return { ...windowAttributes(options), ...activation(3), ...dilations(4) };
  if (kind === 'depthwiseConv2d') return { ...windowAttributes(options), ...activation(4), ...dilations(5) };
  if (kind === 'averagePool2d')
    return { ...windowAttributes(options), ...activation(5), pool: [options.int(4), options.int(3)] };
  return kind === 'dense' || kind === 'add' ? activation(0) : {};
}

/** The network in a .tflite file. */
export function readModel(bytes: Uint8Array): Graph {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const model = new Table(view, view.getUint32(0, true));
  const [subgraph] = model.tables(2) as [Table];
  const buffers = model.tables(4);
  const constant = (index: number, type: (typeof TYPES)[keyof typeof TYPES]['type']): TensorData | undefined => {
    const { length, start } = buffers[index]!.vector(0);
    if (length === 0) return undefined;
    const from = view.byteOffset + start;
    return new type(view.buffer.slice(from, from + length) as ArrayBuffer);
  };
  const weights = new Set(subgraph.tables(3).flatMap((op) => op.ints(1).slice(1)));
  const tensors = subgraph.tables(0).map((tensor, i): Tensor => {
    const { dtype, type } = TYPES[tensor.byte(1) as keyof typeof TYPES];
    const data = constant(tensor.int(2), type);
    const shape = tensor.ints(0);
    const quantization = tensor.table(4);
    const scales = quantization?.floats(2) ?? new Float32Array();
    return {
      name: `tensor ${i}`,
      shape: weights.has(i) && data ? shape : shape.slice(1),
      dtype,
      ...(data && { data }),
      ...(scales.length > 0 && { quantization: { scales, zeroPoint: quantization!.ints(3, 8)[0]! } }),
    };
  });
  const codes = model.tables(1).map((code) => Math.max(code.byte(0), code.int(3)));
  const ops = subgraph.tables(3).map((op, i): Op => {
    const kind = KINDS[codes[op.int(0)]!]!;
    const inputs = kind === 'reshape' ? op.ints(1).slice(0, 1) : op.ints(1);
    return { kind, name: `${kind} ${i}`, inputs, output: op.ints(2)[0]!, attributes: attributesOf(kind, op.table(4)) };
  });
  return { tensors, ops, input: subgraph.ints(1)[0]!, output: subgraph.ints(2)[0]! };
}
