import type { Graph } from '../../compile/graph.js';
import { type Spec, shapeOf } from '../../spec.js';
import { dense, type Layer } from '../layers.js';
import { GraphBuilder } from './graph-builder.js';

/** A network before training: its graph, and what only training needs. */
export interface Network {
  /** Constants hold what training starts from, once {@link given}; else zeros, and ones for variances and scales. */
  readonly graph: Graph;
  /** Share of values dropped in training, by tensor. */
  readonly dropout: ReadonlyMap<number, number>;
  /** Constants that keep the values they have in the graph at the start; the others are drawn. Default none. */
  readonly given?: ReadonlySet<number>;
  /** How int8 holds tensors: they are rounded so in training, and weights as the compiler stores them. */
  readonly quantization?: ReadonlyMap<number, { readonly scale: number; readonly zeroPoint: number }>;
  /** Constants that training leaves alone, batch statistics among them. Default none. */
  readonly frozen?: ReadonlySet<number>;
}

/**
 * Builds the graph of a list of layers for one input size, with a dense layer behind it and a softmax over the classes,
 * unless told not to.
 *
 * @throws `SHAPE_MISMATCH` naming the layer that does not fit, `BAD_OPTION`
 */
export function buildNetwork(given: readonly Layer[], input: Spec, outputs: number, softmax = true): Network {
  const layers = [...withPreset(given), dense(outputs, { activation: 'none' })];
  const builder = new GraphBuilder(inputShape(layers, input));
  builder.add(layers);
  return builder.finish(softmax);
}

/** Spells out the pooling and dropout that follow each convolution, behind its batch normalisation if it has one. */
export function withPreset(given: readonly Layer[], within = false): Layer[] {
  const plain = !within && given.every((l) => ['conv1d', 'conv2d', 'dense', 'flatten'].includes(l.type));
  const layers = given.map((layer) =>
    layer.type === 'residual'
      ? { ...layer, layers: withPreset(layer.layers, true), shortcut: withPreset(layer.shortcut, true) }
      : layer,
  );
  return layers.flatMap((layer, i) => {
    if (layers[i + 1]?.type === 'batchNorm') return [layer];
    return [layer, ...following(layer.type === 'batchNorm' ? layers[i - 1] : layer, plain)];
  });
}

function following(layer: Layer | undefined, plain: boolean): Layer[] {
  if (layer?.type !== 'conv1d' && layer?.type !== 'conv2d') return [];
  const size = layer.pool ?? (plain ? 2 : 1);
  const rate = layer.dropout ?? (plain ? PRESET_DROPOUT[layer.type] : 0);
  const layers: Layer[] = [];
  if (size > 1) layers.push({ type: 'maxPool', size, stride: size, padding: 'same' });
  if (rate > 0) layers.push({ type: 'dropout', rate });
  return layers;
}

const PRESET_DROPOUT = { conv1d: 0, conv2d: 0.25 };

/** A sequence enters as `[1, time, channel]`, or with one channel where the layers are two-dimensional. */
function inputShape(layers: readonly Layer[], input: Spec): number[] {
  const shape = shapeOf(input);
  if (shape.length !== 2) return shape;
  const first = layers.find((l) => ['conv1d', 'conv2d', 'depthwiseConv2d'].includes(l.type));
  return first && first.type !== 'conv1d' ? [...shape, 1] : [1, ...shape];
}
