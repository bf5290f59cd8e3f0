import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Attributes, Graph, Op } from '../../../../compile/graph.js';
import type { Engine } from '../../tf.js';
import { dilate } from './dilate.js';

/** A network to run: its graph, its constants by tensor index, and what its inputs were before standardisation. */
export interface Model {
  readonly graph: Graph;
  /** In the graph's layouts. */
  readonly weights: ReadonlyMap<number, Tensor>;
  /** What 0 became when the inputs were standardised: the value of padding in front of the first weights. */
  readonly origin: number;
}

/** What only training does on the way through a network. */
export interface TrainingPass {
  /** Drops values of a tensor, where the network asks for it. */
  readonly drop: (tensor: number, x: Tensor) => Tensor;
  /** Takes note of a batch's mean and variance, in the moving averages of these tensors. */
  readonly observe: (
    mean: number,
    variance: number,
    batch: { readonly mean: Tensor; readonly variance: Tensor },
  ) => void;
}

/**
 * Runs a graph on a batch with TensorFlow.js, so that what is trained is what is compiled.
 *
 * `[batch, ...input] -> [batch, class]`, the logits: the softmax at the end is left to the loss.
 */
export function forward(tf: Engine, model: Model, batch: Tensor, training?: TrainingPass): Tensor {
  const { graph } = model;
  const values = new Map<number, Tensor>(model.weights);
  const put = (index: number, x: Tensor): void => {
    values.set(index, training ? training.drop(index, x) : x);
  };
  const first = graph.ops.find((op) => op.inputs.length > 1);
  put(graph.input, batch);
  for (const op of graph.ops) {
    const inputs = op.inputs.map((index) => values.get(index)!);
    put(op.output, operator(tf, graph, op, inputs, op === first ? model.origin : 0, training));
  }
  return values.get(graph.output)!;
}

function operator(
  tf: Engine,
  graph: Graph,
  op: Op,
  inputs: Tensor[],
  origin: number,
  training: TrainingPass | undefined,
): Tensor {
  const [x, w, bias] = inputs as [Tensor, Tensor, Tensor];
  const a = op.attributes;
  const image = x as Tensor4D;
  switch (op.kind) {
    case 'dense':
      return activate(tf, a, tf.add(tf.matMul(x, w, false, true), bias));
    case 'conv2d': {
      const filter = stretched(tf, tf.transpose(w as Tensor4D, [1, 2, 3, 0]), a);
      return activate(
        tf,
        a,
        tf.add(tf.conv2d(padded(tf, image, filter, a, origin), filter, pair(a.strides), 'valid'), bias),
      );
    }
    case 'depthwiseConv2d': {
      const [, height, width, outputs] = w.shape as [number, number, number, number];
      const channels = image.shape[3];
      const filter = tf.reshape(w, [height, width, channels, outputs / channels]) as Tensor4D;
      const wide = padded(tf, image, filter, a, origin);
      return activate(tf, a, tf.add(tf.depthwiseConv2d(wide, filter, pair(a.strides), 'valid'), bias));
    }
    case 'maxPool2d':
      return tf.maxPool(image, pair(a.pool), pair(a.strides), a.padding as 'same' | 'valid');
    case 'averagePool2d':
      return tf.avgPool(image, pair(a.pool), pair(a.strides), a.padding as 'same' | 'valid');
    case 'mean':
      return tf.mean(image, [1, 2]);
    case 'add':
      return activate(tf, a, tf.add(x, w));
    case 'reshape':
      return tf.reshape(x, [x.shape[0]!, ...graph.tensors[op.output]!.shape]);
    case 'batchNorm':
      return batchNorm(tf, op, inputs, training);
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'softmax':
      return x;
    default:
      throw new RangeError(`${op.kind} does not train`);
  }
}

/** An image with the padding a filter needs, filled with `value`. */
function padded(tf: Engine, x: Tensor4D, filter: Tensor4D, a: Attributes, value: number): Tensor4D {
  if (a.padding === 'valid') return x;
  const [rows, columns] = [0, 1].map((axis) => {
    const size = x.shape[axis + 1]!;
    const stride = pair(a.strides)[axis]!;
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + filter.shape[axis]! - size, 0);
    const before = Math.floor(total / 2);
    return [before, total - before] as [number, number];
  }) as [[number, number], [number, number]];
  return tf.pad(x, [[0, 0], rows, columns, [0, 0]], value);
}

function batchNorm(tf: Engine, op: Op, inputs: Tensor[], training: TrainingPass | undefined): Tensor {
  const [x, gamma, beta, mean, variance] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const axes = x.shape.slice(0, -1).map((_, i) => i);
  const batch = training ? tf.moments(x, axes) : { mean, variance };
  training?.observe(op.inputs[3]!, op.inputs[4]!, batch);
  const factor = tf.mul(gamma, tf.rsqrt(tf.add(batch.variance, op.attributes.epsilon!)));
  return tf.add(tf.mul(tf.sub(x, batch.mean), factor), beta);
}

function activate(tf: Engine, a: Attributes, x: Tensor): Tensor {
  if (a.activation === 'relu') return tf.relu(x);
  return a.activation === 'relu6' ? tf.relu6(x) : x;
}

/** A dilated filter with its holes filled by zeros: TensorFlow.js has no gradient for dilated convolutions. */
function stretched(tf: Engine, filter: Tensor4D, a: Attributes): Tensor4D {
  const [vertical, horizontal] = a.dilations ?? [1, 1];
  return dilate(tf, dilate(tf, filter, 0, vertical), 1, horizontal);
}

function pair(size: readonly [number, number] | undefined): [number, number] {
  return size ? [size[0], size[1]] : [1, 1];
}
