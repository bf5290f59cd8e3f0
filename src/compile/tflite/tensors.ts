import { show } from '../../errors.js';
import type { Quantization, TensorData } from '../graph.js';
import { elements } from '../op.js';
import { damaged, unsupported } from './problem.js';
import { type Model, TensorType } from './schema.js';

/** A tensor of the file, checked; its shape is the file's, with a dynamic batch as 1. */
export interface FileTensor {
  /** As written in the file, without control characters, at most 200 characters. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Name of its type in the schema. */
  readonly type: string;
  readonly quantization?: Quantization;
  /** Zero points of a tensor with many scales differ. */
  readonly mixedZeroPoints: boolean;
  /** Bytes of a constant. */
  readonly bytes?: Uint8Array;
}

/** Largest activation; far above what any target of this compiler holds. */
const MAX_ELEMENTS = 2 ** 24;

/** Reads and checks tensor `index` of the first subgraph. */
export function readTensor({ subgraphs, buffers }: Model, index: number): FileTensor {
  const given = subgraphs[0]!.tensors[index] ?? damaged('operator', `tensor ${index}`, 'a tensor of the file');
  const name = readable(given.name) || `tensor ${index}`;
  const where = `tensor ${show(name)}`;
  const type = TensorType[given.type] ?? damaged(where, `type ${given.type}`, 'a type of the schema');
  const { buffer: number, quantization: q } = given;
  if (given.isVariable) {
    unsupported(
      where,
      'a variable',
      'a network without memory',
      'Export the model without state, one window at a time.',
    );
  }
  if (given.sparsity) unsupported(where, 'sparse weights', 'dense ones', 'Convert the model without sparsity.');
  if (q?.details) unsupported(where, 'custom quantisation', 'scales and zero points', 'Convert it as full int8.');
  const buffer = buffers[number] ?? damaged(where, `buffer ${number}`, `one of ${buffers.length}`);
  if (buffer.offset > 1) {
    unsupported(where, 'data outside of the flatbuffer', 'a file below 2 GB', 'Convert a smaller model.');
  }
  const shape = shapeOf(where, [...given.shape]);
  const zeroPoints = q?.zeroPoint ?? [];
  return {
    name,
    shape,
    type,
    mixedZeroPoints: zeroPoints.some((zero) => zero !== zeroPoints[0]),
    ...(q &&
      q.scale.length > 0 && { quantization: quantizationOf(where, shape, q.scale, zeroPoints, q.quantizedDimension) }),
    ...(buffer.data.length > 0 && { bytes: buffer.data }),
  };
}

function readable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return name.slice(0, 200).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '');
}

function shapeOf(where: string, given: readonly number[]): readonly number[] {
  const shape = given.map((size, i) => (i === 0 && size === -1 ? 1 : size));
  if (shape.some((size) => size < 1)) {
    unsupported(
      where,
      `shape [${shape.join(', ')}]`,
      'fixed sizes of at least 1',
      'Convert it with a fixed input shape.',
    );
  }
  if (shape.length > 8 || elements(shape) > MAX_ELEMENTS) {
    unsupported(where, `shape [${shape.join(', ')}]`, `at most ${MAX_ELEMENTS} values`, 'Convert a smaller model.');
  }
  return shape;
}

function quantizationOf(
  where: string,
  shape: readonly number[],
  scales: Float32Array,
  zeroPoints: readonly number[],
  axis: number,
): Quantization {
  const bad = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (bad !== undefined) damaged(where, `a scale of ${bad}`, 'finite scales above 0');
  const [zeroPoint = 0] = zeroPoints;
  if (!zeroPoints.every(Number.isSafeInteger)) damaged(where, `zero point ${zeroPoint}`, 'a whole number');
  if (![0, 1, scales.length].includes(zeroPoints.length)) {
    damaged(where, `${zeroPoints.length} zero points`, `one for each of ${scales.length} scales`);
  }
  if (scales.length === 1) return { scales, zeroPoint };
  if (shape[axis] !== scales.length) {
    damaged(where, `${scales.length} scales`, `one for each index of dimension ${axis} of [${shape.join(', ')}]`);
  }
  return { scales, zeroPoint, axis };
}

const READERS: Readonly<Record<string, { bytes: number; read: (bytes: ArrayBuffer) => TensorData }>> = {
  FLOAT32: { bytes: 4, read: (bytes) => new Float32Array(bytes) },
  FLOAT16: { bytes: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes), half) },
  INT8: { bytes: 1, read: (bytes) => new Int8Array(bytes) },
  INT32: { bytes: 4, read: (bytes) => new Int32Array(bytes) },
};

/** Values of a constant; float16 as float32. */
export function valuesOf({ name, shape, type, bytes }: FileTensor): TensorData {
  const where = `tensor ${show(name)}`;
  const reader = READERS[type];
  if (!reader) unsupported(where, `constants of type ${type}`, Object.keys(READERS).join(', '), typeAdvice(type));
  if (!bytes) damaged(where, 'no data', 'a constant');
  const expected = elements(shape) * reader.bytes;
  if (bytes.length !== expected) damaged(where, `${bytes.length} bytes`, `${expected} for its shape`);
  // A copy: places in a file need not be aligned. Files and all hosts of JavaScript engines are little-endian.
  const values = reader.read(new Uint8Array(bytes).buffer);
  if (values instanceof Float32Array && !allFinite(values))
    damaged(where, 'a weight that is not finite', 'finite weights');
  return values;
}

function allFinite(values: Float32Array): boolean {
  // A sum of finite float32 values stays finite as a double.
  let sum = 0;
  for (const value of values) sum += value;
  return Number.isFinite(sum);
}

/** IEEE 754 binary16 as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** What to do about a type of activations or constants that has no kernels. */
export function typeAdvice(type: string): string {
  if (type === 'UINT8')
    return 'Convert as full int8: target_spec.supported_ops TFLITE_BUILTINS_INT8, inference types tf.int8.';
  if (type === 'INT16') return 'Convert with int8 instead of int16 activations.';
  return 'Convert as float32, or as full int8 with inference types tf.int8.';
}
