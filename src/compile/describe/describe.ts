import type { Optimize } from '../../cpp.js';
import { checkGraph, definitionOf, nodeOf } from '../check.js';
import { constBytes } from '../emit/network.js';
import type { Graph, Op, Tensor } from '../graph.js';
import { bytesOf, type Node } from '../op.js';
import { scratchBytesOf } from '../plan/memory.js';
import { type MemoryPlan, type PlanOptions, plan } from '../plan/plan.js';

/** What {@link describe} describes: the same choices as for the emitted network. */
export interface DescribeOptions extends PlanOptions {
  /** Default `size`. */
  readonly optimize?: Optimize;
}

const WIDTH = 120;
const GAP = 2;

/**
 * A network as its user compiles it, in at most 120 columns: one line per operator with its window (`3x3/2`: stride 2,
 * `*2`: dilation 2) and activation, the policy of its C++ kernel, output shape, multiply-accumulates, bytes of
 * weights, where its output lies in the arena, its working memory, and how it runs; then the totals, and whether the
 * arena is proven to be as small as it can be.
 *
 * How an operator runs: `alias` costs nothing; `in place` writes over its input; `over input` overlaps it at the
 * smallest safe distance or more; `backwards` overlaps it from the last step to the first.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * console.log(describe(network));
 * ```
 */
export function describe(graph: Graph, options: DescribeOptions = {}): string {
  checkGraph(graph);
  const memory = plan(graph, options);
  const rows = graph.ops.map((op, number) => row(graph, op, number, memory, options.optimize ?? 'size'));
  const header = ['layer', 'operator', 'kernel', 'output', 'MACs', 'weights', 'arena', 'scratch', 'runs'];
  return [ends(graph, memory), ...columns([header, ...rows], 'llllrrrrl'), '', ...totals(graph, memory)].join('\n');
}

function row(graph: Graph, op: Op, number: number, memory: MemoryPlan, optimize: Optimize): string[] {
  const node = nodeOf(graph, op);
  const { activation = 'none' } = op.attributes;
  const offset = memory.offsets[op.output]!;
  const scratch = scratchBytesOf(graph, op);
  const type = node.output.dtype === graph.tensors[graph.input]!.dtype ? '' : `${node.output.dtype} `;
  return [
    plain(op.name),
    [op.kind, windowOf(node), activation === 'none' ? '' : activation].filter(Boolean).join(' '),
    policyOf(graph, op, memory.reverse[number]!, optimize),
    `${type}${node.output.shape.join('x')}`,
    unlessZero(definitionOf(op).macs?.(node) ?? 0),
    unlessZero(weightBytes(node)),
    offset < 0 ? 'caller' : `${whole(offset)}..${whole(offset + bytesOf(node.output))}`,
    unlessZero(scratch),
    direction(graph, op, memory, memory.reverse[number]!),
  ];
}

/** `3x3/2*2`: taps, stride and dilation; one figure where both sides are equal. */
export function windowOf({ inputs, attributes }: Node): string {
  const { pool, strides = [1, 1], dilations = [1, 1] } = attributes;
  const weights = inputs[1]?.shape;
  const taps = pool ?? (weights?.length === 4 ? weights.slice(1, 3) : undefined);
  if (!taps) return '';
  const both = (mark: string, [a, b]: readonly [number, number]): string => {
    if (a === b) return a === 1 ? '' : `${mark}${a}`;
    return `${mark}${a},${b}`;
  };
  return `${taps.join('x')}${both('/', strides)}${both('*', dilations)}`;
}

