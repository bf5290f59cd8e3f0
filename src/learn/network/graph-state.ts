import type { BlockState } from '../../block.js';
import {
  checkGraph,
  type Graph,
  type Op,
  type Quantization,
  type Tensor,
  type TensorData,
} from '../../compile/index.js';
import { fail, show } from '../../errors.js';

type Arrays = BlockState['arrays'];

/** A graph as JSON, its constants and scales as arrays named by tensor index. */
export function graphState(graph: Graph): BlockState {
  const arrays: Record<string, TensorData> = {};
  const tensors = graph.tensors.map(({ name, shape, dtype, data, quantization }, index) => {
    if (data) arrays[`tensor${index}`] = data;
    if (!quantization) return { name, shape, dtype };
    const { scales, zeroPoint, axis } = quantization;
    arrays[`scales${index}`] = scales;
    return { name, shape, dtype, quantization: { zeroPoint, ...(axis === undefined ? {} : { axis }) } };
  });
  return { json: { ...graph, tensors }, arrays };
}

/**
 * Reads a graph back from what {@link graphState} gave.
 *
 * @throws `BAD_FILE`, and what {@link checkGraph} refuses
 */
export function graphFromState(json: unknown, arrays: Arrays): Graph {
  const { tensors, ops, input, output } = object(json, 'network');
  const graph: Graph = {
    tensors: list(tensors, 'network.tensors').map((tensor, index) => readTensor(tensor, index, arrays)),
    ops: list(ops, 'network.ops').map(readOp),
    input: count(input, 'network.input'),
    output: count(output, 'network.output'),
  };
  const indices = [graph.input, graph.output, ...graph.ops.flatMap((op) => [...op.inputs, op.output])];
  const outside = indices.find((index) => index >= graph.tensors.length);
  if (outside !== undefined) refuse('network', `tensor ${outside} of ${graph.tensors.length}`, 'an index of a tensor');
  checkGraph(graph);
  return graph;
}

function readTensor(given: unknown, index: number, arrays: Arrays): Tensor {
  const where = `network.tensors[${index}]`;
  const { name, shape, dtype, quantization } = object(given, where);
  if (dtype !== 'f32' && dtype !== 'int8' && dtype !== 'int32') refuse(where, show(dtype), 'f32, int8 or int32');
  const data = Object.hasOwn(arrays, `tensor${index}`) ? arrays[`tensor${index}`] : undefined;
  if (data && !(data instanceof ARRAY_TYPES[dtype])) refuse(where, 'an array of another type', dtype);
  return {
    name: text(name, where),
    shape: list(shape, where).map((n) => count(n, where)),
    dtype,
    ...(quantization === undefined ? {} : { quantization: readQuantization(quantization, index, arrays) }),
    ...(data ? { data } : {}),
  };
}

const ARRAY_TYPES = { f32: Float32Array, int8: Int8Array, int32: Int32Array };

function readQuantization(given: unknown, index: number, arrays: Arrays): Quantization {
  const where = `network.tensors[${index}].quantization`;
  const { zeroPoint, axis } = object(given, where);
  const scales = arrays[`scales${index}`];
  if (!(scales instanceof Float32Array) || scales.length === 0) refuse(where, 'no scales', 'float32 scales');
  if (scales.some((scale) => !(scale > 0 && Number.isFinite(scale)))) refuse(where, 'a bad scale', 'positive scales');
  if (!Number.isInteger(zeroPoint)) refuse(where, show(zeroPoint), 'a whole zero point');
  return { scales, zeroPoint: zeroPoint as number, ...(axis === undefined ? {} : { axis: count(axis, where) }) };
}

function readOp(given: unknown, index: number): Op {
  const where = `network.ops[${index}]`;
  const { kind, name, inputs, output, attributes } = object(given, where);
  return {
    kind: text(kind, where) as Op['kind'],
    name: text(name, where),
    inputs: list(inputs, where).map((i) => count(i, where)),
    output: count(output, where),
    attributes: object(attributes, where),
  };
}

function object(given: unknown, where: string): Record<string, unknown> {
  const good = typeof given === 'object' && given !== null && !Array.isArray(given);
  return good ? (given as Record<string, unknown>) : refuse(where, show(given), 'an object');
}

function list(given: unknown, where: string): readonly unknown[] {
  return Array.isArray(given) ? given : refuse(where, show(given), 'a list');
}

function text(given: unknown, where: string): string {
  return typeof given === 'string' ? given : refuse(where, show(given), 'text');
}

function count(given: unknown, where: string): number {
  return Number.isInteger(given) && (given as number) >= 0 ? (given as number) : refuse(where, show(given), 'a count');
}

function refuse(where: string, got: string, expected: string): never {
  return fail({ code: 'BAD_FILE', where, got, expected, fix: 'Save the impulse again.' });
}
