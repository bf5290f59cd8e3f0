import { checkGraph, definitionOf } from './check.js';
import type { Graph } from './graph.js';
import { bytesOf } from './op.js';

/** Memory needed from step `first` to step `last`, both included. */
export interface PlannedBuffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const ALIGNMENT = 16;

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * Places buffers in one arena so that buffers alive at the same time never overlap. Offsets are multiples of 16 bytes.
 * Tries a few greedy orders; up to seven buffers all orders, which finds the smallest arena there is.
 *
 * @example
 * ```ts
 * planBuffers([{ bytes: 64, first: 0, last: 1 }, { bytes: 32, first: 2, last: 3 }]); // { offsets: [0, 0], totalBytes: 64 }
 * ```
 */
export function planBuffers(buffers: readonly PlannedBuffer[]): { offsets: number[]; totalBytes: number } {
  const bound = Math.max(0, ...buffers.map(({ first }) => bytesAlive(buffers, first)));
  let best = { offsets: [] as number[], totalBytes: Number.POSITIVE_INFINITY };
  for (const order of orders(buffers)) {
    const candidate = placeInOrder(buffers, order);
    if (candidate.totalBytes < best.totalBytes) best = candidate;
    if (best.totalBytes === bound) break;
  }
  return best;
}

function bytesAlive(buffers: readonly PlannedBuffer[], step: number): number {
  return buffers.reduce((sum, b) => sum + (b.first <= step && step <= b.last ? aligned(b.bytes) : 0), 0);
}

function* orders(buffers: readonly PlannedBuffer[]): Generator<readonly number[]> {
  const indices = buffers.map((_, i) => i);
  const keys: readonly ((b: PlannedBuffer) => number)[] = [
    (b) => -b.bytes,
    (b) => -b.bytes * (b.last - b.first + 1),
    (b) => b.first - b.last,
    (b) => b.first,
    (b) => -b.last,
  ];
  for (const key of keys) yield indices.toSorted((i, j) => key(buffers[i]!) - key(buffers[j]!) || i - j);
  // Placed by rising offset, every buffer comes to lie no higher than in any given plan, so some order is optimal.
  if (buffers.length <= 7) yield* permutations(indices);
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((other) => other !== item))) yield [item, ...rest];
  }
}

/** Gives each buffer in turn the lowest place that is free during its life. */
function placeInOrder(buffers: readonly PlannedBuffer[], order: readonly number[]) {
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  let totalBytes = 0;
  for (const i of order) {
    const { bytes, first, last } = buffers[i]!;
    const conflicts = placed
      .filter((j) => buffers[j]!.first <= last && first <= buffers[j]!.last)
      .sort((a, b) => offsets[a]! - offsets[b]!);
    let offset = 0;
    for (const j of conflicts) {
      if (offset + aligned(bytes) <= offsets[j]!) break;
      offset = Math.max(offset, offsets[j]! + aligned(buffers[j]!.bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    totalBytes = Math.max(totalBytes, offset + aligned(bytes));
  }
  return { offsets, totalBytes };
}

/** Where a network's activations live. */
export interface MemoryPlan {
  /** Size of the arena; a multiple of 16. */
  readonly arenaBytes: number;
  /** Per tensor: byte offset in the arena, or -1 for constants and for a float32 input or output, which stay with the caller. */
  readonly offsets: readonly number[];
}

/**
 * Static memory plan of a network. Tensors share memory when their lives do not meet, when one is an alias of the
 * other, and when an element-wise operator may write over an input that dies.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * const { arenaBytes } = plan(network);
 * ```
 */
export function plan(graph: Graph): MemoryPlan {
  checkGraph(graph);
  const storage = sharedStorage(graph);
  const outside = [graph.input, graph.output]
    .filter((tensor) => graph.tensors[tensor]!.dtype === 'f32')
    .map((tensor) => storage.get(tensor)!.id);
  const used = [...new Set(storage.values())].filter((s) => !outside.includes(s.id));
  const { offsets, totalBytes } = planBuffers(used);
  const offsetOf = new Map(used.map((s, i) => [s.id, offsets[i]!]));
  return {
    arenaBytes: totalBytes,
    offsets: graph.tensors.map((_, i) => offsetOf.get(storage.get(i)?.id ?? -1) ?? -1),
  };
}

/** One piece of memory, which several tensors may use. */
interface Storage extends PlannedBuffer {
  readonly id: number;
  last: number;
}

function sharedStorage(graph: Graph): Map<number, Storage> {
  const lastUse = new Map<number, number>();
  graph.ops.forEach((op, step) => {
    for (const tensor of [...op.inputs, op.output]) lastUse.set(tensor, step);
  });
  lastUse.set(graph.output, graph.ops.length);
  const storage = new Map<number, Storage>();
  const create = (tensor: number, first: number): void => {
    const last = lastUse.get(tensor) ?? first;
    storage.set(tensor, { id: tensor, bytes: bytesOf(graph.tensors[tensor]!), first, last });
  };
  const share = (tensor: number, existing: Storage): void => {
    existing.last = Math.max(existing.last, lastUse.get(tensor)!);
    storage.set(tensor, existing);
  };
  create(graph.input, -1);
  const readOnly = graph.tensors[graph.input]!.dtype === 'f32' ? storage.get(graph.input) : undefined;
  graph.ops.forEach((op, step) => {
    const { alias, inPlace } = definitionOf(op);
    const inputs = op.inputs.flatMap((i) => storage.get(i) ?? []);
    const bytes = bytesOf(graph.tensors[op.output]!);
    const dying = inputs.find((s) => s !== readOnly && s.last === step && s.bytes === bytes);
    if (alias) share(op.output, inputs[0]!);
    else if (inPlace && dying) share(op.output, dying);
    else create(op.output, step);
  });
  return storage;
}