/** Template argument of the kernel; empty where there is one kernel only. */
export function policyOf(graph: Graph, op: Op, reverse: boolean, optimize: Optimize): string {
  const node = nodeOf(graph, op);
  const { dtype } = node.inputs[0]!;
  const implementation = dtype === 'int32' ? undefined : definitionOf(op)[dtype];
  const name = implementation?.cpp(node, { optimize, reverse }).function ?? '';
  return /<(?:.*::)?(\w+)(?:, \w+)?>$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

function direction(graph: Graph, op: Op, { offsets }: MemoryPlan, reverse: boolean): string {
  if (definitionOf(op).alias) return 'alias';
  if (reverse) return 'backwards';
  const [start, end] = range(graph.tensors[op.output]!, offsets[op.output]!);
  const touched = op.inputs.filter((i) => {
    const [first, last] = range(graph.tensors[i]!, offsets[i]!);
    return start >= 0 && first >= 0 && first < end && start < last;
  });
  if (touched.length === 0) return '';
  return touched.some((i) => offsets[i] === start) ? 'in place' : 'over input';
}

const range = (tensor: Tensor, offset: number): [number, number] => [offset, offset + bytesOf(tensor)];

const weightBytes = ({ inputs }: Node): number => {
  return inputs.reduce((sum, tensor) => sum + (tensor.data ? bytesOf(tensor) : 0), 0);
};

function ends(graph: Graph, { offsets }: MemoryPlan): string {
  const end = (what: string, index: number): string => {
    const { shape, dtype, quantization } = graph.tensors[index]!;
    const [first, last] = range(graph.tensors[index]!, offsets[index]!);
    const scale = quantization ? `, scale ${short(quantization.scales[0]!)}, zero point ${quantization.zeroPoint}` : '';
    return `${what} ${dtype} ${shape.join('x')} ${first < 0 ? 'with the caller' : `at ${whole(first)}..${whole(last)}`}${scale}`;
  };
  return `${end('input', graph.input)}\n${end('output', graph.output)}\n`;
}

function totals(graph: Graph, memory: MemoryPlan): string[] {
  const nodes = graph.ops.map((op) => ({ op, node: nodeOf(graph, op) }));
  const macs = nodes.reduce((sum, { op, node }) => sum + (definitionOf(op).macs?.(node) ?? 0), 0);
  const weights = nodes.reduce((sum, { node }) => sum + weightBytes(node), 0);
  const complete = nodes.every(({ op, node }) => {
    const { dtype } = node.inputs[0]!;
    return definitionOf(op).alias || (dtype !== 'int32' && definitionOf(op)[dtype]);
  });
  const constants = complete ? `, all constants ${whole(constBytes(graph))} bytes` : '';
  const { arenaBytes, lowerBound, optimal } = memory;
  const peak = graph.ops[memory.peak];
  const most = peak ? `; ${shortened(plain(peak.name), 40)} alone needs ${whole(lowerBound)}` : '';
  const verdict = optimal ? 'proven to be the least' : `at most ${whole(arenaBytes - lowerBound)} above the least`;
  return [
    `${whole(graph.ops.length)} operators, ${whole(macs)} MACs, weights ${whole(weights)} bytes${constants}`,
    `arena ${whole(arenaBytes)} bytes, ${verdict}${most}`,
  ];
}

/** Lines of aligned cells; names in the first column give way where a line would grow too wide. */
function columns(rows: readonly (readonly string[])[], alignment: string): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((cells) => cells[c]!.length)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + GAP, 0);
  const first = Math.max(6, Math.min(widths[0]!, WIDTH - others));
  const cell = (text: string, c: number): string => {
    if (c === 0) return shortened(text, first).padEnd(first);
    return alignment[c] === 'r' ? text.padStart(widths[c]!) : text.padEnd(widths[c]!);
  };
  return rows.map((cells) => cells.map(cell).join(' '.repeat(GAP)).trimEnd());
}

/** Names come from files: nothing in them may break a line. */
const plain = (name: string): string => name.replace(/\p{Cc}/gu, ' ');

/** The end of a name tells more than its beginning. */
function shortened(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(1 - length)}`;
}

/** 12345 -> 12,345, the same in every locale. */
const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const unlessZero = (value: number): string => (value === 0 ? '' : whole(value));
const short = (value: number): string => String(Number(value.toPrecision(4)));
