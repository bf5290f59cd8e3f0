import type { Attributes, Graph, Op, OpKind, Padding, Tensor } from '../../compile/graph.js';
import { fail } from '../../errors.js';
import type { Layer, LayerActivation, Size } from '../layers.js';

/** Largest network built: 64 MB of float32 weights. */
const MAX_WEIGHTS = 1 << 24;
const EPSILON = 1e-3;

type Pair = readonly [number, number];

/** Turns layers into operators one by one, keeping track of the shape between them. */
export class GraphBuilder {
  readonly #tensors: Tensor[] = [];
  readonly #ops: Op[] = [];
  readonly #dropout = new Map<number, number>();
  /** Shape and tensor of what the next layer takes. */
  #shape: readonly number[];
  #current: number;
  #weights = 0;
  /** Activation held back until the batch normalisation ahead of it is there; nothing where none may stand. */
  #pending: LayerActivation | undefined;
  #layer = '';

  constructor(input: readonly number[]) {
    this.#shape = input;
    this.#current = this.#tensor('input', input);
  }

  /** Appends layers. */
  add(layers: readonly Layer[]): void {
    layers.forEach((layer, i) => {
      this.#add(layer, layers[i + 1]?.type === 'batchNorm');
    });
  }

  /** Appends one layer; `normalised` when a batch normalisation follows it. */
  #add(layer: Layer, normalised: boolean): void {
    this.#layer = `${layer.type}_${this.#ops.length}`;
    switch (layer.type) {
      case 'dropout':
        this.#dropout.set(this.#current, layer.rate);
        break;
      case 'flatten':
        this.#flatten();
        break;
      case 'batchNorm':
        this.#batchNorm();
        break;
      case 'dense':
        this.#dense(layer.units, this.#activation(layer.activation, normalised));
        break;
      case 'maxPool':
      case 'averagePool':
        this.#pool(layer);
        break;
      case 'globalAveragePool':
        this.#op('mean', [], [this.#spatial(false)[2]], {});
        break;
      case 'residual':
        this.#residual(layer);
        break;
      default:
        this.#convolve(layer, this.#activation(layer.activation, normalised));
        break;
    }
  }

  /** Appends the softmax, unless told not to, and closes the graph. */
  finish(softmax = true): { readonly graph: Graph; readonly dropout: ReadonlyMap<number, number> } {
    if (softmax) {
      this.#layer = 'softmax';
      this.#op('softmax', [], this.#shape, {});
    }
    const graph: Graph = { tensors: this.#tensors, ops: this.#ops, input: 0, output: this.#current };
    return { graph, dropout: this.#dropout };
  }

  #dense(units: number, activation: LayerActivation): void {
    this.#flatten();
    const inputs = this.#shape[0]!;
    const constants = [this.#constant('weights', [units, inputs]), this.#constant('bias', [units])];
    this.#op('dense', constants, [units], { activation });
  }

  #convolve(
    layer: Extract<Layer, { type: 'conv1d' | 'conv2d' | 'depthwiseConv2d' }>,
    activation: LayerActivation,
  ): void {
    const [, , channels] = this.#spatial(layer.type === 'conv1d');
    const flat = layer.type === 'conv1d';
    const kernel = pair(layer.kernel, flat);
    const strides = pair(layer.stride, flat);
    const dilations = pair('dilation' in layer ? layer.dilation : 1, flat);
    const attributes: Attributes = { padding: layer.padding, strides, dilations, activation };
    const reach: Pair = [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
    const [height, width] = this.#windows(reach, strides, layer.padding);
    if (layer.type === 'depthwiseConv2d') {
      const outputs = channels * layer.multiplier;
      const constants = [this.#constant('weights', [1, ...kernel, outputs]), this.#constant('bias', [outputs])];
      this.#op('depthwiseConv2d', constants, [height, width, outputs], attributes);
      return;
    }
    const constants = [
      this.#constant('weights', [layer.filters, ...kernel, channels]),
      this.#constant('bias', [layer.filters]),
    ];
    this.#op('conv2d', constants, [height, width, layer.filters], attributes);
  }

  #pool(layer: Extract<Layer, { type: 'maxPool' | 'averagePool' }>): void {
    const [rows, , channels] = this.#spatial(false);
    const flat = rows === 1;
    const [pool, strides] = [pair(layer.size, flat), pair(layer.stride, flat)];
    const [height, width] = this.#windows(pool, strides, layer.padding);
    const kind = layer.type === 'maxPool' ? 'maxPool2d' : 'averagePool2d';
    this.#op(kind, [], [height, width, channels], { padding: layer.padding, strides, pool });
  }

  #residual({ layers, shortcut, activation }: Extract<Layer, { type: 'residual' }>): void {
    const name = this.#layer;
    const start = this.#current;
    const shape = this.#shape;
    // Standardisation of the inputs goes into the first weights, which must stand ahead of both ways.
    if (this.#weights === 0)
      this.#refuse('no convolution or dense layer in front', 'one in front of it', 'Put one there.');
    const way = (given: readonly Layer[]): { readonly end: number; readonly shape: readonly number[] } => {
      this.#current = start;
      this.#shape = shape;
      this.#layer = name;
      if (given[0]?.type === 'dropout') {
        this.#refuse(
          'a dropout at the start of one way',
          'a dropout on both ways or behind a layer',
          'Put it in front.',
        );
      }
      this.add(given);
      return { end: this.#current, shape: this.#shape };
    };
    const [body, other] = [way(layers), way(shortcut)];
    this.#layer = name;
    if (body.shape.join() !== other.shape.join()) {
      fail({
        code: 'SHAPE_MISMATCH',
        where: name,
        got: `layers that end in [${body.shape}] beside [${other.shape}]`,
        expected: 'the same shape on both ways',
        fix: 'Give a shortcut with the same strides and the same number of filters.',
      });
    }
    this.#current = body.end;
    this.#op('add', [other.end], body.shape, { activation });
  }

  #batchNorm(): void {
    const channels = this.#shape[this.#shape.length - 1]!;
    const activation = this.#pending ?? this.#refuseBatchNorm();
    this.#pending = undefined;
    const constants = ['gamma', 'beta', 'mean', 'variance'].map((name) => this.#constant(name, [channels]));
    this.#op('batchNorm', constants, this.#shape, { epsilon: EPSILON });
    if (activation === 'none') return;
    this.#layer = `${activation}_${this.#ops.length}`;
    this.#op(activation, [], this.#shape, {});
  }

  #flatten(): void {
    if (this.#shape.length === 1) return;
    this.#op('reshape', [], [size(this.#shape)], {});
  }

  /** The activation to fuse, or none when a batch normalisation comes in between. */
  #activation(activation: LayerActivation, normalised: boolean): LayerActivation {
    if (!normalised) return activation;
    this.#pending = activation;
    return 'none';
  }

  #spatial(sequence: boolean): readonly [number, number, number] {
    const [rows, columns, channels] = this.#shape;
    const fits = this.#shape.length === 3 && (!sequence || rows === 1);
    if (fits) return [rows!, columns!, channels!];
    return fail({
      code: 'SHAPE_MISMATCH',
      where: this.#layer,
      got: this.#shape.length === 1 ? `${this.#shape[0]} flat values` : `an image of [${this.#shape}]`,
      expected: sequence ? 'a sequence [time, channel]' : 'an image, a spectrogram or a sequence',
      fix: sequence
        ? 'Use dense layers for flat features, conv2d for images, or a block that gives a spectrogram.'
        : 'Put it before any flatten or dense layer, or use dense layers for flat features.',
    });
  }

  /** Output positions of a window that slides over the current image. */
  #windows(reach: Pair, strides: Pair, padding: Padding): [number, number] {
    const [height, width] = this.#shape as Pair;
    if (padding === 'same') return [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])];
    if (reach[0] > height || reach[1] > width) {
      fail({
        code: 'SHAPE_MISMATCH',
        where: this.#layer,
        got: `a window of ${reach[0]} x ${reach[1]} over ${height} x ${width} values`,
        expected: 'a window no larger than its input',
        fix: "Make it smaller or use padding 'same'.",
      });
    }
    return [Math.floor((height - reach[0]) / strides[0]) + 1, Math.floor((width - reach[1]) / strides[1]) + 1];
  }

  #op(kind: OpKind, others: readonly number[], shape: readonly number[], attributes: Attributes): void {
    const output = this.#tensor(this.#layer, shape);
    this.#ops.push({ kind, name: this.#layer, inputs: [this.#current, ...others], output, attributes });
    this.#current = output;
    this.#shape = shape;
  }

  #constant(name: string, shape: readonly number[]): number {
    this.#weights += size(shape);
    if (this.#weights > MAX_WEIGHTS) {
      fail({
        code: 'BAD_OPTION',
        where: this.#layer,
        got: `a network of more than ${MAX_WEIGHTS} weights`,
        expected: 'a network for a small device',
        fix: 'Use fewer units, or pool before the dense layer.',
      });
    }
    const data = new Float32Array(size(shape));
    if (name === 'gamma' || name === 'variance') data.fill(1);
    this.#tensors.push({ name: `${this.#layer}/${name}`, shape, dtype: 'f32', data });
    return this.#tensors.length - 1;
  }

  #tensor(name: string, shape: readonly number[]): number {
    this.#tensors.push({ name, shape, dtype: 'f32' });
    return this.#tensors.length - 1;
  }

  #refuseBatchNorm(): never {
    return this.#refuse(
      'a batchNorm that follows no dense or convolution layer',
      'a batchNorm right behind the layer it normalises',
      'Move it there.',
    );
  }

  #refuse(got: string, expected: string, fix: string): never {
    return fail({ code: 'BAD_OPTION', where: this.#layer, got, expected, fix });
  }
}

/** `[height, width]` of a size; a plain number along a sequence means time only. */
function pair(given: Size, sequence: boolean): Pair {
  if (typeof given !== 'number') return given;
  return sequence ? [1, given] : [given, given];
}

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
