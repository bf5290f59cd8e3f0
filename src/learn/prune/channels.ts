import { definitionOf } from '../../compile/check.js';
import type { Graph, Op, Tensor } from '../../compile/graph.js';
import { channelOf } from '../../compile/op.js';
import { prune as withoutUnused } from '../../compile/optimize/optimize.js';

/** Least number of channels that stay in a layer. */
const LEAST = 2;

/** Channels of one or several tensors that can only go together, and how much they weigh. */
export interface ChannelGroup {
  /** Tensor and channel. */
  readonly places: readonly (readonly [number, number])[];
  /** Sum of the absolute weights that compute it. */
  readonly norm: number;
}

/** Groups of which a share may go: all that the same layers compute, one, or several that meet in a sum. */
export type Family = readonly ChannelGroup[];

/**
 * Removes the channels (filters, units) of least weight from every layer of a float network: `share` of them, with the
 * bias, the batch normalisation, the depthwise filters and the weights of the readers that go with them.
 *
 * The norm is the sum of absolute weights of a filter (Li et al., 2017), in shares of its layer. Layers that meet in a
 * sum lose the same channels. Inputs and outputs stay, and so do the channels of operators that mix them in other ways
 * (softmax, transpose, slices); at least two channels stay everywhere.
 *
 * @param share of each layer's channels, 0 to 1
 * @example
 * ```ts
 * const smaller = pruneChannels(graph, 0.5);
 * ```
 */
export function pruneChannels(graph: Graph, share: number): Graph {
  return withoutChannels(graph, leastChannels(graph, share));
}

/** The groups that {@link pruneChannels} removes. */
export function leastChannels(graph: Graph, share: number): ChannelGroup[] {
  const families = channelFamilies(graph);
  return excess(
    families,
    families.map((family) => Math.round((1 - share) * family.length)),
  );
}

/** The groups of least weight beyond so many of each family; two of each stay in any case. */
export function excess(families: readonly Family[], counts: readonly number[]): ChannelGroup[] {
  return families.flatMap((family, i) => {
    const gone = family.length - Math.max(counts[i]!, LEAST);
    return [...family].sort((a, b) => a.norm - b.norm).slice(0, Math.max(gone, 0));
  });
}

/** All channels that may be removed. */
export function channelFamilies(graph: Graph): Family[] {
  const counts = channelCounts(graph);
  const starts = counts.map((_, t) => counts.slice(0, t).reduce((a, b) => a + b, 0));
  const place = (tensor: number, channel: number): number => starts[tensor]! + channel;
  const places = counts.flatMap((count, t) => Array.from({ length: count }, (_, c) => [t, c] as const));
  const joined = new Joined(places.length);
  const fixed = new Set<number>();
  const fix = (tensor: number): void => {
    for (let c = 0; c < counts[tensor]!; c++) fixed.add(place(tensor, c));
  };
  fix(graph.input);
  fix(graph.output);
  for (const op of graph.ops) {
    const links = linksOf(graph, counts, op);
    if (!links) for (const t of [...computed(graph, op), op.output]) fix(t);
    for (const [a, b] of links ?? []) joined.join(place(...a), place(...b));
  }
  const norms = normsOf(graph, counts, place);
  const makers = new Set(graph.ops.filter((op) => definitionOf(op).channels === 'mixes').map((op) => op.output));
  const families = new Map<string, ChannelGroup[]>();
  for (const set of joined.sets(places.keys())) {
    if (set.some((i) => fixed.has(i) || graph.tensors[places[i]![0]]!.data)) continue;
    const members = set.map((i) => places[i]!);
    const key = [...new Set(members.map(([t]) => t).filter((t) => makers.has(t)))].join();
    const norm = set.reduce((sum, i) => sum + norms[i]!, 0);
    families.set(key, [...(families.get(key) ?? []), { places: members, norm }]);
  }
  families.delete('');
  return [...families.values()];
}

/** The network without these channels. */
export function withoutChannels(graph: Graph, removed: readonly ChannelGroup[]): Graph {
  if (removed.length === 0) return graph;
  const counts = channelCounts(graph);
  const gone = graph.tensors.map(() => new Set<number>());
  for (const { places } of removed) for (const [tensor, channel] of places) gone[tensor]!.add(channel);
  const tensors = graph.tensors.map((tensor, t) => (tensor.data ? tensor : narrowed(tensor, -1, gone[t]!, counts[t]!)));
  const ops = graph.ops.map((op): Op => {
    const [x] = computed(graph, op) as [number];
    const input = { gone: gone[x]!, count: counts[x]! };
    const output = { gone: gone[op.output]!, count: counts[op.output]! };
    if (input.gone.size === 0 && output.gone.size === 0) return op;
    const { channels, channelAxis } = definitionOf(op);
    const inputs = op.inputs.map((t, i) => {
      const tensor = graph.tensors[t]!;
      if (!tensor.data) return t;
      const weights = channelAxis !== undefined && i === 1;
      let narrow = weights
        ? narrowed(tensor, channelAxis, output.gone, output.count)
        : narrowed(tensor, -1, output.gone, output.count);
      if (weights && channels === 'mixes') narrow = narrowed(narrow, -1, input.gone, input.count);
      return narrow === tensor ? t : tensors.push(narrow) - 1;
    });
    return { ...op, inputs };
  });
  return withoutUnused({ ...graph, tensors, ops });
}

