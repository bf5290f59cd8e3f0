/** Small .tflite files made by hand, for the tests of the reader. */
import { random } from '../../random.js';
import { type Draft, encode } from '../tflite/encode.js';
import { BuiltinOperator, type BuiltinOptions, type Model, TensorType } from '../tflite/schema.js';

export interface CraftedTensor {
  readonly name?: string;
  readonly shape: readonly number[];
  /** Name of the type in the schema, default FLOAT32. */
  readonly type?: string;
  readonly data?: ArrayBufferView;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly axis?: number;
}

export interface CraftedOperator {
  readonly operator: string;
  readonly version?: number;
  readonly customCode?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Draft<BuiltinOptions>;
}

/** A file of these tensors and operators; tensor 0 is the input and the last output of the last operator the output. */
export function crafted(
  tensors: readonly CraftedTensor[],
  operators: readonly CraftedOperator[],
  changes: Draft<Model> = {},
): Uint8Array {
  const buffers = [{}, ...tensors.map(({ data }) => (data ? { data: bytesOf(data) } : {}))];
  const subgraph = {
    tensors: tensors.map(({ name, shape, type = 'FLOAT32', scales, zeroPoints = [0], axis = 0 }, i) => ({
      name: name ?? `t${i}`,
      shape: Int32Array.from(shape),
      type: TensorType.indexOf(type),
      buffer: i + 1,
      ...(scales && {
        quantization: { scale: Float32Array.from(scales), zeroPoint: zeroPoints, quantizedDimension: axis },
      }),
    })),
    inputs: Int32Array.of(0),
    outputs: Int32Array.of(operators.at(-1)!.outputs.at(-1)!),
    operators: operators.map(({ inputs, outputs, options }, i) => ({
      opcodeIndex: i,
      inputs: Int32Array.from(inputs),
      outputs: Int32Array.from(outputs),
      ...(options && { builtinOptions: options }),
    })),
  };
  const operatorCodes = operators.map(({ operator, version = 1, customCode }) => {
    const builtinCode = BuiltinOperator.indexOf(operator);
    return {
      builtinCode,
      deprecatedBuiltinCode: Math.min(builtinCode, 127),
      version,
      ...(customCode && { customCode }),
    };
  });
  return encode('Model', { version: 3, operatorCodes, subgraphs: [subgraph], buffers, ...changes }, 'TFL3');
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes that are not weights: where damage does harm. Ranges of constants of 64 bytes and more are left out. */
function fragile(bytes: Uint8Array, constants: readonly Uint8Array[]): Int32Array {
  const mask = new Uint8Array(bytes.length).fill(1);
  for (const { byteOffset, byteLength } of constants) {
    const at = byteOffset - bytes.byteOffset;
    if (byteLength >= 64) mask.fill(0, at, at + byteLength);
  }
  return Int32Array.from(mask.keys()).filter((i) => mask[i] === 1);
}

/** Seeded damage to a file: bits flipped, bytes and words overwritten, cut off; mostly outside of its weights. */
export function* mutations(
  bytes: Uint8Array,
  constants: readonly Uint8Array[],
  count: number,
  seed: number,
): Generator<Uint8Array> {
  const { below, pick } = random(seed);
  const places = fragile(bytes, constants);
  const place = (): number => (below(20) === 0 ? below(bytes.length) : pick(places as unknown as number[]));
  const words = [
    0,
    1,
    2,
    0x7f,
    0xff,
    0x100,
    0xffff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    bytes.length,
    bytes.length - 4,
  ];
  for (let i = 0; i < count; i++) {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    const cut = below(25) === 0 ? below(bytes.length + 1) : bytes.length;
    for (let n = 1 + (below(3) === 0 ? below(8) : 0); n > 0; n--) {
      const at = place();
      const way = below(4);
      if (way === 0) copy[at]! ^= 1 << below(8);
      else if (way === 1) copy[at] = below(256);
      else if (way === 2) view.setUint32(Math.min(at & ~3, bytes.length - 4), pick(words), true);
      else view.setInt32(Math.min(at & ~3, bytes.length - 4), below(bytes.length), true);
    }
    yield copy.subarray(0, cut);
  }
}
