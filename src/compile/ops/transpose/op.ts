import { type Node, type OpDefinition, refuseShape } from '../../op.js';
import { rowMajor } from '../common/loops.js';
import { gather, type Selection } from '../common/movement.js';

function select(node: Node): Selection {
  const { shape } = node.inputs[0]!;
  const { perm = [] } = node.attributes;
  if ([...perm].sort((a, b) => a - b).join() !== shape.map((_, d) => d).join()) {
    refuseShape(node, `an order of [${perm.join(', ')}]`, `every dimension of [${shape.join(', ')}] once`);
  }
  const steps = rowMajor(shape);
  return { first: 0, sizes: perm.map((d) => shape[d]!), steps: perm.map((d) => steps[d]!) };
}

/** Dimensions in another order: dimension `i` of the output is dimension `attributes.perm[i]` of the input. */
export const transpose: OpDefinition = {
  doc: 'Dimensions in another order, at most three that really move; free when only dimensions of size 1 move.',
  tflite: ['TRANSPOSE'],
  onnx: ['Transpose'],
  ...gather(select),
};
