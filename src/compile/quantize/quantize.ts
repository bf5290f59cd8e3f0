import { fail } from '../../errors.js';
import { quantizationOf, quantizeValues } from '../arithmetic/quantization.js';
import { checkGraph, definitionOf, nodeOf } from '../check.js';
import type { Graph, Op, Quantization, Tensor } from '../graph.js';
import { implementationOf } from '../interpret/interpreter.js';
import { prune } from '../optimize/optimize.js';
import { type Range, type Ranges, widen } from './calibrate.js';
import { scaleGroups } from './scale-groups.js';
import { quantizeWeights } from './weights.js';

export {
  type CalibrationMethod,
  type CalibrationOptions,
  calibrate,
  type Range,
  type Ranges,
} from './calibrate.js';

/**
 * Post-training int8 quantisation as TensorFlow Lite defines it: activations asymmetric with one scale, over a range
 * that holds 0; weights symmetric with one scale per output channel (dense layers too); bias int32 with the scale
 * input x weight. Shapes and order of the operators stay.
 *
 * @throws `UNSUPPORTED` for operators without an int8 form; `BAD_OPTION` for a tensor without a range
 * @example
 * ```ts
 * const int8 = quantize(network, calibrate(network, rows));
 * ```
 */
export function quantize(graph: Graph, ranges: Ranges): Graph {
  const tensors: Tensor[] = [...graph.tensors];
  const { group, sources } = scaleGroups(graph);
  const quantizationOfGroup = new Map([...sources].map(([root, members]) => [root, groupQuantization(members)]));
  function groupQuantization(members: readonly number[]): Quantization {
    const seen = members.map((i) => ranges[i] ?? missing(graph.tensors[i]!));
    return activationQuantization({
      min: Math.min(...seen.map(({ min }) => min)),
      max: Math.max(...seen.map(({ max }) => max)),
    });
  }
  const store = (i: number, quantization: Quantization): void => {
    tensors[i] = { ...tensors[i]!, dtype: 'int8', quantization };
  };
  store(graph.input, quantizationOfGroup.get(group[graph.input]!)!);
  const ops = graph.ops.flatMap((op): Op[] => {
    const { quantization: rule, channelAxis, storeConstants, inputs } = definitionOf(op);
    const fixed = typeof rule === 'object' && { scales: new Float32Array([rule.scale]), zeroPoint: rule.zeroPoint };
    const quantization = fixed || quantizationOfGroup.get(group[op.output]!) || tensors[op.inputs[0]!]!.quantization!;
    store(op.output, quantization);
    implementationOf({ ...graph, tensors }, op);
    if (channelAxis !== undefined) {
      const [x, weights, bias] = op.inputs.map((i) => tensors[i]!) as [Tensor, Tensor, Tensor];
      const next = tensors.push(...quantizeWeights(quantizationOf(x).scale, weights, bias, channelAxis)) - 2;
      return [{ ...op, inputs: [op.inputs[0]!, next, next + 1] }];
    }
    if (storeConstants) {
      const { quantization: input } = tensors[op.inputs[0]!]!;
      const constants = storeConstants(nodeOf(graph, op), input!).map((tensor) => tensors.push(tensor) - 1);
      return [{ ...op, inputs: [op.inputs[0]!, ...constants] }];
    }
    const rescaled: Op[] = [];
    const stored = op.inputs.map((input, i) => {
      const tensor = tensors[input]!;
      if (tensor.data && inputs[i] === 'either') return tensors.push(quantizeConstant(tensor)) - 1;
      if (rule !== 'shared' || group[input] === group[op.output]) return input;
      const output = tensors.push({ ...tensor, name: `${tensor.name}/rescaled`, quantization }) - 1;
      rescaled.push({ kind: 'quantize', name: `${op.name}/input ${i}`, inputs: [input], output, attributes: {} });
      return output;
    });
    return [...rescaled, { ...op, inputs: stored }];
  });
  const result = prune({ ...graph, tensors, ops });
  checkGraph(result);
  return result;
}

/** The int8 network with made-up ranges: its sizes, kernels and plan are those of the calibrated one. */
export function sketchQuantize(graph: Graph): Graph {
  return quantize(
    graph,
    graph.tensors.map(() => ({ min: -1, max: 1 })),
  );
}

function missing({ name }: Tensor): never {
  return fail({
    code: 'BAD_OPTION',
    where: `network.${name}`,
    got: 'no range',
    expected: 'a range for every activation',
    fix: 'Pass the ranges that calibrate() found for this very graph.',
  });
}

/** Scale and zero point of a range, widened to hold 0; the zero point is moved to a whole number. */
function activationQuantization(range: Range): Quantization {
  const min = Math.min(0, range.min);
  const max = Math.max(0, range.max);
  const scale = Math.fround((max - min) / 255) || 1;
  // Of the two ends the one that loses less by rounding decides, as in TensorFlow Lite.
  const fromMin = -128 - min / scale;
  const fromMax = 127 - max / scale;
  const zeroPoint = 128 + Math.abs(min / scale) < 127 + Math.abs(max / scale) ? fromMin : fromMax;
  return {
    scales: new Float32Array([scale]),
    zeroPoint: Math.max(-128, Math.min(127, Math.round(zeroPoint))),
  };
}

/** A constant operand, stored like an activation of its range. */
export function quantizeConstant(tensor: Tensor): Tensor {
  const values = tensor.data as Float32Array;
  const range = { min: 0, max: 0 };
  widen(range, values, tensor);
  const quantization = activationQuantization(range);
  const data = new Int8Array(values.length);
  quantizeValues(values, data, quantization.scales[0]!, quantization.zeroPoint);
  return { ...tensor, dtype: 'int8', data, quantization };
}
