/**
 * Where the values of an ONNX tensor lie in a tensor of the graph. ONNX counts channels before height and width, the
 * graph after them, and transposes and reshapes of ONNX move nothing by themselves: a view says for each dimension of
 * ONNX which dimensions of the graph's tensor make it up, slowest first. Only an operator that needs another order
 * makes the values move.
 */
export interface View {
  /** In ONNX, batch included. */
  readonly shape: readonly number[];
  readonly axes: readonly (readonly number[])[];
  /** Shape of the graph's tensor. */
  readonly sizes: readonly number[];
  /** Number of the graph's tensor. */
  readonly tensor: number;
}

/** Dimensions of a view's tensor that hold more than one value, in the order of these dimensions of ONNX. */
export function partsOf({ axes, sizes }: View, dimensions: readonly number[]): readonly number[] {
  return dimensions.flatMap((d) => axes[d]!).filter((part) => sizes[part]! > 1);
}

/** Whether numbers only rise. */
export function rises(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
}

/** All dimensions of a view. */
export function everyDimension({ shape }: { readonly shape: readonly number[] }): number[] {
  return shape.map((_, d) => d);
}

/** The dimensions of ONNX in the order in which they are stored; as ONNX orders them when none is stored in one piece. */
export function storedOrder(view: View): readonly number[] {
  const first = (d: number): number => partsOf(view, [d])[0] ?? -1;
  const order = everyDimension(view).sort((a, b) => first(a) - first(b) || a - b);
  return rises(partsOf(view, order)) ? order : everyDimension(view);
}

/** The same values with the dimensions of ONNX in another order. */
export function transposed(view: View, perm: readonly number[]): View {
  return { ...view, shape: perm.map((d) => view.shape[d]!), axes: perm.map((d) => view.axes[d]!) };
}

/**
 * The same values under another shape of ONNX, without moving any: stored dimensions are joined and split. `undefined`
 * when that would cut through one of them.
 */
export function regrouped(view: View, shape: readonly number[]): Omit<View, 'tensor'> | undefined {
  /** Sizes of the stored dimensions, each as the pieces it is cut into. */
  const pieces: number[][] = view.sizes.map((size) => (size > 1 ? [] : [size]));
  const queue = partsOf(view, everyDimension(view)).map((part) => ({ part, left: view.sizes[part]! }));
  const groups: { part: number; piece: number }[][] = [];
  let next = 0;
  for (const size of shape) {
    const group: { part: number; piece: number }[] = [];
    for (let wanted = size; wanted > 1; ) {
      const from = queue[next];
      if (!from) return undefined;
      const taken = Math.min(wanted, from.left);
      if (wanted % taken !== 0 || from.left % taken !== 0) return undefined;
      group.push({ part: from.part, piece: pieces[from.part]!.push(taken) - 1 });
      wanted /= taken;
      from.left /= taken;
      if (from.left === 1) next++;
    }
    groups.push(group);
  }
  const starts: number[] = [];
  let count = 0;
  for (const cut of pieces) {
    starts.push(count);
    count += cut.length;
  }
  const axes = groups.map((group) => group.map(({ part, piece }) => starts[part]! + piece));
  return { shape, axes, sizes: pieces.flat() };
}

/** For each index along dimension `d` as stored the index in ONNX; `undefined` when they are the same. */
export function storedIndices(view: View, d: number): Int32Array | undefined {
  const parts = partsOf(view, [d]);
  if (rises(parts)) return undefined;
  // Steps in ONNX of each part, and the parts as stored.
  const steps = new Map<number, number>();
  let step = 1;
  for (const part of parts.toReversed()) {
    steps.set(part, step);
    step *= view.sizes[part]!;
  }
  const stored = [...parts].sort((a, b) => a - b);
  return Int32Array.from({ length: step }, (_, i) => {
    let rest = i;
    let index = 0;
    for (const part of stored.toReversed()) {
      const size = view.sizes[part]!;
      index += (rest % size) * steps.get(part)!;
      rest = Math.floor(rest / size);
    }
    return index;
  });
}
