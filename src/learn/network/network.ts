import type { Graph } from '../../compile/graph.js';
import { type Kind, type Spec, shapeOf } from '../../spec.js';
import { conv1d, conv2d, dense, type Layer } from '../layers.js';
import { GraphBuilder } from './graph-builder.js';

/** A network before training: its graph, and what only training needs. */
export interface Network {
  /** Constants hold what training starts from, once {@link given}; else zeros, and ones for variances and scales. */
  readonly graph: Graph;
  /** Share of values dropped in training, by tensor. */
  readonly dropout: ReadonlyMap<number, number>;
  /** Constants that keep the values they have in the graph at the start; the others are drawn. Default none. */
  readonly given?: ReadonlySet<number>;
  /** Constants that training leaves alone, batch statistics among them. Default none. */
  readonly frozen?: ReadonlySet<number>;
}

/** The published default networks, by what enters. */
export function defaultLayers(kind: Kind): readonly Layer[] {
  if (kind === 'features') return [dense(20), dense(10)];
  if (kind === 'image') return [conv2d(8, 3), conv2d(16, 3)];
  return [conv1d(8, 3), conv1d(16, 3)];
}

/**
 * Builds the graph of a list of layers for one input size, with a dense layer and a softmax over the classes
 * behind it.
 *
 * @throws `SHAPE_MISMATCH` naming the layer that does not fit, `BAD_OPTION`
 */
export function buildNetwork(given: readonly Layer[], input: Spec, classes: number): Network {
  const layers = [...withPreset(given), dense(classes, { activation: 'none' })];
  const builder = new GraphBuilder(inputShape(layers, input));
  layers.forEach((layer, i) => {
    builder.add(layer, layers[i + 1]?.type === 'batchNorm');
  });
  return builder.finish();
}

/** Spells out the pooling and dropout that follow each convolution, behind its batch normalisation if it has one. */
function withPreset(layers: readonly Layer[]): Layer[] {
  const plain = layers.every((l) => ['conv1d', 'conv2d', 'dense', 'flatten'].includes(l.type));
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
