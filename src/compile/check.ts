import { fail } from '../errors.js';
import type { Graph, Op } from './graph.js';
import { elements, type Node, type OpDefinition } from './op.js';
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
 * Checks that operators come in execution order, that shapes and types meet and that constants hold what they say.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION`, `UNSUPPORTED`, naming the operator
 */
export function checkGraph(graph: Graph): void {
  const ready = new Set<number>([graph.input]);
  graph.tensors.forEach((tensor, index) => {
    if (!tensor.data) return;
    ready.add(index);
    if (tensor.data.length === elements(tensor.shape)) return;
    refuse(tensor.name, `${tensor.data.length} values`, `${elements(tensor.shape)} for its shape`);
  });
  for (const op of graph.ops) {
    checkOp(graph, op, ready);
    ready.add(op.output);
  }
  if (!ready.has(graph.output)) refuse('output', 'an output no operator computes', 'the output of an operator');
}

function checkOp(graph: Graph, op: Op, ready: ReadonlySet<number>): void {
  const definition = definitionOf(op);
  if (op.inputs.length !== definition.inputs.length) {
    refuse(op.name, `${op.inputs.length} inputs`, `${definition.inputs.length} for ${op.kind}`);
  }
  op.inputs.forEach((input, i) => {
    if (!ready.has(input)) refuse(op.name, `input ${i} before it is computed`, 'operators in execution order');
    const constant = graph.tensors[input]!.data !== undefined;
    if (constant !== (definition.inputs[i] === 'constant')) {
      refuse(op.name, `a ${constant ? 'constant' : 'computed'} input ${i}`, `a ${definition.inputs[i]} input`);
    }
  });
  const output = graph.tensors[op.output];
  if (!output || ready.has(op.output)) refuse(op.name, 'an output that has a value already', 'a tensor of its own');
  const node = nodeOf(graph, op);
  const shape = definition.shape(node);
  if (shape.join() !== node.output.shape.join()) {
    refuse(op.name, `an output of shape [${node.output.shape.join(', ')}]`, `[${shape.join(', ')}]`, 'SHAPE_MISMATCH');
  }
  const dtype = node.inputs[0]!.dtype;
  const wanted = definition.outputDtype ?? dtype;
  if (node.output.dtype !== wanted) refuse(op.name, `an output of type ${node.output.dtype}`, wanted);
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
