import { show } from '../../errors.js';
import type { Attributes, Graph, Op, OpKind, Quantization, Tensor, TensorData } from '../graph.js';
import { elements } from '../op.js';
import { damaged, unsupported } from './problem.js';
import type { Model } from './schema.js';
import { type GraphShape, graphShape } from './shapes.js';
import { type FileTensor, readTensor, typeAdvice, valuesOf } from './tensors.js';

/** All values that activations and weights may have together: a bound on the work a small file can ask for. */
const MAX_VALUES = 2 ** 26;

/** Larger quotients of scales come from damage, and overflow the fixed point of the kernels. */
const MAX_FACTOR = 2 ** 15;

/** The graph of a file, tensor by tensor and operator by operator. Numbers of tensors are the file's unless said otherwise. */
export class Importer {
  readonly tensors: Tensor[] = [];
  readonly ops: Op[] = [];
  readonly #model: Model;
  readonly #read = new Map<number, FileTensor>();
  readonly #values = new Map<number, TensorData>();
  /** Numbers in the graph: of activations by number in the file, of constants by the key they were added under. */
  readonly #activations = new Map<number, number>();
  readonly #constants = new Map<string, number>();
  /** Constants that an operator computes from constants. */
  readonly #folded = new Map<number, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  readonly #names = new Set<string>();
  #allowance = MAX_VALUES;

  constructor(model: Model) {
    this.#model = model;
  }

  /** A tensor of the file, checked. */
  tensor(index: number): FileTensor {
    const tensor = this.#read.get(index) ?? readTensor(this.#model, index);
    this.#read.set(index, tensor);
    return tensor;
  }

  /** Whether a tensor is known before anything runs. */
  isConstant(index: number): boolean {
    return !this.#activations.has(index) && (this.#folded.has(index) || this.tensor(index).bytes !== undefined);
  }

