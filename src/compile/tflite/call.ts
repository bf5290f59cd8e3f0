import { show } from '../../errors.js';
import type { Activation } from '../graph.js';
import type { Importer } from './importer.js';
import { damaged, unsupported } from './problem.js';
import { ActivationFunctionType, type BuiltinOptions, type Tables } from './schema.js';
import type { GraphShape } from './shapes.js';

const ACTIVATIONS: Readonly<Record<string, Activation>> = { NONE: 'none', RELU: 'relu', RELU6: 'relu6' };

/** One operator of a file while it becomes part of the graph. */
export class Call {
  readonly graph: Importer;
  /** Name in the schema, e.g. `CONV_2D`. */
  readonly operator: string;
  /** Name in the graph. */
  readonly name: string;
  readonly inputs: Int32Array;
  readonly output: number;
  readonly #options: BuiltinOptions | undefined;

  constructor(
    graph: Importer,
    operator: string,
    { inputs, output, options }: { inputs: Int32Array; output: number; options: BuiltinOptions | undefined },
  ) {
    this.graph = graph;
    this.operator = operator;
    this.name = graph.nameFor(output);
    this.inputs = inputs;
    this.output = output;
    this.#options = options;
  }

  /** How errors name this operator. */
  get where(): string {
    return `${this.operator} ${show(this.name)}`;
  }

  /** Number in the file of input `i`; absent when it is optional and left out. */
  input(i: number): number | undefined {
    const index = this.inputs[i] ?? -1;
    return index < 0 ? undefined : index;
  }

  required(i: number): number {
    return this.input(i) ?? damaged(this.where, `no input ${i}`, `an input ${i}`);
  }

  /** Number in the graph of a computed input. */
  activation(i = 0): number {
    const index = this.required(i);
    if (this.graph.isConstant(index)) {
      this.refuse(`a constant input ${i}`, 'a computed one', 'Fold constants when converting.');
    }
    return this.graph.activation(index, this.where);
  }

  shapeOf(i = 0): GraphShape {
    return this.graph.shapeOf(this.required(i));
  }

  get outputShape(): GraphShape {
    return this.graph.shapeOf(this.output);
  }

  /** Shape of input `i` in the file. */
  fileShape(i = 0): readonly number[] {
    return this.graph.tensor(this.required(i)).shape;
  }

  /** The type that input 0 and the output share. */
  get dtype(): 'f32' | 'int8' {
    const [from, to] = [this.required(0), this.output].map((i) => this.graph.dtypeOf(i));
    if (from !== to) this.refuse(`${from} to ${to}`, 'one type of values', 'Convert as float32, or as full int8.');
    return to!;
  }

  /** Whole numbers of a constant input. */
  integers(i: number): readonly number[] {
    return this.graph.integers(this.required(i), this.where);
  }

  /** The options, when the file has those that belong to the operator. */
  options<T extends BuiltinOptions['type']>(type: T): Tables[T] | undefined {
    if (this.#options === undefined) return undefined;
    if (this.#options.type !== type) damaged(this.where, `options ${this.#options.type}`, type);
    return this.#options.value as unknown as Tables[T];
  }

  /** As {@link options}, for operators that mean nothing without them. */
  requiredOptions<T extends BuiltinOptions['type']>(type: T): Tables[T] {
    return this.options(type) ?? damaged(this.where, 'no options', type);
  }

  activationFunction(code = 0): Activation {
    const name = ActivationFunctionType[code] ?? String(code);
    if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name]!;
    return this.refuse(
      `a fused ${name}`,
      Object.keys(ACTIVATIONS).join(', '),
      'Make the activation a layer of its own.',
    );
  }

  /** Refuses int8 outputs whose scale or zero point is not that of input `i`. */
  requireSameScale(i = 0): void {
    if (this.dtype === 'f32') return;
    const [from, to] = [this.required(i), this.output].map((index) => this.graph.tensor(index).quantization!);
    if (from!.scales[0] === to!.scales[0] && from!.zeroPoint === to!.zeroPoint) return;
    this.refuse(
      `scale ${from!.scales[0]} to ${to!.scales[0]}, zero point ${from!.zeroPoint} to ${to!.zeroPoint}`,
      'one scale and zero point for inputs and output',
      'Convert it again with the TensorFlow Lite converter, which gives them one scale.',
    );
  }

  /** Refuses int8 outputs of another scale and zero point than the operator's own. */
  requireScale(scale: number, zeroPoint: number): void {
    if (this.dtype === 'f32') return;
    const { quantization } = this.graph.tensor(this.output);
    if (quantization!.scales[0] === Math.fround(scale) && quantization!.zeroPoint === zeroPoint) return;
    this.refuse(
      `output scale ${quantization!.scales[0]}, zero point ${quantization!.zeroPoint}`,
      `scale ${scale}, zero point ${zeroPoint}`,
      'Convert it again with the TensorFlow Lite converter.',
    );
  }

  /** Throws `UNSUPPORTED` in the name of this operator. */
  refuse(got: string, expected: string, fix: string): never {
    return unsupported(this.where, got, expected, fix);
  }
}
