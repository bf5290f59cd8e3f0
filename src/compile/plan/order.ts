import type { Graph, Op } from '../graph.js';
import { plan } from './plan.js';

/** Operators beyond which an order is taken as it comes: each candidate costs a plan. */
const MOST_OPS = 300;
const MOST_JOINS = 16;

/**
 * The same network with the branches before each join in the order that needs the smallest arena.
 *
 * Branches run one after another, each to its end; which comes first is decided join by join, keeping what helps.
 * A network without branches, or for which no other order is better, comes back as it is.
 *
 * @throws what `checkGraph` throws
 * @example
 * ```ts
 * const network = reorder(optimize(graph));
 * ```
 */
export function reorder(graph: Graph): Graph {
  const joins = graph.ops.filter((op) => new Set(op.inputs.filter((i) => !graph.tensors[i]!.data)).size > 1);
  if (joins.length === 0 || joins.length > MOST_JOINS || graph.ops.length > MOST_OPS) return graph;
  let best = { graph, bytes: plan(graph).arenaBytes };
  const flipped = new Set<Op>();
  for (const join of [undefined, ...joins]) {
    if (join) flipped.add(join);
    const ops = branchByBranch(graph, flipped);
    const bytes = ops.length === graph.ops.length ? plan({ ...graph, ops }).arenaBytes : Number.POSITIVE_INFINITY;
    if (bytes < best.bytes) best = { graph: { ...graph, ops }, bytes };
    else if (join) flipped.delete(join);
  }
  return best.graph;
}

/** Operators the output needs, each after its inputs, the inputs of flipped joins from the last to the first. */
function branchByBranch(graph: Graph, flipped: ReadonlySet<Op>): Op[] {
  const producers = new Map(graph.ops.map((op) => [op.output, op]));
  const done = new Set<Op>();
  const visit = (tensor: number): void => {
    const op = producers.get(tensor);
    if (!op || done.has(op)) return;
    for (const input of flipped.has(op) ? op.inputs.toReversed() : op.inputs) visit(input);
    done.add(op);
  };
  visit(graph.output);
  return [...done];
}
