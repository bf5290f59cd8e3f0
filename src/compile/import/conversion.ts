import type { Attributes, OpKind } from '../graph.js';

export type Config = Readonly<Record<string, unknown>>;

/** One use of a layer: what it computes from which tensors. */
export interface Call {
  readonly name: string;
  readonly type: string;
  readonly config: Config;
  readonly inputs: readonly number[];
  /** Without the batch, as the layers count dimensions. */
  readonly inputShape: readonly (number | null)[];
  /** As the graph counts dimensions. */
  readonly shape: readonly number[];
  readonly weights: readonly { readonly shape: readonly number[]; readonly data: Float32Array }[];
  readonly refuse: (got: string, expected: string) => never;
}

/** What a conversion adds to. */
export interface GraphWriter {
  /** Appends an operator and gives its output. */
  readonly op: (
    name: string,
    kind: OpKind,
    inputs: readonly number[],
    shape: readonly number[],
    attributes?: Attributes,
  ) => number;
  /** A constant of this name; the same tensor when it is asked for again. */
  readonly constant: (name: string, shape: readonly number[], data: Float32Array) => number;
  readonly shapeOf: (tensor: number) => readonly number[];
}

/** Appends what a layer computes and gives the tensor of its output. */
export type Conversion = (to: GraphWriter, call: Call) => number;
