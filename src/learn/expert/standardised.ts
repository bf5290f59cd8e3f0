import type { Graph, Tensor } from '../../compile/graph.js';
import { takingRaw, type Unit } from '../standardise/unit.js';
import { canStandardise, hasWeights } from '../training/given.js';

/**
 * A network that was trained on inputs standardised as `(value - mean) * factor`, as one that takes them as they are. The
 * first weights make up for it where they see no padding; else a product and a sum go in front.
 */
export function takingRawInputs(graph: Graph, unit: Unit): Graph {
  const first = graph.ops.find(hasWeights);
  const { shape } = graph.tensors[first?.inputs[1] ?? graph.input]!;
  const pads = first?.attributes.padding !== 'valid' && first?.kind !== 'dense' && shape.slice(1, 3).some((n) => n > 1);
  if (canStandardise(graph) && !pads) return takingRaw(graph, unit);
  const tensors: Tensor[] = [...graph.tensors];
  const add = (tensor: Tensor): number => tensors.push(tensor) - 1;
  const sizes = graph.tensors[graph.input]!.shape;
  const constant = (name: string, value: number): number =>
    add({ name: `standardise/${name}`, shape: [1], dtype: 'f32', data: Float32Array.of(value) });
  const raw = add({ name: 'features', shape: sizes, dtype: 'f32' });
  const scaled = add({ name: 'standardise/scaled', shape: sizes, dtype: 'f32' });
  const front = [
    {
      kind: 'mul' as const,
      name: 'standardise/scale',
      inputs: [raw, constant('factor', unit.factor)],
      output: scaled,
      attributes: {},
    },
    {
      kind: 'add' as const,
      name: 'standardise/centre',
      inputs: [scaled, constant('offset', -unit.mean * unit.factor)],
      output: graph.input,
      attributes: {},
    },
  ];
  return { tensors, ops: [...front, ...graph.ops], input: raw, output: graph.output };
}
