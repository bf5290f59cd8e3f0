import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { seededRandom } from '../../../random.js';
import { initialWeights, multipliedTensors, trainedTensors } from '../../../training/initial.js';
import type { Stepper } from '../../../training/stepper.js';
import type { Loss, TrainingOptions, TrainingTask } from '../../../training/task.js';
import type { Engine } from '../../tf.js';
import { adamStep, parameter } from './adam.js';
import { forward, type TrainingPass } from './forward.js';

const MOMENTUM = 0.9;

/** Training steps operator by operator on TensorFlow.js, for comparison. */
export function tfStepper(tf: Engine, task: TrainingTask, options: TrainingOptions): Stepper {
  const { network, loss, origin = 0 } = task;
  const { graph } = network;
  const { batchSize, weightDecay = 0, l1 = 0, l2 = 0, seed = 1 } = options;
  const weights = initialWeights(network, seed, task.outputBias);
  const trained = trainedTensors(network);
  const multiplied = multipliedTensors(graph);
  const parameters = new Map(
    [...weights]
      .filter(([index]) => trained.has(index))
      .map(([index, data]) => [index, parameter(data, multiplied.has(index))]),
  );
  const random = seededRandom(seed, 'dropout');
  const shapeOf = (index: number): number[] => [...graph.tensors[index]!.shape];
  const sizeOf = (index: number): number => shapeOf(index).reduce((a, b) => a * b, 1);
  const input = new Float32Array(batchSize * sizeOf(graph.input));
  const target = new Float32Array(batchSize * sizeOf(graph.output));
  const output = new Float32Array(target.length);
  let step = 0;

  const tensor = (index: number, data: Float32Array): Tensor => tf.tensor(data, shapeOf(index));
  const rowsOf = (values: Float32Array, index: number, rows: number): Tensor =>
    tf.tensor(values.slice(0, rows * sizeOf(index)), [rows, ...shapeOf(index)]);

  const drop = (index: number, x: Tensor): Tensor => {
    const rate = network.dropout.get(index);
    if (!rate) return x;
    const mask = Float32Array.from({ length: x.size }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
    return tf.mul(x, tf.tensor(mask, x.shape));
  };

  const train = (rows: number, learningRate: number): number => {
    step++;
    return tf.tidy(() => {
      const indices = [...parameters.keys()];
      const x = rowsOf(input, graph.input, rows);
      const y = rowsOf(target, graph.output, rows);
      const statistics: [number, Tensor][] = [];
      const pass: TrainingPass = {
        drop,
        observe: (mean, variance, batch) => {
          statistics.push([mean, tf.keep(tf.clone(batch.mean))], [variance, tf.keep(tf.clone(batch.variance))]);
        },
      };
      const objective = (...changing: Tensor[]): Scalar => {
        const all = new Map(indices.map((index, i) => [index, changing[i]!]));
        for (const [index, data] of weights) if (!all.has(index)) all.set(index, tensor(index, data));
        const result = forward(tf, { graph, weights: all, origin }, x, pass);
        output.set(result.dataSync());
        return lossOf(tf, loss, result, y);
      };
      const { value, grads } = tf.valueAndGrads(objective)(indices.map((i) => tensor(i, weights.get(i)!)));
      indices.forEach((index, i) => {
        const gradient = grads[i]!.dataSync() as Float32Array;
        const p = parameters.get(index)!;
        if (p.decays)
          for (let k = 0; k < gradient.length; k++) gradient[k]! += l1 * Math.sign(p.data[k]!) + l2 * p.data[k]!;
        adamStep(p, gradient, step, learningRate, weightDecay);
      });
      for (const [index, statistic] of statistics) {
        const average = weights.get(index)!;
        const batch = statistic.dataSync();
        for (let i = 0; i < average.length; i++) average[i] = MOMENTUM * average[i]! + (1 - MOMENTUM) * batch[i]!;
        statistic.dispose();
      }
      return value.dataSync()[0]!;
    });
  };

  const evaluate = (rows: number): number =>
    tf.tidy(() => {
      const all = new Map([...weights].map(([index, data]) => [index, tensor(index, data)]));
      const result = forward(tf, { graph, weights: all, origin }, rowsOf(input, graph.input, rows));
      output.set(result.dataSync());
      return lossOf(tf, loss, result, rowsOf(target, graph.output, rows)).dataSync()[0]!;
    });

  const held = (): Float32Array[] => [
    ...weights.values(),
    ...[...parameters.values()].flatMap((p) => [p.mean, p.square]),
  ];
  return {
    input,
    target,
    output,
    train,
    evaluate,
    weights: () => new Map([...weights].map(([index, data]) => [index, data.slice()])),
    state: () => Float32Array.from([step, ...held().flatMap((data) => [...data])]),
    restore: (state) => {
      step = state[0]!;
      let at = 1;
      for (const data of held()) {
        data.set(state.subarray(at, at + data.length));
        at += data.length;
      }
    },
  };
}

function lossOf(tf: Engine, loss: Loss, output: Tensor, target: Tensor): Scalar {
  if (loss === 'squaredError') return tf.mean(tf.square(tf.sub(output, target)));
  return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(output)), -1))) as Scalar;
}
