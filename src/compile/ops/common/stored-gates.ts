import { fail } from '../../../errors.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import type { Quantization, Tensor } from '../../graph.js';
import {
  biasWith,
  largestSums,
  type Matrix,
  type ProductKind,
  policyOf,
  sumsKindOf,
  weightsTable,
} from '../../kernels/product.js';
import type { Choice, Field, Node } from '../../op.js';
import { quantizeWeights } from '../../quantize/weights.js';
import { type Gates, isHard, sequenceOf } from './sequence.js';

/** Of scale 1/128: a state stays between -1 and 1. */
export const STATE_SCALE = { scale: 1 / 128, zeroPoint: 0 } as const;

/**
 * Weights and recurrent weights with a scale per row each, as input and state have scales of their own; the bias with
 * those of the weights.
 */
export function storeConstants(node: Node, input: Quantization): readonly Tensor[] {
  const [, weights, bias, recurrentWeights] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
  const rows = weights.shape[0]!;
  const [own, fed] = [bias.data!.slice(0, rows), bias.data!.slice(rows)];
  const behind = new Float32Array(rows);
  behind.set(fed, rows - fed.length);
  const [stored, first] = quantizeWeights(input.scales[0]!, weights, { ...bias, shape: [rows], data: own }, 0);
  const [back, last] = quantizeWeights(
    STATE_SCALE.scale,
    recurrentWeights,
    { ...bias, shape: [rows], data: behind },
    0,
  );
  const joined = (a: ArrayLike<number>, z: ArrayLike<number>): number[] => [
    ...Array.from(a),
    ...Array.from(z).slice(rows - fed.length),
  ];
  const scales = Float32Array.from(joined(first.quantization!.scales, last.quantization!.scales));
  const all: Tensor = {
    ...first,
    shape: bias.shape,
    data: Int32Array.from(joined(first.data!, last.data!)),
    quantization: { scales, zeroPoint: 0, axis: 0 },
  };
  return [stored, all, back];
}

/** Some rows of the weights, and what makes a gate with 12 bits of fraction of their products: twin of `GateRows`. */
export interface GateRows {
  readonly input: GateProduct;
  readonly fed: GateProduct;
  /** With the zero point of the input folded in. */
  readonly bias: Int32Array;
  /** What is added to the products with the state where these are kept apart. */
  readonly fedBias?: Int32Array;
}

/** Stored weights; a sum times `2^shift` times its multiplier, divided by 2^32, is what it adds to a gate. */
interface GateProduct extends Matrix {
  readonly multipliers: Int32Array;
  readonly shift: number;
}

/** Value of a gate of 1. */
const ONE = 2 ** 12;
/** Farther from 0 than gates go. */
const FAR = 2 ** 20;

export function gateRows(node: Node, gates: number, [first, end]: Gates): GateRows {
  const [x, weights, bias, recurrentWeights] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
  const { units } = sequenceOf(node, gates);
  const { scale, zeroPoint } = quantizationOf(x);
  const rows: Gates = [first * units, end * units];
  const factors = scalesOf(node, weights).map((s) => s * scale);
  const fedFactors = scalesOf(node, recurrentWeights).map((s) => s * STATE_SCALE.scale);
  const biasFactors = scalesOf(node, bias);
  const input = gateProduct(weights, rows, factors);
  const fed = gateProduct(recurrentWeights, rows, fedFactors);
  const sums = biasWith(1, input, new Int32Array(input.channels));
  const offset = (real: number): number => Math.max(-FAR, Math.min(FAR, Math.round(real * ONE)));
  const biasAt = (c: number): number => bias.data![c]! * biasFactors[c]!;
  const own = sums.map((sum, i) => {
    const c = rows[0] + i;
    return offset(biasAt(c) - zeroPoint * sum * factors[c]!);
  });
  const apart = bias.shape[0]! > gates * units && end === gates;
  const fedBias = apart && Int32Array.from({ length: units }, (_, u) => offset(biasAt(gates * units + u)));
  return { input, fed, bias: own, ...(fedBias && { fedBias }) };
}

/** The scale of every row. */
function scalesOf(node: Node, { shape, quantization }: Tensor): Float64Array {
  const rows = shape[0]!;
  const scales = quantization?.scales ?? new Float32Array();
  if (scales.length === rows) return Float64Array.from(scales);
  if (scales.length === 1) return new Float64Array(rows).fill(scales[0]!);
  return fail({
    code: 'BAD_OPTION',
    where: `network.${node.name}`,
    got: `${scales.length} scales for its weights`,
    expected: `1 or ${rows}`,
    fix: 'Correct the network or the importer that made it.',
  });
}

