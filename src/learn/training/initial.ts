import type { Graph, Op, Tensor } from '../../compile/graph.js';
import type { Network } from '../network/network.js';
import { seededRandom } from '../random.js';

/** Constants at the start of training: those given, else Glorot-uniform weights and the zeros and ones of the graph. */
export function initialWeights(network: Network, seed: number, outputBias?: Float32Array): Map<number, Float32Array> {
  const { graph, given } = network;
  const random = seededRandom(seed, 'weights');
  const weights = new Map<number, Float32Array>();
  const multiplied = multipliedTensors(graph);
  graph.tensors.forEach((tensor, index) => {
    if (!tensor.data) return;
    const data = Float32Array.from(tensor.data);
    if (multiplied.has(index) && !given?.has(index)) {
      const limit = glorotLimit(tensor);
      for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * limit;
    }
    weights.set(index, data);
  });
  const head = lastWeighted(graph);
  if (outputBias && !given?.has(head)) weights.get(head)!.set(outputBias);
  return weights;
}

/** Bias of the last operator that has one. */
function lastWeighted(graph: Graph): number {
  return graph.ops.findLast(isWeighted)!.inputs[2]!;
}

function isWeighted({ kind }: Op): boolean {
  return kind === 'dense' || kind === 'conv2d' || kind === 'depthwiseConv2d';
}

/** Weights: what inputs are multiplied by. They decay; biases and normalisation do not. */
export function multipliedTensors(graph: Graph): ReadonlySet<number> {
  return new Set(graph.ops.filter(isWeighted).map((op) => op.inputs[1]!));
}

/** Constants that follow the gradient: not running statistics, nor a bias that the batch normalisation behind it cancels. */
export function trainedTensors({ graph, frozen }: Network): ReadonlySet<number> {
  const normalised = new Set(graph.ops.filter((op) => op.kind === 'batchNorm').map((op) => op.inputs[0]));
  return new Set(
    graph.ops.flatMap((op) => {
      const last = op.kind === 'batchNorm' || !normalised.has(op.output) ? 3 : 2;
      return op.inputs.slice(1, last).filter((index) => graph.tensors[index]!.data && !frozen?.has(index));
    }),
  );
}

/** Glorot and Bengio (2010); a depthwise filter `(1, kh, kw, C)` has one input per output. */
function glorotLimit({ shape }: Tensor): number {
  const [outputs, ...rest] = shape as [number, ...number[]];
  const fan = rest.reduce((a, b) => a * b, 1);
  if (shape.length === 2) return Math.sqrt(6 / (fan + outputs));
  const [height, width, inputs] = rest as [number, number, number];
  const [into, outOf] = outputs === 1 ? [1, 1] : [inputs, outputs];
  return Math.sqrt(6 / (height * width * (into + outOf)));
}
