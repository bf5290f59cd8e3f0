import { show } from '../../../errors.js';
import type { Attributes, Graph, Op, OpKind, Quantization, Tensor } from '../../graph.js';
import { elements } from '../../op.js';
import type { Constant } from './constant.js';
import { damaged, readable, unsupported } from './problem.js';
import { everyDimension, partsOf, regrouped, rises, type View } from './view.js';

/** All values that activations and weights may have together: a bound on the work a small file can ask for. */
const MAX_VALUES = 2 ** 26;
/** Dimensions that one transpose moves at most. */
const MAX_MOVING = 3;

/** The stored form of an int8 activation. */
export type Stored = Pick<Tensor, 'dtype' | 'quantization'>;

/** The graph of a file, as it grows operator by operator. */
export class Builder {
  readonly tensors: Tensor[] = [];
  readonly ops: Op[] = [];
  readonly #names = new Set<string>();
  /** Rearranged tensors by what they are made of. */
  readonly #arranged = new Map<string, number>();
  #allowance = MAX_VALUES;

  /** The finished graph. */
  graph(input: number, output: number): Graph {
    return { tensors: this.tensors, ops: this.ops, input, output };
  }

  /** Adds an activation and gives its view, as {@link result} does. */
  input(name: string, shape: readonly number[], groups: readonly (readonly number[])[]): View {
    const sizes = groups.map((group) => elements(group.map((d) => shape[d]!)));
    return this.result(this.#add({ name: readable(name), shape: sizes, dtype: 'f32' }), shape, groups, name);
  }

  /** Appends an operator and gives the number of its output. */
  op(
    kind: OpKind,
    name: string,
    inputs: readonly number[],
    shape: readonly number[],
    attributes: Attributes = {},
    stored?: Stored,
  ): number {
    const { dtype, quantization } = stored ?? this.tensors[inputs.find((i) => !this.tensors[i]!.data)!]!;
    const output = this.#add({ name, shape, dtype, ...(dtype === 'int8' && { quantization: quantization! }) });
    this.ops.push({ kind, name, inputs, output, attributes });
    return output;
  }

  /** Adds float32 values and gives their number. */
  constant(name: string, shape: readonly number[], data: Float32Array, quantization?: Quantization): number {
    if (!data.every(Number.isFinite)) damaged(`tensor ${show(name)}`, 'a weight that is not finite', 'finite weights');
    return this.#add({ name, shape, dtype: 'f32', data, ...(quantization && { quantization }) });
  }

  /** Counts values that are computed while reading. */
  spend({ data }: Constant): void {
    this.#spend(data.length);
  }

  /**
   * Number of a tensor with a view's values whose dimension `i` holds the dimensions `groups[i]` of ONNX; dimensions
   * that are not named have size 1.
   */
  arrange(view: View, groups: readonly (readonly number[])[], name: string): number {
    const named = groups.flat();
    const rest = everyDimension(view).filter((d) => !named.includes(d) && view.shape[d] !== 1);
    if (rest.length > 0) {
      const got = `shape [${view.shape.join(', ')}]`;
      unsupported(name, got, `size 1 of dimension ${rest[0]}`, 'Export the model with a batch of 1.');
    }
    const shape = groups.map((group) => elements(group.map((d) => view.shape[d]!)));
    return this.reshape(this.#moved(view, partsOf(view, named), name), shape, name);
  }

  /** The view of a tensor whose dimension `i` holds the dimensions `groups[i]` of `shape`; others have size 1. */
  result(tensor: number, shape: readonly number[], groups: readonly (readonly number[])[], name: string): View {
    const flat = groups.flatMap((group) => (group.length === 0 ? [-1] : group));
    const sizes = flat.map((d) => (d < 0 ? 1 : shape[d]!));
    const axes = shape.map((_, d) => (flat.includes(d) ? [flat.indexOf(d)] : []));
    return { shape, axes, sizes, tensor: this.reshape(tensor, sizes, name) };
  }

  /** A view under another shape; values move where dimensions are not stored in the order of ONNX. */
  regroup(view: View, shape: readonly number[], name: string): View {
    const same = regrouped(view, shape);
    if (same) return { ...same, tensor: this.reshape(view.tensor, same.sizes, name) };
    const tensor = this.arrange(
      view,
      everyDimension(view).map((d) => [d]),
      name,
    );
    return this.result(
      this.reshape(tensor, shape, name),
      shape,
      shape.map((_, d) => [d]),
      name,
    );
  }

  /** The same values under another shape. */
  reshape(tensor: number, shape: readonly number[], name: string): number {
    if (this.tensors[tensor]!.shape.join() === shape.join()) return tensor;
    return this.#once(`${tensor} ${shape.join()}`, () =>
      this.op('reshape', this.nameFor(`${name}/reshape`), [tensor], shape),
    );
  }

  /** A name for an operator: short, unique, letters, digits and `_ . / -`. */
  nameFor(given: string): string {
    const base =
      given
        .replace(/[^\w./-]/g, '_')
        .replace(/\/{2,}/g, '/')
        .replace(/^\//, '')
        .slice(-40) || 'op';
    let name = base;
    for (let i = 2; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** A tensor with the parts of a view in this order. */
  #moved(view: View, parts: readonly number[], name: string): number {
    if (rises(parts)) return view.tensor;
    // Parts that stay together move as one.
    const runs: number[][] = [];
    const present = [...parts].sort((a, b) => a - b);
    const follows = (part: number, last: number | undefined): boolean =>
      last !== undefined && present.indexOf(part) === present.indexOf(last) + 1;
    for (const part of parts) {
      const run = runs.at(-1);
      if (run && follows(part, run.at(-1))) run.push(part);
      else runs.push([part]);
    }
    const stored = [...runs].sort((a, b) => a[0]! - b[0]!);
    const sizeOf = (run: readonly number[]): number => elements(run.map((part) => view.sizes[part]!));
    return this.#once(`${view.tensor} ${view.sizes.join()} by ${parts.join()}`, () => {
      if (runs.length <= MAX_MOVING) {
        const from = this.reshape(view.tensor, stored.map(sizeOf), name);
        const perm = runs.map((run) => stored.indexOf(run));
        return this.op('transpose', this.nameFor(`${name}/transpose`), [from], runs.map(sizeOf), { perm });
      }
      // One run at a time to the front, from the last to the first.
      let order = stored;
      return runs.toReversed().reduce((tensor, run) => {
        const at = order.indexOf(run);
        const sizes = [order.slice(0, at), [run], order.slice(at + 1)].map((part) => elements(part.map(sizeOf)));
        order = [run, ...order.toSpliced(at, 1)];
        if (at === 0) return tensor;
        const from = this.reshape(tensor, sizes, name);
        const [before, own, after] = sizes as [number, number, number];
        const attributes = { perm: [1, 0, 2] };
        return this.op('transpose', this.nameFor(`${name}/transpose`), [from], [own, before, after], attributes);
      }, view.tensor);
    });
  }

  #once(key: string, make: () => number): number {
    const tensor = this.#arranged.get(key) ?? make();
    this.#arranged.set(key, tensor);
    return tensor;
  }

  #add(tensor: Tensor): number {
    this.#spend(elements(tensor.shape));
    return this.tensors.push(tensor) - 1;
  }

  #spend(values: number): void {
    this.#allowance -= values;
    if (this.#allowance < 0) {
      unsupported('file', 'more values than fit', `${MAX_VALUES} in all tensors`, 'Export a smaller model.');
    }
  }
}