function gateProduct({ shape, data }: Tensor, [first, end]: Gates, scales: Float64Array): GateProduct {
  const depth = shape[1]!;
  const matrix = { channels: end - first, depth, weights: (data as Int8Array).subarray(first * depth, end * depth) };
  // Sums stay below 2^30 and multipliers below 2^31; gates that need larger ones are open or shut in any case.
  const largest = largestSums(matrix).reduce((most, sum) => Math.max(most, sum), 1);
  const shift = Math.max(0, Math.min(7, 29 - Math.floor(Math.log2(largest))));
  const multipliers = Int32Array.from(scales.subarray(first, end), (scale) =>
    Math.min(2 ** 31 - 1, Math.round(scale * ONE * 2 ** (32 - shift))),
  );
  return { ...matrix, multipliers, shift };
}

export function storedFields(
  node: Node,
  gates: number,
  parts: readonly Gates[],
  choice: Choice,
): { readonly policy: string; readonly fields: readonly Field[] } {
  const rows = parts.map((part) => gateRows(node, gates, part));
  const paired = rows.every(({ input, fed }) => [input, fed].every((one) => sumsKindOf(one) === 'paired'));
  const kind: ProductKind = paired ? 'paired' : 'plain';
  const fields = rows.map(({ input, fed, bias, fedBias = 0 }): Field => {
    const tables = [weightsTable(input, kind), weightsTable(fed, kind), input.multipliers, fed.multipliers];
    return [input.depth, fed.depth, input.channels, ...tables, input.shift, fed.shift, bias, fedBias];
  });
  return { policy: policyOf(kind, choice), fields: [...fields, CURVE] };
}

/* The twins of `recurrent.h`, by the names they have there. */

const CURVE = Uint16Array.from({ length: 257 }, (_, i) => Math.min(32767, Math.round(32768 / (1 + Math.exp(-i / 16)))));

function logisticAt(x: number): number {
  const size = Math.abs(x);
  const at = size >> 8;
  const [low, high] = [CURVE[at]!, CURVE[at + 1]!];
  const value = low + (((high - low) * (size & 255) + 128) >> 8);
  return x < 0 ? 32768 - value : value;
}

export function tanhAt(x: number): number {
  return 2 * logisticAt(Math.max(-65535, Math.min(65535, 2 * x))) - 32768;
}

export function gateAt(node: Node): (x: number) => number {
  return isHard(node) ? (x) => Math.max(0, Math.min(32767, 16384 + ((x * 26214) >> 14))) : logisticAt;
}

export function storedShare(share: number, bits: number): number {
  return Math.max(-128, Math.min(127, (share + 2 ** (bits - 8)) >> (bits - 7)));
}

export function gatesInt8(
  { input, fed, bias, fedBias }: GateRows,
  x: Int8Array,
  from: number,
  state: Int8Array,
  gates: Int16Array,
  apart?: Int16Array,
): void {
  bias.forEach((offset, c) => {
    const own = offset + partOf(input, c, x, from);
    const back = (apart ? fedBias![c]! : own) + partOf(fed, c, state, 0);
    gates[c] = gateWithin(apart ? own : back);
    if (apart) apart[c] = gateWithin(back);
  });
}

export function gateWithin(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}

/** What one row of weights adds to its gate. */
function partOf({ weights, depth, multipliers, shift }: GateProduct, c: number, x: Int8Array, from: number): number {
  let sum = 0;
  for (let k = 0, w = c * depth; k < depth; k++, w++) sum += x[from + k]! * weights[w]!;
  return highProduct(sum * 2 ** shift, multipliers[c]!);
}

/** `floor((a * b + 2^31) / 2^32)`, exact for int32 operands. */
function highProduct(a: number, b: number): number {
  // The product has up to 62 bits and a double holds 53, so b goes in two halves.
  const [high, low] = [a * (b >> 16), a * (b & 0xffff)];
  return Math.floor((high + Math.floor((low + 2 ** 31) / 65536)) / 65536);
}

/** Whole words of a column of bytes. */
export function columnBytes(depth: number): number {
  return 4 * Math.ceil(depth / 4);
}
