import { definitionOf, nodeOf } from '../check.js';
import type { Graph, Op } from '../graph.js';
import { affineOf } from './affine.js';
import { bypass, forEachOp, soleProducer, storedAlike } from './rewrite.js';

/** Operators that do nothing but rename become reshapes: transposes of sizes 1, whole slices, pads of nothing. */
export function renameOnly(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    const node = nodeOf(g, op);
    const { alias, renames } = definitionOf(op);
    if (alias || !(renames?.(node) || isWholePool(op)) || !storedAlike(node.inputs[0]!, node.output)) return g;
    const reshape: Op = { ...op, kind: 'reshape', attributes: {} };
    return { ...g, ops: g.ops.map((other) => (other === op ? reshape : other)) };
  });
}

/** Whether a pooling operator takes every value by itself. */
function isWholePool({ kind, attributes }: Op): boolean {
  const { pool = [1, 1], strides = [1, 1], activation = 'none', padding = 'valid' } = attributes;
  const pooling = kind === 'maxPool2d' || kind === 'averagePool2d';
  return pooling && [...pool, ...strides].join() === '1,1,1,1' && activation === 'none' && typeof padding === 'string';
}

/** Aliases of aliases name the original, and readers skip aliases that keep the shape. */
export function shortenAliases(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    if (!definitionOf(op).alias) return g;
    const source = g.ops.find((other) => other.output === op.inputs[0]);
    const [input, output] = [g.tensors[op.inputs[0]!]!, g.tensors[op.output]!];
    if (!storedAlike(input, output)) return g;
    if (input.shape.join() === output.shape.join()) return bypass(g, op, op.inputs[0]!);
    if (!source || !definitionOf(source).alias) return g;
    const shorter = { ...op, inputs: source.inputs };
    return { ...g, ops: g.ops.map((other) => (other === op ? shorter : other)) };
  });
}

/**
 * Reshapes move behind activations and operators per channel, so that these meet the operators whose weights or
 * bounds can take them over: the wrappers around one-dimensional convolutions stand between the two otherwise.
 */
export function sinkAliases(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    const { activation } = definitionOf(op);
    const found = soleProducer(g, op);
    if (!found?.definition.alias || !(activation || affineOf(g, op))) return g;
    const [source, middle, output] = [found.producer.inputs[0]!, found.producer.output, op.output];
    const { shape } = g.tensors[source]!;
    const broadcasts = op.inputs.every((i) => i === middle || g.tensors[i]!.shape.length <= shape.length);
    if (!activation && !(broadcasts && shape.at(-1) === g.tensors[middle]!.shape.at(-1))) return g;
    if (!storedAlike(g.tensors[source]!, g.tensors[middle]!)) return g;
    // The tensor between the two is now the operator's output in the shape of its input.
    const tensors = g.tensors.with(middle, { ...g.tensors[output]!, shape });
    const first: Op = { ...op, inputs: op.inputs.map((i) => (i === middle ? source : i)), output: middle };
    const then: Op = { ...found.producer, inputs: [middle], output };
    const ops = g.ops.flatMap((other) => (other === found.producer ? [] : other === op ? [first, then] : [other]));
    return { ...g, tensors, ops };
  });
}
