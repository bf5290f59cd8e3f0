import type { CppFile } from '../../../cpp.js';
import { fail } from '../../../errors.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import type { Quantization, Tensor } from '../../graph.js';
import {
  biasWith,
  largestSums,
  type Matrix,
  matrixF32Fields,
  type ProductKind,
  policyOf,
  STORE_BYTES,
  sumsKindOf,
  weightsTable,
} from '../../kernels/product.js';
import {
  type Choice,
  type Field,
  type Implementation,
  type Node,
  type OpDefinition,
  refuseShape,
  requireShape,
} from '../../op.js';
import { quantizeWeights } from '../../quantize/weights.js';

/** A sequence of `steps` rows of `inputs` values that changes a state of `units` values. */
export interface Sequence {
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
}

/** Blocks of the weights' rows, one per gate: from the first to before the end. */
type Gates = readonly [first: number, end: number];

/** What tells one layer with a state from another. */
export interface Recurrent {
  /** Its kernels are `<name>F32` and `<name>Int8`, with descriptors of these names. */
  readonly name: 'lstm' | 'gru';
  readonly doc: string;
  readonly onnx: readonly string[];
  readonly header: CppFile;
  /** Gates, the candidate among them. */
  readonly gates: number;
  /** Gates that are computed together, in the order of the kernel's descriptor. */
  readonly parts: readonly Gates[];
  readonly f32: Pick<Implementation, 'prepare'> & {
    readonly scratchBytes: (s: Sequence) => number;
    readonly codeBytes: number;
  };
  readonly int8: Pick<Implementation, 'prepare'> & {
    readonly scratchBytes: (s: Sequence) => number;
    readonly codeBytes: number;
  };
  /** Hyperbolic tangents of a unit in one step; the curves of its gates come to that. */
  readonly tangents: number;
}

/** What a gate that is a line costs, in exponentials. */
const LINE = 0.6;

/**
 * What an int8 gate costs with its curve and its share of the state, fitted to instructions counted in QEMU on Cortex-M4F
 * and M0+: as much as so many products and operations.
 */
const GATE = { products: 45, operations: 12 };

/** Machine code that layers share, for Cortex-M4F at -Os. */
const SHARED_F32 = { 'nn::curvesF32': 368, 'nn::denseF32': 92, 'nn::rowTileF32': 102, ...STORE_BYTES };
const SHARED_INT8 = { 'nn::gates': 228, 'nn::sums': 254 };

/** A layer `[x [1, T, I], weights (G * U, I), bias (G * U), recurrent weights (G * U, U)]` as an operator. */
export function recurrent(layer: Recurrent): OpDefinition {
  const { name, doc, onnx, header, gates, parts, tangents, f32, int8 } = layer;
  const sizes = (node: Node): Sequence => sequenceOf(node, gates);
  const macs = (node: Node): number => {
    const { steps, inputs, units } = sizes(node);
    return steps * gates * units * (inputs + units);
  };
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return {
    doc,
    onnx,
    inputs: ['activation', 'constant', 'constant', 'constant'],
    quantization: STATE_SCALE,
    storeConstants,
    macs,
    shape: (node) => {
      const { steps, units } = sizes(node);
      return node.attributes.everyStep ? [1, steps, units] : [units];
    },
    f32: {
      prepare: f32.prepare,
      work: (node) => {
        const { steps, units } = sizes(node);
        const curves = tangents + (gates - 1) * (isHard(node) ? LINE : 1);
        const states = steps * units;
        return { denseF32: macs(node), exp: Math.round(states * curves), elementF32: states * gates, call: 1 };
      },
      cpp: (node) => {
        const fields = [sequenceFields(node, sizes(node)), ...floatFields(node, parts, sizes(node))];
        return { header, function: `${name}F32`, descriptor: `${title}F32`, fields };
      },
      scratchBytes: (node) => f32.scratchBytes(sizes(node)),
      codeBytes: { [`nn::${name}F32`]: f32.codeBytes, ...SHARED_F32 },
    },
    int8: {
      prepare: int8.prepare,
      work: (node) => {
        const { steps, units } = sizes(node);
        const all = steps * units * gates;
        return { denseInt8: macs(node) + GATE.products * all, int: GATE.operations * all, call: 1 };
      },
      cpp: (node, choice) => {
        const { policy, fields } = storedFields(node, gates, parts, choice);
        const all = [sequenceFields(node, sizes(node)), ...fields];
        return { header, function: `${name}Int8<${policy}>`, descriptor: `${title}Int8`, fields: all };
      },
      scratchBytes: (node) => int8.scratchBytes(sizes(node)),
      codeBytes: { [`nn::${name}Int8`]: int8.codeBytes, ...SHARED_INT8 },
    },
  };
}

export function sequenceOf(node: Node, gates: number): Sequence {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  requireShape(node, 0, 'a sequence', [1, -1, -1]);
  const [steps, inputs] = x.shape.slice(1) as [number, number];
  requireShape(node, 1, 'weights', [-1, inputs]);
  const rows = weights.shape[0]!;
  const units = rows / gates;
  if (!Number.isInteger(units)) refuseShape(node, `weights of ${rows} rows`, `a multiple of ${gates}`);
  requireShape(node, 2, 'a bias', [rows]);
  requireShape(node, 3, 'recurrent weights', [rows, units]);
  return { steps, inputs, units };
}

/** Whole words of a column of bytes. */
export function columnBytes(depth: number): number {
  return 4 * Math.ceil(depth / 4);
}