  /** Makes a tensor of the file an activation of the graph and returns its number there. */
  declare(index: number): number {
    const { name, quantization } = this.tensor(index);
    if (this.#activations.has(index)) damaged(`tensor ${show(name)}`, 'two operators that compute it', 'one');
    const dtype = this.dtypeOf(index);
    const tensor = {
      name,
      shape: this.shapeOf(index).shape,
      dtype,
      ...(dtype === 'int8' && { quantization: quantization! }),
    };
    const number = this.#add(tensor);
    this.#activations.set(index, number);
    return number;
  }

  shapeOf(index: number): GraphShape {
    const { name, shape } = this.tensor(index);
    return graphShape(name, shape);
  }

  /** Type of an activation; int8 has one scale and a zero point of its range. */
  dtypeOf(index: number): 'f32' | 'int8' {
    const { name, type, quantization } = this.tensor(index);
    const where = `tensor ${show(name)}`;
    if (type === 'FLOAT32') return 'f32';
    if (type !== 'INT8') unsupported(where, `values of type ${type}`, 'FLOAT32 or INT8', typeAdvice(type));
    if (quantization?.scales.length !== 1) damaged(where, `${quantization?.scales.length ?? 'no'} scales`, 'one scale');
    const { zeroPoint } = quantization;
    if (zeroPoint < -128 || zeroPoint > 127) damaged(where, `zero point ${zeroPoint}`, 'one from -128 to 127');
    return 'int8';
  }

  /** Number in the graph of a tensor that the network computes. */
  activation(index: number, operator: string): number {
    return (
      this.#activations.get(index) ?? damaged(operator, `input ${index} before it is computed`, 'a computed tensor')
    );
  }

  /** Values of a constant as stored; float16 as float32. */
  values(index: number): TensorData {
    const folded = this.#folded.get(index)?.data ?? this.#values.get(index);
    if (folded) return folded;
    const tensor = this.tensor(index);
    this.#spend(elements(tensor.shape));
    const values = valuesOf(tensor);
    this.#values.set(index, values);
    return values;
  }

  /** Values of a constant as float32: stored int8 multiplied out. */
  floats(index: number): Float32Array {
    const values = this.values(index);
    if (values instanceof Float32Array) return values;
    const { name, shape, quantization } = this.tensor(index);
    if (!(values instanceof Int8Array) || !quantization) {
      damaged(`tensor ${show(name)}`, 'whole numbers without a scale', 'float32 values');
    }
    this.#spend(values.length);
    const floats = multipliedOut(values, shape, quantization);
    this.#folded.set(index, { shape, data: floats });
    return floats;
  }

  /** Small whole numbers that are part of an operator's description: axes, sizes, paddings. */
  integers(index: number, operator: string): readonly number[] {
    if (!this.isConstant(index)) {
      unsupported(
        operator,
        'a description that is computed at run time',
        'a constant',
        'Convert it with fixed shapes.',
      );
    }
    const values = this.values(index);
    if (!(values instanceof Int32Array)) damaged(operator, 'a description of another type', 'int32');
    return [...values];
  }

  /** Lets a tensor of the file stand for values known now. */
  fold(index: number, data: Float32Array): void {
    const { name, shape } = this.tensor(index);
    if (elements(shape) !== data.length) damaged(`tensor ${show(name)}`, `${data.length} values`, `${elements(shape)}`);
    this.#folded.set(index, { shape, data });
  }

  /** Adds a constant once per key and returns its number in the graph. */
  constant(key: string, make: () => Tensor): number {
    const number = this.#constants.get(key) ?? this.#add(make());
    this.#constants.set(key, number);
    return number;
  }

  /** The same values under another shape; `input` and the result are numbers of the graph. */
  reshaped(input: number, shape: readonly number[], name: string): number {
    const from = this.tensors[input]!;
    if (from.shape.join() === shape.join()) return input;
    const output = this.#add({ ...from, name: `${name}/reshape`, shape });
    this.#emit('reshape', `${name}/reshape`, [input], output, {});
    return output;
  }

  /**
   * Adds an operator that computes tensor `index` of the file. When its own result has another shape than the file
   * says, a reshape follows. `factor` is the largest quotient of scales of an int8 operator.
   */
  add(
    index: number,
    op: {
      kind: OpKind;
      name: string;
      inputs: readonly number[];
      attributes?: Attributes;
      shape?: readonly number[];
      factor?: number;
    },
  ): void {
    const { kind, name, inputs, attributes = {} } = op;
    const output = this.declare(index);
    const declared = this.tensors[output]!;
    const { shape = declared.shape, factor = this.#largestFactor(inputs, declared) } = op;
    if (!(factor < MAX_FACTOR)) {
      unsupported(
        name,
        `scales with a quotient of ${factor}`,
        `less than ${MAX_FACTOR}`,
        'Quantise it over its real range.',
      );
    }
    const same = shape.join() === declared.shape.join();
    const result = same ? output : this.#add({ ...declared, name: `${name}/raw`, shape });
    this.#emit(kind, name, inputs, result, attributes);
    if (!same) this.#emit('reshape', `${name}/reshape`, [result], output, {});
  }

  /** The finished graph. */
  graph(input: number, output: number): Graph {
    const { tensors, ops } = this;
    return { tensors, ops, input: this.activation(input, 'output'), output: this.activation(output, 'output') };
  }

  /** A name for an operator from the tensor it computes: short, unique, letters, digits and `_ . / -`. */
  nameFor(index: number): string {
    const parts = this.tensor(index).name.split(';', 1)[0]!.split('/');
    const base =
      parts
        .slice(-2)
        .join('/')
        .replace(/[^\w./-]/g, '_')
        .replace(/\/{2,}/g, '/')
        .slice(-40) || 'op';
    let name = base;
    for (let i = 2; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  #largestFactor(inputs: readonly number[], output: Tensor): number {
    if (!output.quantization) return 0;
    const scales = inputs.flatMap((i) =>
      this.tensors[i]!.dtype === 'int8' ? [this.tensors[i]!.quantization!.scales[0]!] : [],
    );
    return Math.max(0, ...scales) / output.quantization.scales[0]!;
  }

  #emit(kind: OpKind, name: string, inputs: readonly number[], output: number, attributes: Attributes): void {
    this.ops.push({ kind, name, inputs, output, attributes });
  }

  #add(tensor: Tensor): number {
    this.#spend(elements(tensor.shape));
    return this.tensors.push(tensor) - 1;
  }

  #spend(values: number): void {
    this.#allowance -= values;
    if (this.#allowance < 0) {
      unsupported('file', 'more values than fit', `${MAX_VALUES} in all tensors`, 'Convert a smaller model.');
    }
  }
}

function multipliedOut(
  values: Int8Array,
  shape: readonly number[],
  { scales, zeroPoint, axis = 0 }: Quantization,
): Float32Array {
  const floats = new Float32Array(values.length);
  const inner = scales.length === 1 ? values.length : elements(shape.slice(axis + 1));
  for (let i = 0; i < floats.length; i++) {
    floats[i] = (values[i]! - zeroPoint) * scales[Math.floor(i / inner) % scales.length]!;
  }
  return floats;
}
