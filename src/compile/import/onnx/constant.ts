import { show } from '../../../errors.js';
import { elements } from '../../op.js';
import { damaged, unsupported } from './problem.js';
import type { TensorMessage } from './schema.js';

/** Values known before anything runs: weights, and the shapes, axes and sizes that exporters compute in the network. */
export interface Constant {
  readonly shape: readonly number[];
  /** Real numbers as float32; whole numbers and truth values as doubles. */
  readonly data: Float32Array | Float64Array;
  /** The int8 or uint8 type of stored values. */
  readonly stored?: 'int8' | 'uint8';
  /** Scales by which int8 values were multiplied out, one or one per index of dimension `axis`; zero point 0. */
  readonly scales?: Float32Array;
  readonly axis?: number;
}

/** Largest tensor; far above what any target of this compiler holds. */
export const MAX_ELEMENTS = 2 ** 24;
const MAX_DIMENSIONS = 8;

/** Checks a shape of the file; unknown sizes have become 1 before. */
export function checkShape(where: string, shape: readonly number[]): readonly number[] {
  const good = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!good) damaged(where, `shape [${shape.join(', ')}]`, 'whole sizes from 0');
  if (shape.length > MAX_DIMENSIONS || elements(shape) > MAX_ELEMENTS) {
    const got = `shape [${shape.slice(0, MAX_DIMENSIONS).join(', ')}${shape.length > MAX_DIMENSIONS ? ', ...' : ''}]`;
    unsupported(
      where,
      got,
      `at most ${MAX_ELEMENTS} values in ${MAX_DIMENSIONS} dimensions`,
      'Export a smaller model.',
    );
  }
  return shape;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  /** Values of bytes; little-endian, as raw data is and all hosts of JavaScript engines are. */
  readonly raw: (bytes: ArrayBuffer) => ArrayLike<number>;
  /** Where values lie that are not raw. */
  readonly list: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData';
  readonly real?: true;
  readonly stored?: 'int8' | 'uint8';
}

/** By number in TensorProto.DataType. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'FLOAT', bytes: 4, raw: (b) => new Float32Array(b), list: 'floatData', real: true },
  2: { name: 'UINT8', bytes: 1, raw: (b) => new Uint8Array(b), list: 'int32Data', stored: 'uint8' },
  3: { name: 'INT8', bytes: 1, raw: (b) => new Int8Array(b), list: 'int32Data', stored: 'int8' },
  6: { name: 'INT32', bytes: 4, raw: (b) => new Int32Array(b), list: 'int32Data' },
  7: { name: 'INT64', bytes: 8, raw: (b) => Array.from(new BigInt64Array(b), Number), list: 'int64Data' },
  9: { name: 'BOOL', bytes: 1, raw: (b) => new Uint8Array(b), list: 'int32Data' },
  10: { name: 'FLOAT16', bytes: 2, raw: (b) => Array.from(new Uint16Array(b), half), list: 'int32Data', real: true },
  11: { name: 'DOUBLE', bytes: 8, raw: (b) => new Float64Array(b), list: 'doubleData', real: true },
};

/** Values of a tensor of the file. */
export function readConstant(tensor: TensorMessage, fallbackName: string): Constant {
  const where = `tensor ${show(tensor.name || fallbackName)}`;
  const { dataType = 0, dims, rawData, dataLocation = 0 } = tensor;
  const type = Object.hasOwn(TYPES, dataType) ? TYPES[dataType]! : undefined;
  if (!type) {
    const known = Object.values(TYPES).map(({ name }) => name);
    return unsupported(where, `values of type ${dataType}`, known.join(', '), 'Export the model as float32.');
  }
  if (dataLocation !== 0) {
    unsupported(
      where,
      'values in another file',
      'values in the .onnx file',
      'Save it as one file, without external data.',
    );
  }
  const shape = checkShape(where, dims);
  const count = elements(shape);
  let values: ArrayLike<number>;
  if (rawData) {
    if (rawData.length !== count * type.bytes) {
      damaged(where, `${rawData.length} bytes`, `${count * type.bytes} for its shape`);
    }
    // A copy: places in a file need not be aligned.
    values = type.raw(new Uint8Array(rawData).buffer);
  } else {
    const list = tensor[type.list];
    if (list.length !== count) damaged(where, `${list.length} values`, `${count} for its shape`);
    values = type.name === 'FLOAT16' ? list.map(half) : list;
  }
  const { real, stored } = type;
  const data = real ? Float32Array.from(values) : Float64Array.from(values);
  if (real && !data.every((v) => !Number.isNaN(v))) damaged(where, 'a value that is no number', 'numbers');
  if (stored && !data.every((v) => Number.isInteger(v) && v >= (stored === 'int8' ? -128 : 0) && v <= 255)) {
    damaged(where, `a value outside of ${stored}`, `${stored} values`);
  }
  return { shape, data, ...(stored && { stored }) };
}

/** Name of an element type, for messages. */
export function typeName(number: number): string {
  return Object.hasOwn(TYPES, number) ? TYPES[number]!.name : `type ${number}`;
}

/** IEEE 754 binary16 as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
