import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Attributes, Graph, Op } from '../../compile/graph.js';
import type { Engine } from '../engine/engine.js';
import { dilate } from '../engine/gradients.js';

/** What only training does on the way through a network. */
export interface TrainingPass {
  /** Drops values of a tensor, where the network asks for it. */
  readonly drop: (tensor: number, x: Tensor) => Tensor;
  /** Takes note of a batch's mean and variance, in the moving averages of these tensors. */
  readonly observe: (mean: number, variance: number, batch: { readonly mean: Tensor; readonly variance: Tensor }) => void;
}

/**
 * Runs a graph on a batch with TensorFlow.js, so that what is trained is what is compiled.
 *
 * `[batch, ...input] -> [batch, class]`, the logits: the softmax at the end is left to the loss. `weights` are the
 * graph's constants by tensor index, in the graph's layouts.
 */
export function forward(
  tf: Engine,
  graph: Graph,
  weights: ReadonlyMap<number, Tensor>,
  batch: Tensor,
  training?: TrainingPass,
): Tensor {
  const values = new Map<number, Tensor>(weights);
  const put = (index: number, x: Tensor): void => {
    values.set(index, training ? training.drop(index, x) : x);
  };
  put(graph.input, batch);
  for (const op of graph.ops) {
    const inputs = op.inputs.map((index) => values.get(index)!);
    put(op.output, operator(tf, graph, op, inputs, training));
  }
  return values.get(graph.output)!;
}

function operator(tf: Engine, graph: Graph, op: Op, inputs: Tensor[], training?: TrainingPass): Tensor {
  const [x, w, bias] = inputs as [Tensor, Tensor, Tensor];
  const a = op.attributes;
  const image = x as Tensor4D;
  switch (op.kind) {
    case 'dense':
      return activate(tf, a, tf.add(tf.matMul(x, w, false, true), bias));
    case 'conv2d': {
      const filter = stretched(tf, tf.transpose(w as Tensor4D, [1, 2, 3, 0]), a);
      return activate(tf, a, tf.add(tf.conv2d(image, filter, pair(a.strides), a.padding!), bias));
    }
    case 'depthwiseConv2d': {
      const [, height, width, outputs] = w.shape as [number, number, number, number];
      const channels = image.shape[3];
      const filter = tf.reshape(w, [height, width, channels, outputs / channels]) as Tensor4D;
      return activate(tf, a, tf.add(tf.depthwiseConv2d(image, filter, pair(a.strides), a.padding!), bias));
    }
    case 'maxPool2d':
      return tf.maxPool(image, pair(a.pool), pair(a.strides), a.padding!);
    case 'averagePool2d':
      return tf.avgPool(image, pair(a.pool), pair(a.strides), a.padding!);
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

function batchNorm(tf: Engine, op: Op, inputs: Tensor[], training?: TrainingPass): Tensor {
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