/** Channels of every tensor: its last dimension, or that of the plane which a reshape laid out as a vector. */
function channelCounts(graph: Graph): number[] {
  const counts = graph.tensors.map(({ shape }) => shape.at(-1) ?? 1);
  for (const op of graph.ops) {
    const from = counts[op.inputs[0]!]!;
    if (op.kind === 'reshape' && counts[op.output]! % from === 0) counts[op.output] = from;
    // What works element by element on such a vector keeps its channels.
    const partners = computed(graph, op);
    const alike = partners.every((t) => counts[t] === from && last(graph, t) === last(graph, op.output));
    const whole = op.kind !== 'reshape' && definitionOf(op).channels === 'keeps';
    const single = definitionOf(op).channelAxis === undefined && op.inputs.length === partners.length;
    if (whole && alike && single) counts[op.output] = from;
  }
  return counts;
}

type Place = readonly [number, number];

/** Channels of inputs and output that can only stay or go together; nothing when that is not known. */
function linksOf(graph: Graph, counts: readonly number[], op: Op): (readonly [Place, Place])[] | undefined {
  const { channels, channelAxis } = definitionOf(op);
  const inputs = computed(graph, op);
  const [x] = inputs as [number];
  const [from, to] = [counts[x]!, counts[op.output]!];
  if (channels === 'mixes') return [];
  if (op.kind === 'concat') return joinedLinks(graph, counts, op);
  if (op.kind === 'batchNorm') return from === to ? pairs(x, op.output, to, 1) : undefined;
  if (channels !== 'keeps') return undefined;
  if (channelAxis !== undefined) return from === last(graph, x) ? pairs(x, op.output, to, to / from) : undefined;
  // One value for all channels belongs to none of them.
  const constants = op.inputs.filter((t) => graph.tensors[t]!.data);
  const sound = inputs.every((t) => counts[t] === to) && constants.every((t) => [1, to].includes(last(graph, t)));
  return sound ? inputs.flatMap((input) => pairs(input, op.output, to, 1)) : undefined;
}

function pairs(input: number, output: number, count: number, multiplier: number): (readonly [Place, Place])[] {
  return Array.from({ length: count }, (_, c) => [
    [input, Math.floor(c / multiplier)],
    [output, c],
  ]);
}

function joinedLinks(graph: Graph, counts: readonly number[], op: Op): (readonly [Place, Place])[] | undefined {
  const { shape } = graph.tensors[op.output]!;
  if (op.inputs.some((t) => counts[t] !== last(graph, t))) return undefined;
  if (op.attributes.axis !== shape.length - 1) return op.inputs.flatMap((t) => pairs(t, op.output, counts[t]!, 1));
  let offset = 0;
  return op.inputs.flatMap((t) => {
    const links = pairs(t, op.output, counts[t]!, 1).map(([a, b]) => [a, [b[0], b[1] + offset] as const] as const);
    offset += counts[t]!;
    return links;
  });
}

/** By place: the absolute weights that compute it, as a share of those of its layer. */
function normsOf(
  graph: Graph,
  counts: readonly number[],
  place: (tensor: number, channel: number) => number,
): Float64Array {
  const norms = new Float64Array(counts.reduce((a, b) => a + b, 0));
  for (const op of graph.ops) {
    const { channelAxis } = definitionOf(op);
    if (channelAxis === undefined) continue;
    const { shape, data } = graph.tensors[op.inputs[1]!]!;
    const row = channelOf(shape, channelAxis);
    let total = 0;
    for (const w of data!) total += Math.abs(w);
    data!.forEach((w, i) => {
      norms[place(op.output, row(i))]! += Math.abs(w) / (total || 1);
    });
  }
  return norms;
}

function computed(graph: Graph, op: Op): number[] {
  return op.inputs.filter((t) => !graph.tensors[t]!.data);
}

function last(graph: Graph, tensor: number): number {
  return graph.tensors[tensor]!.shape.at(-1) ?? 1;
}

/** A tensor without what belongs to the channels that are gone, along a dimension that repeats `count` channels. */
function narrowed(tensor: Tensor, axis: number, gone: ReadonlySet<number>, count: number): Tensor {
  const { shape, data } = tensor;
  const dimension = axis < 0 ? shape.length + axis : axis;
  const size = shape[dimension] ?? 1;
  if (gone.size === 0 || size % count !== 0) return tensor;
  const index = channelOf(shape, dimension);
  return {
    ...tensor,
    shape: shape.with(dimension, (size / count) * (count - gone.size)),
    ...(data && { data: data.filter((_, i) => !gone.has(index(i) % count)) }),
  };
}

/** Disjoint sets that are joined two at a time. */
class Joined {
  readonly #parents: Int32Array;

  constructor(size: number) {
    this.#parents = new Int32Array(size).map((_, i) => i);
  }

  #root(i: number): number {
    let root = i;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = i; at !== root; ) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    this.#parents[this.#root(a)] = this.#root(b);
  }

  /** The sets among these members, in the order of their first members. */
  sets(members: Iterable<number>): number[][] {
    const sets = new Map<number, number[]>();
    for (const i of members) {
      const root = this.#root(i);
      if (!sets.has(root)) sets.set(root, []);
      sets.get(root)!.push(i);
    }
    return [...sets.values()];
  }
}
