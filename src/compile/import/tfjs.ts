import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { fail } from '../../errors.js';
import type { Attributes, Graph, Op, OpKind, Tensor } from '../graph.js';
import type { Config, Conversion, GraphWriter } from './conversion.js';
import type { TfModel } from './tf-model.js';
import { CONVERSIONS } from './tfjs-conversions.js';

type ModelLayer = LayersModel['layers'][number];
type Node = ModelLayer['inboundNodes'][number];

/**
 * Turns a TensorFlow.js layers model, sequential or functional, into a graph: float32, channels last, in the graph's
 * weight layouts. Branches, layers that are used several times and models inside models come along. The model stays the
 * caller's to dispose of.
 *
 * One input `[batch, ...sizes]` of up to three dimensions, one output. Takes Dense (over images and sequences too),
 * Conv1D, Conv2D, DepthwiseConv2D, SeparableConv2D, max, average and global pooling, BatchNormalization, Add, Subtract,
 * Multiply, Concatenate, ZeroPadding2D, Cropping1D and 2D, UpSampling2D (nearest), Permute, Rescaling, ReLU, LeakyReLU,
 * Softmax, Activation, Flatten, Reshape, LSTM, GRU and Bidirectional around them; layers that do something in training only (Dropout, GaussianNoise) vanish.
 * Activations: linear, relu, relu6, sigmoid, tanh, swish and softmax.
 *
 * @throws `UNSUPPORTED` naming the layer
 * @example
 * ```ts
 * const graph = importLayersModel(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] }));
 * ```
 */
export function importLayersModel(given: TfModel): Graph {
  const model = given as unknown as LayersModel;
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    refuse(model.name, `${model.inputs.length} inputs and ${model.outputs.length} outputs`, 'one of each');
  }
  const importer = new Importer(spatial(model.inputs[0]!.shape, 'input'));
  return importer.graph(importer.model(model, [0]));
}

/** Collects the graph. */
class Importer implements GraphWriter {
  readonly #tensors: Tensor[];
  readonly #ops: Op[] = [];
  /** Constants by layer and part: a layer used twice has its weights once. */
  readonly #constants = new Map<string, number>();

  constructor(input: readonly number[]) {
    this.#tensors = [{ name: 'input', shape: input, dtype: 'f32' }];
  }

  graph(output: number): Graph {
    return { tensors: this.#tensors, ops: this.#ops, input: 0, output };
  }

  /** Tensor of a model's output, given the tensors of its inputs. */
  model(model: LayersModel, inputs: readonly number[]): number {
    const known = new Map<number, number>(model.inputs.map((symbol, i) => [symbol.id, inputs[i]!]));
    return this.#value(model.outputs[0]!, known);
  }

  /** Tensor of a symbolic one; what it depends on is added first. */
  #value(symbol: SymbolicTensor, known: Map<number, number>): number {
    const found = known.get(symbol.id);
    if (found !== undefined) return found;
    const layer = symbol.sourceLayer as ModelLayer;
    const node = layer.inboundNodes[symbol.nodeIndex!] as Node;
    const inputs = node.inputTensors.map((input) => this.#value(input, known));
    const tensor = this.#apply(layer, node, symbol, inputs);
    known.set(symbol.id, tensor);
    return tensor;
  }

  #apply(layer: ModelLayer, node: Node, symbol: SymbolicTensor, inputs: readonly number[]): number {
    const { name } = layer;
    if ('layers' in layer && 'inputs' in layer) return this.model(layer as unknown as LayersModel, inputs);
    const type = layer.getClassName();
    const config = layer.getConfig() as Config;
    const conversion: Conversion | undefined = Object.hasOwn(CONVERSIONS, type) ? CONVERSIONS[type] : undefined;
    if (!conversion) refuse(name, `a layer of type ${type}`, 'one of the supported layers');
    if (config.dataFormat === 'channelsFirst') refuse(name, 'channels first', 'channels last');
    return conversion(this, {
      name,
      type,
      config,
      inputs,
      inputShape: (node.inputTensors[0] as SymbolicTensor).shape.slice(1),
      shape: spatial(symbol.shape, name),
      weights: layer.getWeights().map((w) => ({ shape: w.shape, data: w.dataSync() as Float32Array })),
      refuse: (got, expected) => refuse(name, got, expected),
    });
  }

  /** Appends an operator and gives its output. */
  op(
    name: string,
    kind: OpKind,
    inputs: readonly number[],
    shape: readonly number[],
    attributes: Attributes = {},
  ): number {
    const output = this.#tensors.push({ name, shape, dtype: 'f32' }) - 1;
    this.#ops.push({ kind, name, inputs, output, attributes });
    return output;
  }

  /** A constant of this name; the same tensor when it is asked for again. */
  constant(name: string, shape: readonly number[], data: Float32Array): number {
    const found = this.#constants.get(name);
    const same = found !== undefined && this.#tensors[found]!.data!.every((v, i) => v === data[i]);
    if (same) return found;
    const index = this.#tensors.push({ name, shape, dtype: 'f32', data }) - 1;
    this.#constants.set(name, index);
    return index;
  }

  shapeOf(tensor: number): readonly number[] {
    return this.#tensors[tensor]!.shape;
  }
}

/** Shape without the batch; a sequence becomes an image of one row. */
function spatial(shape: readonly (number | null)[], name: string): number[] {
  const sizes = shape.slice(1);
  const known = sizes.every((size): size is number => size !== null && size > 0);
  if (!known || sizes.length === 0 || sizes.length > 3) {
    refuse(name, `values of shape [${shape.map((size) => size ?? 'any').join(', ')}]`, 'one to three known sizes');
  }
  return sizes.length === 2 ? [1, ...sizes] : sizes;
}

function refuse(layer: string, got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `importLayersModel.${layer}`,
    got,
    expected,
    fix: 'Replace the layer, or train with classifier().',
  });
}
