import { show } from '../../../errors.js';
import type { OpKind } from '../../graph.js';
import type { Builder } from './builder.js';
import { type Constant, readConstant } from './constant.js';
import { damaged, unsupported } from './problem.js';
import type { Attribute, NodeMessage } from './schema.js';
import type { View } from './view.js';

/** What a name of the file stands for: values known now, or values computed by the network. */
export type Value = Constant | View;

export function isConstant(value: Value): value is Constant {
  return 'data' in value;
}

/** What is needed to know about a node besides itself. */
export interface Surroundings {
  readonly graph: Builder;
  /** Version of the operator set. */
  readonly opset: number;
  /** Values of the node's inputs; absent where they are left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** Whether the node gives the output of the network. */
  readonly last: boolean;
}

/** One node of a file while it becomes part of the graph. */
export class Call {
  readonly graph: Builder;
  /** Name of the operator, e.g. `Conv`. */
  readonly operator: string;
  /** Name in the graph. */
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: number;
  readonly last: boolean;
  readonly #attributes: ReadonlyMap<string, Attribute>;

  constructor(node: NodeMessage, { graph, opset, inputs, last }: Surroundings) {
    this.graph = graph;
    this.operator = node.operator ?? '';
    this.name = graph.nameFor(node.name || node.output[0] || this.operator);
    this.opset = opset;
    this.inputs = inputs;
    this.outputs = node.output.length;
    this.last = last;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name ?? '', attribute]));
  }

  /** How errors name this node. */
  get where(): string {
    return `${this.operator} ${show(this.name)}`;
  }

  required(i: number): Value {
    return this.inputs[i] ?? damaged(this.where, `no input ${i}`, `an input ${i}`);
  }

  /** An input that the network computes, as real numbers. */
  view(i = 0): View {
    const view = this.storedView(i);
    if (this.graph.tensors[view.tensor]!.dtype === 'f32') return view;
    return this.refuse(
      'stored int8 values',
      'real numbers',
      'Export it with QuantizeLinear and DequantizeLinear around its operators.',
    );
  }

  /** An input that the network computes, as real numbers or stored values. */
  storedView(i = 0): View {
    const value = this.required(i);
    if (isConstant(value)) this.refuse(`a constant input ${i}`, 'a computed one', 'Fold constants when exporting.');
    return value;
  }

  /** An input that is known now; `undefined` when it is left out. */
  constant(i: number): Constant | undefined {
    const value = this.inputs[i];
    if (value === undefined || isConstant(value)) return value;
    return this.refuse(
      `a computed input ${i}`,
      'a constant',
      'Export it with weights and sizes that do not depend on the input.',
    );
  }

  requiredConstant(i: number): Constant {
    this.required(i);
    return this.constant(i)!;
  }

  /** Whole numbers of input `i`, or of the attribute that older operator sets have in its place. */
  integers(i: number, attribute?: string): readonly number[] | undefined {
    const constant = this.constant(i);
    if (!constant) return attribute === undefined ? undefined : this.ints(attribute);
    const values = [...constant.data];
    if (!values.every(Number.isInteger)) damaged(this.where, `input ${i} with fractions`, 'whole numbers');
    return values;
  }

  int(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return this.#attributes.get(name)?.s ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  texts(name: string): readonly string[] | undefined {
    const texts = this.#attributes.get(name)?.strings;
    return texts?.length ? texts : undefined;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#attributes.get(name)?.t;
    return tensor && readConstant(tensor, this.name);
  }

  /** A dimension counted from either end. */
  dimension(axis: number, rank: number): number {
    const d = axis < 0 ? axis + rank : axis;
    return d >= 0 && d < rank ? d : damaged(this.where, `dimension ${axis}`, `one of ${rank}`);
  }

  /** An operator on every value of a view by itself. */
  pointwise(kind: OpKind, view: View, attributes = {}, suffix = ''): View {
    const tensor = this.graph.op(kind, this.part(suffix), [view.tensor], view.sizes, attributes);
    return { ...view, tensor };
  }

  /** `factor * x + offset`. */
  affine(view: View, factor: number, offset: number, suffix: string): View {
    const { graph } = this;
    let { tensor } = view;
    const step = (kind: 'mul' | 'add', by: number): void => {
      const name = this.part(`${suffix}${kind}`);
      tensor = graph.op(kind, name, [tensor, graph.constant(`${name}/by`, [1], Float32Array.of(by))], view.sizes);
    };
    if (factor !== 1) step('mul', factor);
    if (offset !== 0) step('add', offset);
    return { ...view, tensor };
  }

  /** A name for an operator that is part of this node. */
  part(suffix: string): string {
    return suffix === '' ? this.name : this.graph.nameFor(`${this.name}/${suffix}`);
  }

  /** Throws `UNSUPPORTED` in the name of this node. */
  refuse(got: string, expected: string, fix: string): never {
    return unsupported(this.where, got, expected, fix);
  }
}
