import type { Graph, Op, Tensor } from '../graph.js';
import { forEachOp, soleProducer } from './rewrite.js';

/** A layer that gives its state after every step, of which only the last is read, gives that one. */
export function keepLastStates(graph: Graph): Graph {
  return forEachOp(graph, (g, op) => {
    const producer = op.kind === 'stridedSlice' ? soleProducer(g, op)?.producer : undefined;
    if (!producer?.attributes.everyStep || !takesLast(g.tensors[producer.output]!, op)) return g;
    const states = g.tensors[producer.output]!;
    const last = g.tensors.length;
    const tensors = g.tensors.concat({ ...states, shape: states.shape.slice(-1) });
    const layer: Op = { ...producer, output: last, attributes: { ...producer.attributes, everyStep: false } };
    const renamed: Op = { ...op, kind: 'reshape', inputs: [last], attributes: {} };
    const ops = g.ops.map((other) => (other === producer ? layer : other === op ? renamed : other));
    return { ...g, tensors, ops };
  });
}

/** Whether a slice takes all of the last step of `[1, time, unit]`, and nothing else. */
function takesLast({ shape }: Tensor, { attributes: { slice } }: Op): boolean {
  const [, steps, units] = shape as [number, number, number];
  const { begin, end, strides } = slice!;
  return begin.join() === [0, steps - 1, 0].join() && end[1] === steps && end[2] === units && strides[2] === 1;
}
