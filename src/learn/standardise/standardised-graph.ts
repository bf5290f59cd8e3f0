import type { Graph, Op, Tensor } from '../../compile/index.js';
import type { FeatureScale } from './feature-scale.js';

/**
 * A network with the standardisation of its features in front, as operators: `(x - mean) * inverseScale`, cut off at
 * `limit` deviations. Features `[n]` float32 go in as the processing blocks give them.
 *
 * An int8 network cuts off by itself where its range ends within the limit, and then gives the same bits as before. In
 * all other cases the cut is `relu6(x + 3) - 3`, for a limit of 3, which may be off by 2.4e-7.
 */
export function standardisedGraph(graph: Graph, { mean, inverseScale }: FeatureScale, limit: number): Graph {
  const tensors: Tensor[] = [...graph.tensors];
  const ops: Op[] = [];
  const input = graph.tensors[graph.input]!;
  const add = (tensor: Tensor): number => tensors.push(tensor) - 1;
  const real = (name: string, data?: Float32Array): number => {
    return add({ name, shape: [mean.length], dtype: 'f32', ...(data && { data }) });
  };
  const step = (
    kind: Op['kind'],
    name: string,
    inputs: readonly number[],
    attributes: Op['attributes'] = {},
  ): number => {
    const output = real(name);
    ops.push({ kind, name, inputs, output, attributes });
    return output;
  };

  const features = real('features');
  const centred = step('sub', 'standardise/centre', [features, real('standardise/mean', mean)]);
  let last = step('mul', 'standardise/scale', [centred, real('standardise/inverseScale', inverseScale)]);
  if (!saturates(input, limit)) {
    const half = real('standardise/limit', new Float32Array(mean.length).fill(limit));
    const above = step('add', 'standardise/above', [last, half], { activation: 'relu6' });
    last = step('sub', 'standardise/cut', [above, half]);
  }
  if (input.dtype === 'int8') {
    ops.push({ kind: 'quantize', name: 'standardise/quantize', inputs: [last], output: graph.input, attributes: {} });
    return { tensors, ops: [...ops, ...graph.ops], input: features, output: graph.output };
  }
  const direct = graph.ops.map((op) => ({ ...op, inputs: op.inputs.map((i) => (i === graph.input ? last : i)) }));
  const output = graph.output === graph.input ? last : graph.output;
  return { tensors, ops: [...ops, ...direct], input: features, output };
}

/** Whether storing a value as int8 cuts off everything beyond the limit already. */
function saturates({ dtype, quantization }: Tensor, limit: number): boolean {
  if (dtype !== 'int8') return false;
  const { scales, zeroPoint } = quantization!;
  const steps = Math.round(Math.fround(limit / scales[0]!));
  return zeroPoint + steps >= 127 && zeroPoint - steps <= -128;
}
