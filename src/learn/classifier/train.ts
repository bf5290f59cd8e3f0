import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { FitProgress, FitReport } from '../../block.js';
import type { Graph, Tensor as GraphTensor } from '../../compile/graph.js';
import { throwIfAborted } from '../../errors.js';
import { pacer } from '../../pace.js';
import type { Engine } from '../engine/tf.js';
import { type Random, seededRandom } from '../random.js';
import { adamStep, type Parameter, parameter } from './adam.js';
import type { Augment } from './augment.js';
import { forward, type TrainingPass } from './forward.js';
import type { Network } from './network.js';
import type { Split } from './split.js';

export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Epochs without a better validation loss before training stops; 0 never stops. */
  readonly patience: number;
  /** Weight of each class in the loss. */
  readonly classWeights: Float32Array;
  readonly augment?: Augment | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch: (progress: Omit<FitProgress, 'learner'>) => void;
}

/** Rows of features with their labels, and which of them train and which validate. */
export interface TrainingRows extends Split {
  readonly features: readonly Float32Array[];
  readonly labels: Int32Array;
  readonly classes: number;
  /** What 0 became when the features were standardised. */
  readonly origin: number;
}

const WHERE = 'classifier.fit';
const VALIDATION_BATCH = 256;
const MOMENTUM = 0.9;

/**
 * Trains a network with Adam on softmax cross-entropy and returns its graph with the weights of the epoch that had
 * the lowest validation loss.
 */
export async function train(
  tf: Engine,
  network: Network,
  rows: TrainingRows,
  options: TrainingOptions,
): Promise<{ readonly graph: Graph; readonly report: FitReport }> {
  const run = new TrainingRun(tf, network, rows, options);
  return run.start();
}

class TrainingRun {
  readonly #weights: Map<number, Float32Array>;
  readonly #parameters: ReadonlyMap<number, Parameter>;
  readonly #dropout: Random;
  #step = 0;
  readonly #pace: () => Promise<void>;

  constructor(
    readonly tf: Engine,
    readonly network: Network,
    readonly rows: TrainingRows,
    readonly options: TrainingOptions,
  ) {
    this.#weights = initialWeights(network.graph, rows, options.seed);
    const trained = trainedTensors(network.graph);
    this.#parameters = new Map(
      [...this.#weights]
        .filter(([index]) => trained.has(index))
        .map(([index, data]) => [index, parameter(data, network.graph.tensors[index]!.name.endsWith('weights'))]),
    );
    this.#dropout = seededRandom(options.seed, 'dropout');
    this.#pace = pacer(WHERE, options.signal);
  }

