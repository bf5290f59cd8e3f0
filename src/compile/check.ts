import { fail } from '../errors.js';
import { quantizationOf } from './arithmetic/quantization.js';
import type { Graph, Op, Tensor } from './graph.js';
import { BYTES, bytesOf, elements, type InputKind, type Node, type OpDefinition } from './op.js';
import { OPS } from './ops/index.js';

/** Declaration of an operator's kind. */
export function definitionOf(op: Op): OpDefinition {
  if (Object.hasOwn(OPS, op.kind)) return OPS[op.kind];
  return fail({
    code: 'UNSUPPORTED',
    where: `network.${op.name}`,
    got: `an operator of kind ${op.kind}`,
    expected: `one of ${Object.keys(OPS).join(', ')}`,
    fix: 'Build the network from these operators.',
  });
}

/** An operator with its tensors looked up. */
export function nodeOf(graph: Graph, op: Op): Node {
  const { name, attributes } = op;
  return { name, attributes, inputs: op.inputs.map((i) => graph.tensors[i]!), output: graph.tensors[op.output]! };
}

/**
 * Checks that operators come in execution order, that shapes, types and scales meet and that constants hold what they
 * say.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION`, `UNSUPPORTED`, naming the operator
 */
export function checkGraph(graph: Graph): void {
  const ready = new Set<number>([graph.input]);
  graph.tensors.forEach((tensor, index) => {
    checkTensor(tensor);
    if (tensor.data) ready.add(index);
  });
  if (!graph.tensors[graph.input] || graph.tensors[graph.input]!.data) refuse('input', 'no such tensor', 'a tensor');
  for (const op of graph.ops) {
    checkOp(graph, op, ready);
    ready.add(op.output);
  }
  if (!ready.has(graph.output)) refuse('output', 'an output no operator computes', 'the output of an operator');
}

const TYPES = { f32: Float32Array, int8: Int8Array, int32: Int32Array } as const;
/** Addresses and indices are int32 in the kernels. */
const MAX_BYTES = 2 ** 31 - 1;

function checkTensor(tensor: Tensor): void {
  const { name, shape, dtype, data, quantization } = tensor;
  if (!Object.hasOwn(BYTES, dtype)) refuse(name, `type ${dtype}`, Object.keys(BYTES).join(', '));
  const sizes = shape.every((size) => Number.isInteger(size) && size > 0);
  if (!sizes || bytesOf(tensor) > MAX_BYTES) refuse(name, `shape [${shape.join(', ')}]`, 'sizes from 1, 2 GB together');
  if (data && !(data instanceof TYPES[dtype])) refuse(name, 'values of another type', dtype);
  if (data && data.length !== elements(shape)) {
    refuse(name, `${data.length} values`, `${elements(shape)} for its shape`);
  }
  if (!quantization) return;
  const { scales, zeroPoint } = quantization;
  if (!scales.every((scale) => scale > 0 && Number.isFinite(scale))) refuse(name, 'a scale of 0', 'scales above 0');
  const whole = Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127;
  if (!whole) refuse(name, `zero point ${zeroPoint}`, 'a whole number from -128 to 127');
}

function checkOp(graph: Graph, op: Op, ready: ReadonlySet<number>): void {
  const definition = definitionOf(op);
  const kinds = kindsOf(op, definition);
  op.inputs.forEach((input, i) => {
    if (!ready.has(input)) refuse(op.name, `input ${i} before it is computed`, 'operators in execution order');
    const kind = graph.tensors[input]!.data ? 'constant' : 'activation';
    if (kinds[i] !== 'either' && kinds[i] !== kind) refuse(op.name, `${kind} for input ${i}`, kinds[i]!);
  });
  const output = graph.tensors[op.output];
  if (!output || ready.has(op.output)) refuse(op.name, 'an output that has a value already', 'a tensor of its own');
  const node = nodeOf(graph, op);
  if (node.inputs.every(({ data }) => data)) refuse(op.name, 'nothing but constants', 'an input that is computed');
  checkTypes(node, kinds, definition);
  const shape = definition.shape(node);
  if (shape.join() !== output.shape.join()) {
    refuse(op.name, `an output of shape [${output.shape.join(', ')}]`, `[${shape.join(', ')}]`, 'SHAPE_MISMATCH');
  }
  if (output.dtype === 'int8') checkScales(node, definition);
}

/** What each input has to be. */
function kindsOf({ name, kind, inputs }: Op, definition: OpDefinition): readonly InputKind[] {
  if (definition.inputs[0] === 'activations') {
    if (inputs.length === 0) refuse(name, 'no inputs', 'at least one');
    return inputs.map(() => 'activation');
  }
  if (inputs.length !== definition.inputs.length) {
    refuse(name, `${inputs.length} inputs`, `${definition.inputs.length} for ${kind}`);
  }
  return definition.inputs;
}

/** Values that meet have one type; only the bias of an int8 operator is int32. */
function checkTypes(node: Node, kinds: readonly InputKind[], definition: OpDefinition): void {
  const { dtype } = node.inputs.find(({ data }) => !data)!;
  node.inputs.forEach((input, i) => {
    const bias = dtype === 'int8' && kinds[i] === 'constant' && i === 2;
    const wanted = bias ? 'int32' : dtype;
    if (input.dtype !== wanted) refuse(node.name, `input ${i} of type ${input.dtype}`, wanted);
  });
  const wanted = definition.outputDtype ?? dtype;
  if (node.output.dtype !== wanted) refuse(node.name, `an output of type ${node.output.dtype}`, wanted);
}

function checkScales(node: Node, { quantization, channelAxis }: OpDefinition): void {
  if (channelAxis !== undefined) {
    const weights = node.inputs[1]!;
    const count = weights.quantization?.scales.length ?? 0;
    const channels = weights.shape[channelAxis]!;
    if (count !== 1 && count !== channels) refuse(node.name, `${count} scales for its weights`, `1 or ${channels}`);
  }
  if (quantization === 'calibrated') return;
  const output = quantizationOf(node.output);
  const sources = typeof quantization === 'object' ? [quantization] : node.inputs.map(quantizationOf);
  for (const { scale, zeroPoint } of sources) {
    const same = zeroPoint === output.zeroPoint && Math.abs(scale - output.scale) <= 1e-6 * scale;
    if (same) continue;
    const got = `an output of scale ${output.scale} and zero point ${output.zeroPoint}`;
    refuse(node.name, got, `scale ${scale} and zero point ${zeroPoint}`);
  }
}

function refuse(
  name: string,
  got: string,
  expected: string,
  code: 'BAD_OPTION' | 'SHAPE_MISMATCH' = 'BAD_OPTION',
): never {
  return fail({
    code,
    where: `network.${name}`,
    got,
    expected,
    fix: 'Correct the network or the importer that made it.',
  });
}
