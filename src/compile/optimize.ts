import { checkGraph, definitionOf, nodeOf } from './check.js';
import type { Graph, Op, Tensor } from './graph.js';
import type { OpDefinition } from './op.js';

/** A pass: the same function with fewer or simpler operators. */
type Pass = (graph: Graph) => Graph;

/**
 * Prepares a network for execution: batch normalisations go into the weights before them, or become depthwise
 * convolutions where there are none; activations go into their producers; reshapes that change nothing, operators
 * without a reader and unused tensors go away.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * const network = optimize(graph);
 * console.log(describe(network));
 * ```
 */
export function optimize(graph: Graph): Graph {
  checkGraph(graph);
  const passes: readonly Pass[] = [foldAffine, fuseActivations, shortenAliases, prune];
  const result = passes.reduce((g, pass) => pass(g), graph);
  checkGraph(result);
  return result;
}

/** The operator that alone feeds `op`, when nothing else reads what it computes. */
function soleProducer(graph: Graph, op: Op): { producer: Op; definition: OpDefinition } | undefined {
  const [input] = op.inputs;
  if (input === graph.output) return undefined;
  const producer = graph.ops.find((other) => other.output === input);
  const readers = graph.ops.filter((other) => other.inputs.includes(input!));
  if (!producer || readers.length > 1) return undefined;
  return { producer, definition: definitionOf(producer) };
}

/** Replaces a producer and its reader by one operator that writes the reader's output. */
function merge(graph: Graph, producer: Op, reader: Op, changes: Partial<Op>): Graph {
  const ops = graph.ops
    .filter((op) => op !== producer)
    .map((op) => (op === reader ? { ...producer, ...changes, output: reader.output } : op));
  return { ...graph, ops };
}

function foldAffine(graph: Graph): Graph {
  let result = graph;
  for (const op of graph.ops) result = foldOne(result, op);
  return result;
}

function foldOne(graph: Graph, op: Op): Graph {
  const { affine, lower } = definitionOf(op);
  if (!affine) return graph;
  const found = soleProducer(graph, op);
  const { activation = 'none' } = found?.producer.attributes ?? {};
  const next = graph.tensors.length;
  if (found && found.definition.channelAxis !== undefined && activation === 'none') {
    const { scale, offset } = affine(nodeOf(graph, op));
    const scaled = scaleWeights(graph, found.producer, found.definition.channelAxis, scale, offset);
    const inputs = [found.producer.inputs[0]!, next, next + 1];
    return merge({ ...graph, tensors: graph.tensors.concat(scaled) }, found.producer, op, { inputs });
  }
  const { tensors, ops } = lower!(op, nodeOf(graph, op), next);
  const lowered = graph.ops.flatMap((other) => (other === op ? ops : [other]));
  return { ...graph, tensors: graph.tensors.concat(tensors), ops: lowered };
}

function scaleWeights(graph: Graph, op: Op, axis: number, scale: Float64Array, offset: Float64Array): Tensor[] {
  const [weights, bias] = op.inputs.slice(1).map((i) => graph.tensors[i]!) as [Tensor, Tensor];
  const channel = channelOf(weights.shape, axis);
  return [
    { ...weights, data: Float32Array.from(weights.data!, (w, i) => w * scale[channel(i)]!) },
    { ...bias, data: Float32Array.from(bias.data!, (b, c) => b * scale[c]! + offset[c]!) },
  ];
}

/** Index along dimension `axis` of the i-th element. */
export function channelOf(shape: readonly number[], axis: number): (i: number) => number {
  const inner = shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  return (i) => Math.floor(i / inner) % shape[axis]!;
}

function fuseActivations(graph: Graph): Graph {
  return graph.ops.reduce((g, op) => {
    const { activation } = definitionOf(op);
    if (!activation) return g;
    const found = soleProducer(g, op);
    // Stored int8 values would change with the scale, so only float networks are rewritten.
    if (!found?.definition.fuses || g.tensors[op.output]!.dtype !== 'f32') return g;
    const { attributes } = found.producer;
    if ((attributes.activation ?? 'none') !== 'none') return g;
    return merge(g, found.producer, op, { attributes: { ...attributes, activation } });
  }, graph);
}

/** Lets aliases of aliases name the original, and readers skip aliases that keep the shape. */
function shortenAliases(graph: Graph): Graph {
  const original = new Map<number, number>();
  const same = new Map<number, number>();
  const ops = graph.ops.map((op) => {
    const inputs = op.inputs.map((i) => same.get(i) ?? i);
    if (!definitionOf(op).alias) return { ...op, inputs };
    const source = original.get(inputs[0]!) ?? inputs[0]!;
    original.set(op.output, source);
    if (graph.tensors[source]!.shape.join() === graph.tensors[op.output]!.shape.join()) same.set(op.output, source);
    return { ...op, inputs: [source] };
  });
  return { ...graph, ops, output: same.get(graph.output) ?? graph.output };
}

/** Removes operators that the output does not need, and tensors nobody names. */
export function prune(graph: Graph): Graph {
  const needed = new Set([graph.output, graph.input]);
  const ops = graph.ops.toReversed().filter((op) => {
    if (!needed.has(op.output)) return false;
    op.inputs.forEach((input) => {
      needed.add(input);
    });
    return true;
  });
  const kept = graph.tensors.map((_, i) => i).filter((i) => needed.has(i));
  const number = new Map(kept.map((old, i) => [old, i]));
  const renumber = (i: number): number => number.get(i)!;
  return {
    tensors: kept.map((i) => graph.tensors[i]!),
    ops: ops.reverse().map((op) => ({ ...op, inputs: op.inputs.map(renumber), output: renumber(op.output) })),
    input: renumber(graph.input),
    output: renumber(graph.output),
  };
}