/** The members of struct `Sequence` in `recurrent.h`. */
function sequenceFields(node: Node, { steps, inputs, units }: Sequence): readonly Field[] {
  const { backwards, everyStep } = node.attributes;
  return [steps, inputs, units, ...[backwards, everyStep, isHard(node)].map((flag) => (flag ? 1 : 0))];
}

function isHard(node: Node): boolean {
  return node.attributes.gate === 'hardSigmoid';
}

function floatFields(node: Node, parts: readonly Gates[], { inputs, units }: Sequence): readonly Field[] {
  const [, weights, bias, recurrentWeights] = node.inputs.map(({ data }) => data as Float32Array) as Float32Array[];
  const input = matrixF32Fields({ weights: weights!, channels: bias!.length, depth: inputs }, bias!);
  const block = units * units;
  const back = parts.map(([first, end]) => {
    const matrix = {
      weights: recurrentWeights!.subarray(first * block, end * block),
      channels: (end - first) * units,
      depth: units,
    };
    // Kernels put the gates so far in place of this bias.
    return matrixF32Fields(matrix, bias!);
  });
  return [input, ...back];
}

/** Of scale 1/128: a state stays between -1 and 1. */
const STATE_SCALE = { scale: 1 / 128, zeroPoint: 0 } as const;

/**
 * Weights and recurrent weights with a scale per row each, as input and state have scales of their own; the bias with
 * those of the weights.
 */
function storeConstants(node: Node, input: Quantization): readonly Tensor[] {
  const [, weights, bias, recurrentWeights] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
  const none = { ...bias, data: new Float32Array(bias.data!.length) };
  const [back] = quantizeWeights(STATE_SCALE.scale, recurrentWeights, none, 0);
  return [...quantizeWeights(input.scales[0]!, weights, bias, 0), back];
}

/** Some rows of the weights, and what makes a gate with 12 bits of fraction of their products: twin of `GateRows`. */
export interface GateRows {
  readonly input: GateProduct;
  readonly fed: GateProduct;
  /** With the zero point of the input folded in. */
  readonly bias: Int32Array;
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
  const [factors, biasFactors] = [weights, bias].map((tensor) => scalesOf(node, tensor)) as [
    Float64Array,
    Float64Array,
  ];
  const input = gateProduct(
    weights,
    rows,
    factors.map((s) => s * scale),
  );
  const fed = gateProduct(
    recurrentWeights,
    rows,
    scalesOf(node, recurrentWeights).map((s) => s * STATE_SCALE.scale),
  );
  const sums = biasWith(1, input, new Int32Array(input.channels));
  const offsets = sums.map((sum, i) => {
    const c = rows[0] + i;
    const real = bias.data![c]! * biasFactors[c]! - zeroPoint * sum * factors[c]! * scale;
    return Math.max(-FAR, Math.min(FAR, Math.round(real * ONE)));
  });
  return { input, fed, bias: offsets };
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
  const shift = Math.max(0, Math.min(7, 29 - Math.floor(Math.log2(Math.max(1, ...largestSums(matrix))))));
  const multipliers = Int32Array.from(scales.subarray(first, end), (scale) =>
    Math.min(2 ** 31 - 1, Math.round(scale * ONE * 2 ** (32 - shift))),
  );
  return { ...matrix, multipliers, shift };
}

function storedFields(
  node: Node,
  gates: number,
  parts: readonly Gates[],
  choice: Choice,
): { readonly policy: string; readonly fields: readonly Field[] } {
  const rows = parts.map((part) => gateRows(node, gates, part));
  const paired = rows.every(({ input, fed }) => [input, fed].every((one) => sumsKindOf(one) === 'paired'));
  const kind: ProductKind = paired ? 'paired' : 'plain';
  const fields = rows.map(({ input, fed, bias }): Field => {
    const tables = [weightsTable(input, kind), weightsTable(fed, kind), input.multipliers, fed.multipliers];
    return [input.depth, fed.depth, input.channels, ...tables, input.shift, fed.shift, bias];
  });
  return { policy: policyOf(kind, choice), fields: [...fields, CURVE] };
}

/**
 * Calls `run` for every step with where its row begins in x, where its state goes in y, and where the state before it
 * lies there, -1 for the first.
 */
export function eachStep(
  { attributes: { backwards, everyStep } }: Node,
  { steps, inputs, units }: Sequence,
  run: (from: number, at: number, before: number) => void,
): void {
  const stride = everyStep ? units : 0;
  for (let step = 0; step < steps; step++) {
    run((backwards ? steps - 1 - step : step) * inputs, step * stride, step > 0 ? (step - 1) * stride : -1);
  }
}

/** The curve of the gates. */
export function gateOf(node: Node): (x: number) => number {
  return isHard(node) ? (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5)) : (x) => 1 / (1 + Math.exp(-x));
}

/** `gates[g] += weights[g] . x[from, from + depth)` for the rows from `first` to before `end`. */
export function addProducts(
  { weights, depth }: { readonly weights: Float32Array; readonly depth: number },
  x: Float32Array | Float64Array,
  from: number,
  gates: Float64Array,
  [first, end]: readonly [number, number] = [0, gates.length],
): void {
  for (let g = first, w = first * depth; g < end; g++) {
    let sum = gates[g]!;
    for (let k = 0; k < depth; k++, w++) sum += weights[w]! * x[from + k]!;
    gates[g] = sum;
  }
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
  { input, fed, bias }: GateRows,
  x: Int8Array,
  from: number,
  state: Int8Array,
  gates: Int16Array,
): void {
  bias.forEach((offset, c) => {
    const gate = offset + partOf(input, c, x, from) + partOf(fed, c, state, 0);
    gates[c] = Math.max(-32768, Math.min(32767, gate));
  });
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
