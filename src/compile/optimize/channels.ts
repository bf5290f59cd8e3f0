import { quantizationOf } from '../arithmetic/quantization.js';
import { definitionOf, nodeOf } from '../check.js';
import type { Graph, Op, Tensor, TensorData } from '../graph.js';
import { channelOf, elements } from '../op.js';
import { padsOf } from '../ops/common/window.js';
import { compute } from './constants.js';

/** How one int8 operator treats channels. */
interface Flow {
  readonly op: Op;
  /** Absent: in a way this pass knows nothing of, so that all channels around it stay. */
  readonly channels: 'mixes' | 'keeps' | undefined;
  /** Its inputs that the network computes. */
  readonly inputs: readonly number[];
  /** Output channels per input channel of an operator that keeps them apart. */
  readonly multiplier: number;
  readonly weights?: Weights;
}

/** Weights with the channels they join. */
interface Weights {
  readonly data: TensorData;
  readonly output: Int32Array;
  readonly input: Int32Array;
}

/** A network with its channels counted: element `i` of tensor `t` belongs to channel `i % counts[t]`. */
interface Channels {
  readonly graph: Graph;
  readonly flows: readonly Flow[];
  /** A vector that a reshape made of a plane has the channels of the plane. */
  readonly counts: readonly number[];
  /** Stored values of the channels that hold the same one everywhere, whatever the input. */
  readonly constants: readonly (readonly (number | undefined)[])[];
}

/** Tensor and channel. */
type Place = readonly [number, number];

/** Least number of channels that stay: a dense layer with a single scale left would round in another way. */
const LEAST = 2;
const INT32_MAX = 2 ** 31 - 1;

/**
 * Channels that an int8 network computes for nothing go away, with their weights: those that hold one value whatever
 * the input, whose share goes into the bias of their readers, and those that all readers weight by 0. Training with
 * relu leaves many. Float networks keep theirs: weights of exactly 0 are only found there before training.
 */
export function dropChannels(graph: Graph): Graph {
  const channels = channelsOf(graph);
  const kept = keptChannels(channels);
  if (kept.every((indices, t) => indices.length === channels.counts[t])) return graph;
  return rewritten(channels, kept);
}

function channelsOf(graph: Graph): Channels {
  const counts = graph.tensors.map(({ shape }) => shape.at(-1) ?? 1);
  const constants = graph.tensors.map((): (number | undefined)[] => []);
  const flows = graph.ops.map((op) => {
    const flow = flowOf(graph, counts, op);
    if (flow.channels === 'keeps') counts[op.output] = counts[flow.inputs[0]!]! * flow.multiplier;
    if (flow.channels) constants[op.output] = constantsOf({ graph, counts, constants }, flow);
    return flow;
  });
  return { graph, flows, counts, constants };
}

function flowOf(graph: Graph, counts: readonly number[], op: Op): Flow {
  const { output } = nodeOf(graph, op);
  const inputs = op.inputs.filter((i) => !graph.tensors[i]!.data);
  const count = counts[inputs[0]!]!;
  const { channels, channelAxis } = definitionOf(op);
  const from = graph.tensors[inputs[0]!]!.shape.at(-1) ?? 1;
  const to = output.shape.at(-1) ?? 1;
  const multiplier = channelAxis !== undefined && channels === 'keeps' ? to / from : 1;
  const meets =
    output.dtype === 'int8' &&
    inputs.every((i) => graph.tensors[i]!.dtype === 'int8' && counts[i] === count) &&
    (channels === 'mixes' || to % (count * multiplier) === 0);
  if (!meets || channelAxis === undefined) return { op, channels: meets ? channels : undefined, inputs, multiplier };
  const { shape, data } = graph.tensors[op.inputs[1]!]!;
  const outputs = channels === 'mixes' ? to : count * multiplier;
  const rowOf = channelOf(shape, channelAxis);
  const row = new Int32Array(data!.length).map((_, i) => rowOf(i) % outputs);
  const input = row.map((c, i) => (channels === 'mixes' ? i % count : Math.floor(c / multiplier)));
  return { op, channels, inputs, multiplier, weights: { data: data!, output: row, input } };
}

