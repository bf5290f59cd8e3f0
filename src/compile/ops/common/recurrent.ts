import type { CppFile } from '../../../cpp.js';
import { matrixF32Fields, STORE_BYTES } from '../../kernels/product.js';
import type { Field, Implementation, Node, OpDefinition } from '../../op.js';
import { type Gates, isHard, type Sequence, sequenceFields, sequenceOf } from './sequence.js';
import { STATE_SCALE, storeConstants, storedFields } from './stored-gates.js';

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
  /** What of a node the kernels are told as well: a field of the float one, a template argument of the other. */
  readonly flags?: (node: Node) => readonly boolean[];
  readonly f32: Pick<Implementation, 'prepare'> & {
    readonly scratchBytes: (s: Sequence, node: Node) => number;
    readonly codeBytes: number;
  };
  readonly int8: Pick<Implementation, 'prepare'> & {
    readonly scratchBytes: (s: Sequence, node: Node) => number;
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
  const { name, doc, onnx, header, gates, parts, tangents, flags = () => [], f32, int8 } = layer;
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
        const fields = [
          sequenceFields(node, sizes(node)),
          ...floatFields(node, parts, sizes(node)),
          ...flags(node).map(Number),
        ];
        return { header, function: `${name}F32`, descriptor: `${title}F32`, fields };
      },
      scratchBytes: (node) => f32.scratchBytes(sizes(node), node),
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
        const kernel = `${name}Int8<${[policy, ...flags(node)].join(', ')}>`;
        return { header, function: kernel, descriptor: `${title}Int8`, fields: all };
      },
      scratchBytes: (node) => int8.scratchBytes(sizes(node), node),
      codeBytes: { [`nn::${name}Int8`]: int8.codeBytes, ...SHARED_INT8 },
    },
  };
}

function floatFields(node: Node, parts: readonly Gates[], { inputs, units }: Sequence): readonly Field[] {
  const [, weights, bias, recurrentWeights] = node.inputs.map(({ data }) => data as Float32Array) as Float32Array[];
  const rows = recurrentWeights!.length / units;
  const [own, fed] = [bias!.subarray(0, rows), bias!.subarray(rows)];
  const input = matrixF32Fields({ weights: weights!, channels: rows, depth: inputs }, own);
  const block = units * units;
  const back = parts.map(([first, end], i) => {
    const matrix = {
      weights: recurrentWeights!.subarray(first * block, end * block),
      channels: (end - first) * units,
      depth: units,
    };
    // Kernels put the gates so far in place of a bias that is not one of this product.
    return matrixF32Fields(matrix, fed.length > 0 && i === parts.length - 1 ? fed : own);
  });
  return [input, ...back];
}
