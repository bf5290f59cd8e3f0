import type { LayersModel } from '@tensorflow/tfjs-layers';
import { fail, show } from '../../errors.js';
import type { Activation, Attributes, Graph, Op, OpKind, Padding, Tensor } from '../graph.js';

type ModelLayer = LayersModel['layers'][number];
type Config = Readonly<Record<string, unknown>>;
type Pair = readonly [number, number];

/**
 * Turns a sequential TensorFlow.js layers model into a graph: float32, channels last, in the graph's weight layouts.
 * The model stays the caller's to dispose of.
 *
 * Takes Dense, Conv1D, Conv2D, DepthwiseConv2D, max and average pooling, BatchNormalization, ReLU, Activation,
 * Softmax, Flatten, Reshape and Dropout; activations linear, relu, relu6 and softmax.
 *
 * @throws `UNSUPPORTED` naming the layer
 * @example
 * ```ts
 * const graph = importLayersModel(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] }));
 * ```
 */
export function importLayersModel(model: LayersModel): Graph {
  const input = spatial(model.inputs[0]!.shape);
  const importer = new Importer(input);
  let previous: unknown = model.inputs[0];
  for (const layer of model.layers) {
    if (layer.getClassName() === 'InputLayer') continue;
    if (layer.inboundNodes.length !== 1 || layer.input !== previous)
      refuse(layer, 'a model with branches', 'a chain of layers');
    previous = layer.output;
    importer.add(layer);
  }
  return importer.graph();
}

class Importer {
  readonly #tensors: Tensor[];
  readonly #ops: Op[] = [];
  #current = 0;

  constructor(input: readonly number[]) {
    this.#tensors = [{ name: 'input', shape: input, dtype: 'f32' }];
  }

  graph(): Graph {
    return { tensors: this.#tensors, ops: this.#ops, input: 0, output: this.#current };
  }

  add(layer: ModelLayer): void {
    const config = layer.getConfig() as Config;
    if (config.dataFormat === 'channelsFirst') refuse(layer, 'channels first', 'channels last');
    const weights = layer.getWeights().map((w) => ({ shape: w.shape, data: w.dataSync() as Float32Array }));
    const [w, ...rest] = weights.map((x) => x.data);
    const type = layer.getClassName();
    switch (type) {
      case 'Dropout':
        break;
      case 'Flatten':
      case 'Reshape':
        this.#op(layer, 'reshape', {});
        break;
      case 'ReLU':
        this.#activate(layer, config.maxValue === 6 ? 'relu6' : config.maxValue == null ? 'relu' : config.maxValue);
        break;
      case 'Softmax':
        this.#activate(layer, 'softmax');
        break;
      case 'Activation':
        this.#activate(layer, config.activation);
        break;
      case 'MaxPooling1D':
      case 'MaxPooling2D':
        this.#op(layer, 'maxPool2d', pooling(config));
        break;
      case 'AveragePooling1D':
      case 'AveragePooling2D':
        this.#op(layer, 'averagePool2d', pooling(config));
        break;
      case 'BatchNormalization':
        this.#batchNorm(
          layer,
          config,
          weights.map((x) => x.data),
        );
        break;
      case 'Dense': {
        if (this.#tensors[this.#current]!.shape.length !== 1)
          refuse(layer, 'a dense layer over an image', 'a flatten before it');
        const [inputs, units] = weights[0]!.shape as [number, number];
        this.#linear(layer, 'dense', [units, inputs], transposed(w!, inputs, units), rest[0], {});
        break;
      }
      case 'Conv1D':
      case 'Conv2D': {
        const [outputs, window] = [weights[0]!.shape.at(-1)!, weights[0]!.shape.slice(0, -1)];
        const shape = [outputs, ...(type === 'Conv1D' ? [1] : []), ...window];
        this.#linear(layer, 'conv2d', shape, transposed(w!, w!.length / outputs, outputs), rest[0], sliding(config));
        break;
      }
      case 'DepthwiseConv2D': {
        const [height, width, channels, multiplier] = weights[0]!.shape as [number, number, number, number];
        const shape = [1, height, width, channels * multiplier];
        this.#linear(layer, 'depthwiseConv2d', shape, w!.slice(), rest[0], sliding(config));
        break;
      }
      default:
        refuse(layer, `a layer of type ${type}`, 'one of the supported layers');
    }
  }

  #linear(
    layer: ModelLayer,
    kind: OpKind,
    shape: readonly number[],
    weights: Float32Array,
    bias: Float32Array | undefined,
    attributes: Attributes,
  ): void {
    const outputs = kind === 'depthwiseConv2d' ? shape[3]! : shape[0]!;
    const constants = [
      this.#constant(`${layer.name}/weights`, shape, weights),
      this.#constant(`${layer.name}/bias`, [outputs], bias?.slice() ?? new Float32Array(outputs)),
    ];
    const { activation } = layer.getConfig() as Config;
    const fused = activation === 'relu' || activation === 'relu6';
    this.#op(layer, kind, { ...attributes, activation: fused ? activation : 'none' }, constants);
    if (!fused) this.#activate(layer, activation);
  }