  async start(): Promise<{ readonly graph: Graph; readonly report: FitReport }> {
    const { epochs, patience, seed, signal, onEpoch } = this.options;
    const order = Int32Array.from(this.rows.train);
    const { shuffle } = seededRandom(seed, 'order');
    const started = performance.now();
    let best = { epoch: 0, valLoss: Number.POSITIVE_INFINITY, valAccuracy: 0, weights: this.#snapshot() };
    let epoch = 0;
    while (epoch < epochs && (patience === 0 || epoch - best.epoch < patience)) {
      epoch++;
      const { loss, accuracy } = await this.#epoch(shuffle(order));
      const validation = await this.#validate();
      if (validation.loss < best.valLoss) {
        best = { epoch, valLoss: validation.loss, valAccuracy: validation.accuracy, weights: this.#snapshot() };
      }
      const remainingMs = ((performance.now() - started) / epoch) * (epochs - epoch);
      onEpoch({
        epoch,
        epochs,
        loss,
        accuracy,
        valLoss: validation.loss,
        valAccuracy: validation.accuracy,
        remainingMs,
      });
      throwIfAborted(signal, WHERE);
    }
    const { valLoss, valAccuracy } = best;
    const report: FitReport = { epochs: epoch, bestEpoch: best.epoch, valLoss, valAccuracy };
    return { graph: withWeights(this.network.graph, best.weights), report };
  }

  async #epoch(order: Int32Array): Promise<{ loss: number; accuracy: number }> {
    const { batchSize } = this.options;
    let loss = 0;
    let correct = 0;
    for (let begin = 0; begin < order.length; begin += batchSize) {
      const batch = order.subarray(begin, begin + batchSize);
      const result = this.#trainStep(batch);
      loss += result.loss * batch.length;
      correct += result.correct;
      await this.#pace();
    }
    return { loss: loss / order.length, accuracy: correct / order.length };
  }

  /** One gradient step; all tensors made on the way are gone when it returns. */
  #trainStep(batch: Int32Array): { loss: number; correct: number } {
    const { tf, network, rows } = this;
    const { learningRate, epochs, batchSize, weightDecay } = this.options;
    const indices = [...this.#parameters.keys()];
    const total = epochs * Math.ceil(rows.train.length / batchSize);
    const rate = 0.5 * learningRate * (1 + Math.cos((Math.PI * this.#step) / total));
    this.#step++;
    return tf.tidy(() => {
      const x = this.#batch(batch, this.options.augment);
      const targets = this.#targets(batch);
      const statistics: [number, Tensor][] = [];
      const pass: TrainingPass = {
        drop: (tensor, value) => this.#drop(network.dropout.get(tensor), value),
        observe: (mean, variance, b) => {
          statistics.push([mean, tf.keep(tf.clone(b.mean))], [variance, tf.keep(tf.clone(b.variance))]);
        },
      };
      let logits: Tensor | undefined;
      const objective = (...weights: Tensor[]): Scalar => {
        const all = new Map(indices.map((index, i) => [index, weights[i]!]));
        for (const [index, data] of this.#weights) if (!all.has(index)) all.set(index, this.#tensor(index, data));
        const result = forward(tf, { graph: network.graph, weights: all, origin: rows.origin }, x, pass);
        logits = tf.keep(tf.clone(result));
        return crossEntropy(tf, result, targets);
      };
      const tensors = indices.map((index) => this.#tensor(index, this.#weights.get(index)!));
      const { value, grads } = tf.valueAndGrads(objective)(tensors);
      indices.forEach((index, i) => {
        const gradient = grads[i]!.dataSync() as Float32Array;
        adamStep(this.#parameters.get(index)!, gradient, this.#step, rate, weightDecay);
      });
      for (const [index, statistic] of statistics) {
        follow(this.#weights.get(index)!, statistic.dataSync() as Float32Array);
        statistic.dispose();
      }
      const correct = countCorrect(logits!.dataSync() as Float32Array, batch, rows);
      logits!.dispose();
      return { loss: value.dataSync()[0]!, correct };
    });
  }

  /**
   * Loss and accuracy on the validation rows, or on the training rows where there are none. Targets are smoothed as in
   * training: once every row is right, plain cross-entropy only prefers the least confident epoch, an early one.
   */
  async #validate(): Promise<{ loss: number; accuracy: number }> {
    const { tf, network, rows } = this;
    const chosen = rows.validation.length > 0 ? rows.validation : rows.train;
    let loss = 0;
    let correct = 0;
    for (let begin = 0; begin < chosen.length; begin += VALIDATION_BATCH) {
      const batch = chosen.subarray(begin, begin + VALIDATION_BATCH);
      const [batchLoss, logits] = tf.tidy(() => {
        const weights = new Map([...this.#weights].map(([index, data]) => [index, this.#tensor(index, data)]));
        const result = forward(tf, { graph: network.graph, weights, origin: rows.origin }, this.#batch(batch));
        const value = crossEntropy(tf, result, this.#targets(batch));
        return [value.dataSync()[0]!, result.dataSync() as Float32Array];
      });
      loss += batchLoss * batch.length;
      correct += countCorrect(logits, batch, rows);
      await this.#pace();
    }
    return { loss: loss / chosen.length, accuracy: correct / chosen.length };
  }

  #batch(batch: Int32Array, augment?: Augment): Tensor {
    const shape = this.network.graph.tensors[this.network.graph.input]!.shape;
    const size = shape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(batch.length * size);
    batch.forEach((row, i) => {
      const features = this.rows.features[row]!;
      if (augment) augment(features, data.subarray(i * size, (i + 1) * size));
      else data.set(features, i * size);
    });
    return this.tf.tensor(data, [batch.length, ...shape]);
  }

  /** Rows of class probabilities, smoothed and weighted. */
  #targets(batch: Int32Array): Tensor {
    const { classes, labels } = this.rows;
    const smoothing = this.options.labelSmoothing;
    const data = new Float32Array(batch.length * classes);
    batch.forEach((row, i) => {
      const label = labels[row]!;
      const weight = this.options.classWeights[label]!;
      data.fill((weight * smoothing) / classes, i * classes, (i + 1) * classes);
      data[i * classes + label]! += weight * (1 - smoothing);
    });
    return this.tf.tensor(data, [batch.length, classes]);
  }

  /** Zeroes a share of the values, in steps of 1/256, and scales up the others. */
  #drop(rate: number | undefined, x: Tensor): Tensor {
    if (rate === undefined || rate === 0) return x;
    const mask = new Float32Array(x.size);
    const limit = Math.round(rate * 256);
    const kept = 256 / (256 - limit);
    const { bits } = this.#dropout;
    let drawn = 0;
    for (let i = 0; i < mask.length; i++) {
      drawn = (i & 3) === 0 ? bits() : drawn >>> 8;
      mask[i] = (drawn & 255) < limit ? 0 : kept;
    }
    return this.tf.mul(x, this.tf.tensor(mask, x.shape));
  }

  #tensor(index: number, data: Float32Array): Tensor {
    return this.tf.tensor(data, this.network.graph.tensors[index]!.shape as number[]);
  }

  #snapshot(): Map<number, Float32Array> {
    return new Map([...this.#weights].map(([index, data]) => [index, data.slice()]));
  }
}

/** Constants that follow the gradient: not running statistics, nor a bias that the batch normalisation behind it cancels. */
function trainedTensors({ ops }: Graph): Set<number> {
  const normalised = new Set(ops.filter((op) => op.kind === 'batchNorm').map((op) => op.inputs[0]));
  return new Set(
    ops.flatMap((op) => {
      const last = op.kind === 'batchNorm' || !normalised.has(op.output) ? 3 : 2;
      return op.inputs.slice(1, last);
    }),
  );
}

/** Glorot-uniform weights, zero biases but for the last layer's: the logarithm of each class's share. */
function initialWeights(graph: Graph, rows: TrainingRows, seed: number): Map<number, Float32Array> {
  const random = seededRandom(seed, 'weights');
  const weights = new Map<number, Float32Array>();
  graph.tensors.forEach((tensor, index) => {
    if (!tensor.data) return;
    const data = Float32Array.from(tensor.data);
    if (tensor.name.endsWith('weights')) {
      const limit = glorotLimit(tensor);
      for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * limit;
    }
    weights.set(index, data);
  });
  const head = graph.ops[graph.ops.length - 2]!;
  logPriors(rows, weights.get(head.inputs[2]!)!);
  return weights;
}

/** Glorot and Bengio (2010); a depthwise filter `(1, kh, kw, C)` has one input per output. */
function glorotLimit({ shape }: GraphTensor): number {
  const [outputs, ...rest] = shape as [number, ...number[]];
  const fan = rest.reduce((a, b) => a * b, 1);
  if (shape.length === 2) return Math.sqrt(6 / (fan + outputs));
  const [height, width, inputs] = rest as [number, number, number];
  const [into, outOf] = outputs === 1 ? [1, 1] : [inputs, outputs];
  return Math.sqrt(6 / (height * width * (into + outOf)));
}

function logPriors(rows: TrainingRows, bias: Float32Array): void {
  const counts = new Float64Array(rows.classes);
  for (const row of rows.train) counts[rows.labels[row]!]!++;
  counts.forEach((count, label) => {
    bias[label] = Math.log(Math.max(count, 0.5) / rows.train.length);
  });
}

function crossEntropy(tf: Engine, logits: Tensor, targets: Tensor): Scalar {
  const perRow = tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1);
  return tf.neg(tf.mean(perRow)) as Scalar;
}

function countCorrect(logits: Float32Array, batch: Int32Array, rows: TrainingRows): number {
  let correct = 0;
  batch.forEach((row, i) => {
    const scores = logits.subarray(i * rows.classes, (i + 1) * rows.classes);
    if (scores.indexOf(Math.max(...scores)) === rows.labels[row]) correct++;
  });
  return correct;
}

function follow(average: Float32Array, batch: Float32Array): void {
  for (let i = 0; i < average.length; i++) average[i] = MOMENTUM * average[i]! + (1 - MOMENTUM) * batch[i]!;
}

function withWeights(graph: Graph, weights: ReadonlyMap<number, Float32Array>): Graph {
  const tensors = graph.tensors.map((tensor, index) => {
    const data = weights.get(index);
    return data ? { ...tensor, data } : tensor;
  });
  return { ...graph, tensors };
}