/** Values of the output channels that depend on constant channels alone: what the operator makes of those. */
function constantsOf(known: Omit<Channels, 'flows'>, flow: Flow): (number | undefined)[] {
  const { counts, constants } = known;
  const { op, inputs, multiplier, weights } = flow;
  const candidates = new Set(range(counts[op.output]!));
  const source = constants[inputs[0]!]!;
  weights?.data.forEach((w, i) => {
    if (w !== 0 && source[weights.input[i]!] === undefined) candidates.delete(weights.output[i]!);
  });
  for (const c of weights ? [] : [...candidates]) {
    if (inputs.some((x) => constants[x]![Math.floor(c / multiplier)] === undefined)) candidates.delete(c);
  }
  if (candidates.size === 0) return [];
  const computed =
    flow.channels === 'mixes' && weights ? atLeast(candidates, counts[op.output]!) : range(counts[op.output]!);
  const part = withOutputs(known, flow, computed);
  const values = op.inputs.map((t): TensorData => {
    const { data, shape } = part.tensors[t]!;
    return data ?? new Int8Array(elements(shape)).map((_, i) => constants[t]![i % counts[t]!] ?? 0);
  });
  const output = compute(part, op, values);
  const same = Array.from<number | undefined>({ length: counts[op.output]! });
  computed.forEach((c, i) => {
    if (candidates.has(c)) same[c] = output[i];
  });
  // Padding makes a difference at the border, unless the constant is the zero point.
  output.forEach((value, i) => {
    const c = computed[i % computed.length]!;
    if (same[c] !== value) same[c] = undefined;
  });
  return same;
}

/** Some output channels, with others if they are too few. */
function atLeast(candidates: ReadonlySet<number>, count: number): readonly number[] {
  const others = range(count).filter((c) => !candidates.has(c));
  return [...candidates, ...others.slice(0, Math.max(0, LEAST - candidates.size))].sort((a, b) => a - b);
}

/** The network with an operator that computes nothing but some of its output channels. */
function withOutputs({ graph, counts }: Omit<Channels, 'flows'>, { op }: Flow, kept: readonly number[]): Graph {
  const count = counts[op.output]!;
  if (kept.length === count) return graph;
  const [, weights, bias] = op.inputs as [number, number, number];
  const narrow = (tensor: number, axis: number): Tensor => narrowedScales(graph.tensors[tensor]!, axis, kept, count);
  const tensors = graph.tensors
    .with(weights, narrow(weights, definitionOf(op).channelAxis!))
    .with(bias, narrow(bias, 0))
    .with(op.output, narrowed(graph.tensors[op.output]!, -1, kept, count));
  return { ...graph, tensors };
}

/** Channels that the output needs, by tensor. */
function keptChannels(channels: Channels): readonly (readonly number[])[] {
  const { graph, flows, counts } = channels;
  const needed = graph.tensors.map(() => new Set<number>());
  const links = linksOf(channels);
  const need = (tensor: number, all: readonly number[]): void => {
    const open = all.map((c): Place => [tensor, c]);
    for (let place = open.pop(); place; place = open.pop()) {
      const [t, c] = place;
      if (needed[t]!.has(c)) continue;
      needed[t]!.add(c);
      for (const link of links[t]!) open.push(...link(c));
    }
  };
  for (const t of [graph.input, graph.output]) need(t, range(counts[t]!));
  for (const { channels: known, inputs, op } of flows) {
    if (!known) for (const t of [...inputs, op.output]) need(t, range(counts[t]!));
  }
  for (const { op } of flows) {
    if (needed[op.output]!.size < LEAST) need(op.output, range(Math.min(LEAST, counts[op.output]!)));
  }
  return graph.tensors.map(({ data }, t) => range(counts[t]!).filter((c) => data || needed[t]!.has(c)));
}

/** By tensor: functions from a channel that is needed to others that are needed then. */
function linksOf(channels: Channels): readonly (readonly ((channel: number) => readonly Place[])[])[] {
  const links = channels.graph.tensors.map((): ((channel: number) => readonly Place[])[] => []);
  for (const flow of channels.flows) {
    const { op, inputs, multiplier } = flow;
    if (flow.channels === 'mixes') {
      const read = readBy(channels, flow);
      links[op.output]!.push((c) => read(c).map((from) => [inputs[0]!, from]));
    }
    // What keeps channels apart has a channel at all of its ends or at none.
    if (flow.channels !== 'keeps') continue;
    links[op.output]!.push((c) => inputs.map((x) => [x, Math.floor(c / multiplier)]));
    for (const x of inputs) {
      links[x]!.push((c) => range(multiplier).map((k) => [op.output, c * multiplier + k]));
    }
  }
  return links;
}