  #batchNorm(layer: ModelLayer, config: Config, weights: readonly Float32Array[]): void {
    const left = weights.map((data) => data.slice());
    const size = left[0]?.length ?? 0;
    const gamma = config.scale === false ? new Float32Array(size).fill(1) : left.shift()!;
    const beta = config.center === false ? new Float32Array(size) : left.shift()!;
    const [mean, variance] = left as [Float32Array, Float32Array];
    const constants = Object.entries({ gamma, beta, mean, variance }).map(([name, data]) =>
      this.#constant(`${layer.name}/${name}`, [size], data),
    );
    this.#op(layer, 'batchNorm', { epsilon: config.epsilon as number }, constants);
  }

  #activate(layer: ModelLayer, activation: unknown): void {
    if (activation === 'linear') return;
    const known = ['relu', 'relu6', 'softmax'].includes(activation as string);
    if (!known) refuse(layer, `activation ${show(activation)}`, 'linear, relu, relu6 or softmax');
    this.#op(layer, activation as Activation & OpKind, {}, [], `${layer.name}/${activation}`);
  }

  #op(
    layer: ModelLayer,
    kind: OpKind,
    attributes: Attributes,
    constants: readonly number[] = [],
    name = layer.name,
  ): void {
    this.#tensors.push({ name, shape: spatial(layer.outputShape as (number | null)[]), dtype: 'f32' });
    const output = this.#tensors.length - 1;
    this.#ops.push({ kind, name, inputs: [this.#current, ...constants], output, attributes });
    this.#current = output;
  }

  #constant(name: string, shape: readonly number[], data: Float32Array): number {
    this.#tensors.push({ name, shape, dtype: 'f32', data });
    return this.#tensors.length - 1;
  }
}

/** Shape without the batch; a sequence becomes an image of one row. */
function spatial(shape: readonly (number | null)[]): number[] {
  const sizes = shape.slice(1) as number[];
  return sizes.length === 2 ? [1, ...sizes] : sizes;
}

function sliding(config: Config): Attributes {
  return {
    padding: config.padding as Padding,
    strides: pair(config.strides),
    dilations: pair(config.dilationRate ?? 1),
  };
}

function pooling(config: Config): Attributes {
  return { padding: config.padding as Padding, strides: pair(config.strides), pool: pair(config.poolSize) };
}

/** `[vertical, horizontal]`; one number is along time. */
function pair(given: unknown): Pair {
  const sizes = [given].flat() as number[];
  return sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
}

/** A `[rows, columns]` matrix with its axes swapped. */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}

function refuse(layer: ModelLayer, got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `importLayersModel.${layer.name}`,
    got,
    expected,
    fix: 'Replace the layer, or train with classifier().',
  });
}
