import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { damaged } from './problem.js';

/**
 * What is read of the messages of ONNX: field numbers and types of the public onnx.proto3 (github.com/onnx/onnx), IR
 * version 3 to 11. Other fields are skipped. Whole numbers of 64 bits are read as numbers: above 2^53 only the size
 * counts, as in the ends of slices.
 */
type FieldType = 'int' | 'float' | 'double' | 'text' | 'bytes' | keyof Messages;

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: true;
}

export interface Messages {
  readonly Model: Model;
  readonly OperatorSet: OperatorSet;
  readonly Graph: GraphMessage;
  readonly Node: NodeMessage;
  readonly Attribute: Attribute;
  readonly Tensor: TensorMessage;
  readonly Value: ValueMessage;
  readonly Type: { readonly tensor?: TypeTensor };
  readonly TypeTensor: TypeTensor;
  readonly Shape: { readonly dim: readonly Dimension[] };
  readonly Dimension: Dimension;
}

export interface Model {
  readonly irVersion?: number;
  readonly producer?: string;
  readonly opset: readonly OperatorSet[];
  readonly graph?: GraphMessage;
}

interface OperatorSet {
  readonly domain?: string;
  readonly version?: number;
}

export interface GraphMessage {
  readonly node: readonly NodeMessage[];
  readonly initializer: readonly TensorMessage[];
  readonly input: readonly ValueMessage[];
  readonly output: readonly ValueMessage[];
  readonly sparseInitializer: readonly Uint8Array[];
}

export interface NodeMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly operator?: string;
  readonly domain?: string;
  readonly attribute: readonly Attribute[];
}

export interface Attribute {
  readonly name?: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: string;
  readonly t?: TensorMessage;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
}

export interface TensorMessage {
  readonly name?: string;
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly doubleData: readonly number[];
  readonly rawData?: Uint8Array;
  /** 1 for values in another file. */
  readonly dataLocation?: number;
}

export interface ValueMessage {
  readonly name?: string;
  readonly type?: { readonly tensor?: TypeTensor };
}

interface TypeTensor {
  readonly elementType?: number;
  readonly shape?: { readonly dim: readonly Dimension[] };
}

interface Dimension {
  readonly value?: number;
  readonly parameter?: string;
}

const one = (name: string, type: FieldType): Field => ({ name, type });
const many = (name: string, type: FieldType): Field => ({ name, type, repeated: true });

const MESSAGES: { readonly [name in keyof Messages]: Readonly<Record<number, Field>> } = {
  Model: {
    1: one('irVersion', 'int'),
    2: one('producer', 'text'),
    7: one('graph', 'Graph'),
    8: many('opset', 'OperatorSet'),
  },
  OperatorSet: { 1: one('domain', 'text'), 2: one('version', 'int') },
  Graph: {
    1: many('node', 'Node'),
    5: many('initializer', 'Tensor'),
    11: many('input', 'Value'),
    12: many('output', 'Value'),
    15: many('sparseInitializer', 'bytes'),
  },
  Node: {
    1: many('input', 'text'),
    2: many('output', 'text'),
    3: one('name', 'text'),
    4: one('operator', 'text'),
    5: many('attribute', 'Attribute'),
    7: one('domain', 'text'),
  },
  Attribute: {
    1: one('name', 'text'),
    2: one('f', 'float'),
    3: one('i', 'int'),
    4: one('s', 'text'),
    5: one('t', 'Tensor'),
    7: many('floats', 'float'),
    8: many('ints', 'int'),
    9: many('strings', 'text'),
  },
  Tensor: {
    1: many('dims', 'int'),
    2: one('dataType', 'int'),
    4: many('floatData', 'float'),
    5: many('int32Data', 'int'),
    7: many('int64Data', 'int'),
    8: one('name', 'text'),
    9: one('rawData', 'bytes'),
    10: many('doubleData', 'double'),
    14: one('dataLocation', 'int'),
  },
  Value: { 1: one('name', 'text'), 2: one('type', 'Type') },
  Type: { 1: one('tensor', 'TypeTensor') },
  TypeTensor: { 1: one('elementType', 'int'), 2: one('shape', 'Shape') },
  Shape: { 1: many('dim', 'Dimension') },
  Dimension: { 1: one('value', 'int'), 2: one('parameter', 'text') },
};

/**
 * Reads the bytes of a model.
 *
 * @throws `BAD_FILE` when they are no protobuf message of this form
 */
export function decodeModel(bytes: Uint8Array): Model {
  try {
    return message(bytes, 'Model') as Model;
  } catch (cause) {
    return damaged('file', cause instanceof Error ? cause.message : String(cause), 'a protobuf message of ONNX');
  }
}

// The messages do not contain themselves, so that the depth is bounded by the table above.
function message(bytes: Uint8Array, name: keyof Messages): unknown {
  const fields = MESSAGES[name];
  const result: Record<string, unknown> = {};
  for (const field of Object.values(fields)) if (field.repeated) result[field.name] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = Object.hasOwn(fields, number) ? fields[number]! : undefined;
    if (!field || !accepts(field, wire)) reader.skip(wire, number);
    else if (!field.repeated) result[field.name] = value(reader, field.type);
    else readInto(result[field.name] as unknown[], reader, field.type, wire);
  }
  return result;
}

const WIRES: Readonly<Record<string, WireType>> = {
  int: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
};

function accepts({ type, repeated }: Field, wire: WireType): boolean {
  const own = WIRES[type] ?? WireType.LengthDelimited;
  return wire === own || (repeated === true && wire === WireType.LengthDelimited);
}

/** One more value of a repeated field, or a run of packed numbers. */
function readInto(list: unknown[], reader: BinaryReader, type: FieldType, wire: WireType): void {
  if (wire !== WireType.LengthDelimited || !Object.hasOwn(WIRES, type)) {
    list.push(value(reader, type));
    return;
  }
  const packed = new BinaryReader(reader.bytes());
  while (packed.pos < packed.len) list.push(value(packed, type));
}

function value(reader: BinaryReader, type: FieldType): unknown {
  if (type === 'int') return Number(reader.int64());
  if (type === 'float') return reader.float();
  if (type === 'double') return reader.double();
  if (type === 'text') return reader.string();
  const bytes = reader.bytes();
  return type === 'bytes' ? bytes : message(bytes, type);
}