/** Tells of an output channel which input channels its bias cannot stand in for. */
function readBy(channels: Channels, flow: Flow): (channel: number) => number[] {
  const { graph, constants } = channels;
  const [x] = flow.inputs as [number];
  const { data, input, output } = flow.weights!;
  const { zeroPoint } = quantizationOf(graph.tensors[x]!);
  const largest = Float64Array.from(graph.tensors[flow.op.inputs[2]!]!.data!, Math.abs);
  data.forEach((w, i) => {
    largest[output[i]!]! += Math.abs(w * ((constants[x]![input[i]!] ?? zeroPoint) - zeroPoint));
  });
  const shifts = !seesPadding(graph, flow.op) && largest.every((size) => size <= INT32_MAX);
  const depth = data.length / largest.length;
  return (channel) => {
    const read = new Set<number>();
    for (let i = channel * depth; i < (channel + 1) * depth; i++) {
      const value = constants[x]![input[i]!];
      if (data[i] !== 0 && value !== zeroPoint && !(shifts && value !== undefined)) read.add(input[i]!);
    }
    return [...read];
  };
}

function seesPadding(graph: Graph, op: Op): boolean {
  const { shape } = graph.tensors[op.inputs[1]!]!;
  if (shape.length !== 4) return false;
  return Object.values(padsOf(nodeOf(graph, op), [shape[1]!, shape[2]!])).some((size) => size > 0);
}

function rewritten(channels: Channels, kept: readonly (readonly number[])[]): Graph {
  const { graph, flows, counts } = channels;
  const tensors = graph.tensors.map((tensor, t) => (tensor.data ? tensor : narrowed(tensor, -1, kept[t]!, counts[t]!)));
  const ops = flows.map((flow): Op => {
    const { op, inputs } = flow;
    const changed = [...inputs, op.output].some((t) => kept[t]!.length < counts[t]!);
    if (!changed) return op;
    const constants = definitionOf(op).channelAxis === undefined ? operands : weightsAndBias;
    const narrow = constants(channels, flow, kept);
    return { ...op, inputs: op.inputs.map((t, i) => (inputs.includes(t) ? t : tensors.push(narrow[i]!) - 1)) };
  });
  return { ...graph, tensors, ops };
}

/** Constants of an operator without weights: those with a value per channel lose some. */
function operands({ graph, counts }: Channels, { op }: Flow, kept: readonly (readonly number[])[]): Tensor[] {
  const count = counts[op.output]!;
  return op.inputs.map((t) => {
    const tensor = graph.tensors[t]!;
    return tensor.data && (tensor.shape.at(-1) ?? 1) > 1 ? narrowed(tensor, -1, kept[op.output]!, count) : tensor;
  });
}

function weightsAndBias(channels: Channels, flow: Flow, kept: readonly (readonly number[])[]): Tensor[] {
  const { graph, counts, constants } = channels;
  const { op } = flow;
  const [x, output] = [flow.inputs[0]!, op.output];
  const [, weights, bias] = op.inputs.map((t) => graph.tensors[t]!) as [Tensor, Tensor, Tensor];
  const outputs = (tensor: Tensor, axis: number) => narrowedScales(tensor, axis, kept[output]!, counts[output]!);
  const rows = outputs(weights, definitionOf(op).channelAxis!);
  if (flow.channels === 'keeps') return [weights, rows, outputs(bias, 0)];
  const { zeroPoint } = quantizationOf(graph.tensors[x]!);
  const stays = range(counts[x]!).map((c) => kept[x]!.includes(c));
  const offset = Int32Array.from(bias.data!);
  const { data, input, output: row } = flow.weights!;
  data.forEach((w, i) => {
    const c = input[i]!;
    if (!stays[c]) offset[row[i]!]! += w * ((constants[x]![c] ?? zeroPoint) - zeroPoint);
  });
  return [weights, narrowed(rows, -1, kept[x]!, counts[x]!), outputs({ ...bias, data: offset }, 0)];
}

/** The part of a tensor whose index along a dimension, modulo `count`, is in `kept`. */
function narrowed(tensor: Tensor, axis: number, kept: readonly number[], count: number): Tensor {
  if (kept.length === count) return tensor;
  const { shape, data } = tensor;
  const dimension = axis < 0 ? shape.length + axis : axis;
  const stays = new Set(kept);
  const index = channelOf(shape, dimension);
  const chosen = range(shape[dimension]!).map((i) => stays.has(i % count));
  return {
    ...tensor,
    shape: shape.with(dimension, (shape[dimension]! / count) * kept.length),
    ...(data && { data: data.filter((_, i) => chosen[index(i)]) }),
  };
}

/** The same along the dimension that has a scale per index, if there is more than one. */
function narrowedScales(tensor: Tensor, axis: number, kept: readonly number[], count: number): Tensor {
  const narrow = narrowed(tensor, axis, kept, count);
  const { quantization, shape } = tensor;
  if (!quantization || narrow === tensor || quantization.scales.length !== shape[axis]) return narrow;
  const stays = new Set(kept);
  const scales = quantization.scales.filter((_, i) => stays.has(i % count));
  return { ...narrow, quantization: { ...quantization, scales } };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
