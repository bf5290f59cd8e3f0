import { checkGraph, definitionOf } from '../check.js';
import type { Graph, Op } from '../graph.js';
import { BYTES, elements } from '../op.js';
import { type Storage, scratchBytesOf, stepsOf, storagesOf } from './memory.js';
import { elementSteps, overlap } from './overlap.js';
import { addAbove, type PlannedBuffer, planBuffers, type Sharing } from './place.js';

export { type Placement, type PlannedBuffer, planBuffers, type Sharing } from './place.js';

/** Where a network's activations and working memory live. */
export interface MemoryPlan {
  /** Size of the arena; a multiple of 16. */
  readonly arenaBytes: number;
  /** Per tensor: byte offset in the arena, a multiple of 4; -1 for constants and for what stays with the caller. */
  readonly offsets: readonly number[];
  /**
   * The caller's float32 input may lie inside of the arena, this many bytes or more from its start; so may the float32
   * values that become an int8 input. -1 for a float32 input that the plan itself lays into the arena.
   */
  readonly inputOffset: number;
  /** Per operator: byte offset of its working memory, a multiple of 16; -1 without. */
  readonly scratchOffsets: readonly number[];
  /** Per operator: whether it must run from its last step to the first. */
  readonly reverse: readonly boolean[];
  /** No plan of this network, in this order of operators, can be smaller; a multiple of 16. */
  readonly lowerBound: number;
  /** Operator that needs the most memory by itself. */
  readonly peak: number;
  /** Whether the arena is proven to be as small as it can be. */
  readonly optimal: boolean;
}

export interface PlanOptions {
  /** Where float32 inputs and outputs of the network lie: with the caller, or in the arena like all others. */
  readonly ends?: 'caller' | 'arena';
}

/**
 * Static memory plan of a network. Tensors share memory when their lives do not meet, when one is an alias of the
 * other, and when an operator's kernel has read what it overwrites: see `overlap`. Working memory is planned
 * with the tensors. int8 inputs and outputs of the network are always in the arena. The same graph always gives the
 * same plan.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * const { arenaBytes } = plan(network);
 * ```
 */
export function plan(graph: Graph, { ends = 'caller' }: PlanOptions = {}): MemoryPlan {
  const known = PLANS[ends].get(graph) ?? planned(graph, ends);
  PLANS[ends].set(graph, known);
  return known;
}

/** Optimising, emitting and describing a network all ask for the plan of the same graph, which never changes. */
const PLANS = { caller: new WeakMap<Graph, MemoryPlan>(), arena: new WeakMap<Graph, MemoryPlan>() };

function planned(graph: Graph, ends: 'caller' | 'arena'): MemoryPlan {
  checkGraph(graph);
  const storages = storagesOf(graph);
  const isOutside = (tensor: number): boolean => ends === 'caller' && graph.tensors[tensor]!.dtype === 'f32';
  const outside = [graph.input, graph.output].filter(isOutside).map((tensor) => storages.get(tensor));
  const inside = [...new Set(storages.values())].filter((storage) => !outside.includes(storage));
  const scratch = graph.ops.flatMap((op, step) => {
    const bytes = scratchBytesOf(graph, op);
    return bytes > 0 ? [{ step, bytes }] : [];
  });
  const planned: PlannedBuffer[] = [
    ...inside.map(({ bytes, first, last }) => ({ bytes, first, last, alignment: 4 as const })),
    ...scratch.map(({ step, bytes }) => ({ bytes, first: step, last: step })),
  ];
  const features = planned.length;
  const indexOf = new Map(inside.map((storage, i) => [storage, i]));
  if (isOutside(graph.input)) indexOf.set(storages.get(graph.input)!, features);
  const bufferOf = (tensor: number): number => indexOf.get(storages.get(tensor)!) ?? -1;
  const buffers = [...planned, featuresOf(graph, storages.get(graph.input)!)];
  const perOp = graph.ops.map((op, step) => sharingsOf(graph, op, bufferOf, (i) => buffers[i]!.last === step));
  const sharings = perOp.flat();
  const placement = planBuffers(
    planned,
    sharings.filter(({ input }) => input !== features),
  );
  const isInside = ends === 'arena' && graph.tensors[graph.input]!.dtype === 'f32';
  const offsets = isInside
    ? placement.offsets
    : addAbove(buffers, [...sharings, ...quantizing(graph, features, bufferOf(graph.input))], placement);
  const scratchAt = new Map(scratch.map(({ step }, i) => [step, offsets[inside.length + i]!]));
  return {
    arenaBytes: placement.totalBytes,
    offsets: graph.tensors.map((_, i) => (bufferOf(i) === features ? -1 : (offsets[bufferOf(i)] ?? -1))),
    inputOffset: offsets[features] ?? -1,
    scratchOffsets: graph.ops.map((_, step) => scratchAt.get(step) ?? -1),
    reverse: perOp.map((list) => list.some((sharing) => !runsForward(buffers, offsets, sharing))),
    lowerBound: placement.lowerBound,
    peak: Math.min(Math.max(0, placement.peakStep), graph.ops.length - 1),
    optimal: placement.optimal,
  };
}

/** The float32 values that a caller hands over: the input itself, or what an int8 input is made from before all else. */
function featuresOf(graph: Graph, { last }: Storage): PlannedBuffer {
  const { shape, dtype } = graph.tensors[graph.input]!;
  return { bytes: BYTES.f32 * elements(shape), first: -1, last: dtype === 'f32' ? last : -1, alignment: 4 };
}

/** Features may lie over the int8 input that is made from them. */
function quantizing(graph: Graph, features: number, input: number): Sharing[] {
  const { shape, dtype } = graph.tensors[graph.input]!;
  const { forward } = overlap(elementSteps(elements(shape)), BYTES.f32, BYTES.int8);
  return dtype === 'int8' ? [{ input: features, output: input, forward }] : [];
}

function runsForward(buffers: readonly PlannedBuffer[], offsets: readonly number[], sharing: Sharing): boolean {
  const [input, output] = [offsets[sharing.input]!, offsets[sharing.output]!];
  return input - output >= sharing.forward || output >= input + buffers[sharing.input]!.bytes;
}

/** How an operator's output may lie over those of its inputs that die with it. */
function sharingsOf(
  graph: Graph,
  op: Op,
  bufferOf: (tensor: number) => number,
  dies: (buffer: number) => boolean,
): Sharing[] {
  const output = bufferOf(op.output);
  const computed = op.inputs.filter((i) => !graph.tensors[i]!.data && bufferOf(i) >= 0);
  const dying = [...new Map(computed.map((tensor) => [bufferOf(tensor), tensor]))].filter(([buffer]) => dies(buffer));
  const steps = output < 0 || dying.length === 0 ? undefined : stepsOf(graph, op);
  if (!steps || definitionOf(op).alias) return [];
  const { tensors } = graph;
  const count = elements(tensors[op.output]!.shape);
  return dying.flatMap(([input, tensor]) => {
    // Element by element means the same element of every input.
    if (definitionOf(op).inPlace && elements(tensors[tensor]!.shape) !== count) return [];
    const distances = overlap(steps, BYTES[tensors[tensor]!.dtype], BYTES[tensors[op.output]!.dtype]);
    // Two inputs could ask for different directions.
    return [{ input, output, forward: distances.forward, ...(dying.length === 1 && { reverse: distances.reverse }) }];
  });
}
