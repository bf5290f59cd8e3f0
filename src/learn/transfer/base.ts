import type { TrainedBlock } from '../../block.js';
import type { TfModel } from '../../compile/import/tf-model.js';
import { importLayersModel } from '../../compile/import/tfjs.js';
import { type Graph, interpreter, optimize, readTflite } from '../../compile/index.js';
import { prune } from '../../compile/optimize/optimize.js';
import { fail, show } from '../../errors.js';
import { graphFromState } from '../network/graph-state.js';
import type { FeatureScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { hasWeights } from '../training/given.js';

/**
 * A network to build on: a trained impulse or one of its learners, a graph, the bytes of a float32 .tflite file, or a
 * TensorFlow.js layers model.
 */
export type BaseSource = Learners | TrainedBlock | Graph | Uint8Array | TfModel;

/** What a trained impulse has of a base. */
export interface Learners {
  readonly learners: readonly { readonly block: TrainedBlock }[];
}

/** The front of a network, up to the values that are its features. */
export interface Base {
  /** Float32, optimised. */
  readonly graph: Graph;
  /** Standardisation of what enters. */
  readonly scale?: FeatureScale | undefined;
}

/**
 * The front of a network.
 *
 * @param layer what its features are: the output of the operator of this name, or what the first so many layers with
 * weights give. Default: what enters the last layer with weights
 * @throws `BAD_OPTION`, `UNSUPPORTED` for networks in int8 and for learners that are no networks, `BAD_FILE`
 */
export function baseOf(where: string, from: BaseSource, layer?: string | number): Base {
  const { graph, scale } = networkOf(where, from);
  const float = graph.tensors.every(({ dtype }) => dtype === 'f32');
  if (!float)
    refuse(where, 'UNSUPPORTED', 'a network in int8', 'a float32 network', 'Take the model from before quantize().');
  const output = cutOf(where, graph, layer);
  return { graph: optimize(prune({ ...graph, output })), scale };
}

/** A function that gives the features of a base for what enters it. */
export function embedding({ graph, scale }: Base): (row: Float32Array) => Float32Array {
  const run = interpreter(graph);
  return (row) => run(scale ? standardised(scale, row) : row);
}

function networkOf(where: string, from: BaseSource): { graph: Graph; scale?: FeatureScale | undefined } {
  if (from instanceof Uint8Array) return { graph: readTflite(from) };
  const object: object = typeof from === 'object' && from !== null ? from : {};
  const is = (...members: readonly string[]): boolean => members.every((member) => member in object);
  if (is('state', 'run')) return ofBlock(where, from as TrainedBlock);
  if (is('learners')) {
    const { learners } = from as Learners;
    return ofBlock(where, (learners.find(({ block }) => isNetwork(block)) ?? learners[0]!).block);
  }
  if (is('tensors', 'ops')) return { graph: from as Graph };
  if (is('layers', 'inputs')) return { graph: importLayersModel(from as TfModel) };
  return refuse(
    where,
    'BAD_OPTION',
    show(from),
    'a trained impulse, a trained block, a graph, the bytes of a .tflite file or a tf.LayersModel',
    'Pass one of these as from.',
  );
}

function isNetwork({ state }: TrainedBlock): boolean {
  return typeof state.json === 'object' && state.json !== null && 'network' in state.json;
}

function ofBlock(where: string, block: TrainedBlock): { graph: Graph; scale?: FeatureScale | undefined } {
  if (!isNetwork(block)) {
    refuse(where, 'UNSUPPORTED', `a learner of type ${block.type}`, 'a neural network', 'Take a model with one.');
  }
  const { json, arrays } = block.state;
  const { mean, inverseScale } = arrays;
  const scaled = mean instanceof Float32Array && inverseScale instanceof Float32Array;
  const graph = graphFromState((json as { network: unknown }).network, arrays);
  return { graph, scale: scaled ? { mean, inverseScale } : undefined };
}

/** Tensor that holds the features. */
function cutOf(where: string, graph: Graph, layer: string | number | undefined): number {
  const weighted = graph.ops.filter(hasWeights);
  const names = graph.ops.map((op) => op.name);
  if (typeof layer === 'string') {
    const op = graph.ops.findLast(({ name, output }) => name === layer || graph.tensors[output]!.name === layer);
    if (op) return op.output;
    refuse(where, 'BAD_OPTION', `layer ${show(layer)}`, `one of ${names.join(', ')}`, 'Name a layer of the network.');
  }
  const kept = layer ?? weighted.length - 1;
  const next = weighted[kept];
  if (kept >= 1 && next) return next.inputs[0]!;
  if (kept >= 1 && kept === weighted.length) return graph.output;
  const got = layer === undefined ? `a network of ${weighted.length} layers with weights` : `layer ${layer}`;
  return refuse(
    where,
    'BAD_OPTION',
    got,
    layer === undefined ? 'at least two' : `1 to ${weighted.length}`,
    'The last layer is replaced; there must be others in front of it.',
  );
}

function refuse(where: string, code: 'BAD_OPTION' | 'UNSUPPORTED', got: string, expected: string, fix: string): never {
  return fail({ code, where, got, expected, fix });
}
