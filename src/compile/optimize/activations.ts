import { definitionOf } from '../check.js';
import type { Activation, Graph, Op } from '../graph.js';
import { forEachOp, merge, soleProducer, storedAlike } from './rewrite.js';

/**
 * Activations go into the operators before them. In int8 only when both are stored alike: the rescaling of the
 * activation is then by exactly 1, so that nothing is left of it but the bounds, and those lie within the producer's.
 */
export function fuseActivations(graph: Graph): Graph {
  return forEachOp(graph, fuseOne);
}

function fuseOne(graph: Graph, op: Op): Graph {
  const { activation } = definitionOf(op);
  if (!activation) return graph;
  const found = soleProducer(graph, op);
  if (!found?.definition.fuses) return graph;
  if (!storedAlike(graph.tensors[found.producer.output]!, graph.tensors[op.output]!)) return graph;
  const { attributes } = found.producer;
  const both = combined(attributes.activation ?? 'none', activation);
  return merge(graph, found.producer, op, { attributes: { ...attributes, activation: both } });
}

/** One activation after the other, in either order. */
function combined(a: Activation, b: Activation): Activation {
  const order: readonly Activation[] = ['none', 'relu', 'relu6'];
  return order[Math.max(order.indexOf(a), order.indexOf(b))]!;
}
