import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FitOptions, FitReport, TrainingSet } from '../../block.js';
import { pacer } from '../../pace.js';
import { seededRandom } from '../random.js';
import type { Split } from '../training/split.js';
import type { ExpertTf } from './load.js';
import { droppingLayers } from './seed.js';

/** Rows to train a model of one's own on. */
export interface LoopData extends Split {
  readonly set: TrainingSet;
  /** Standardised rows. */
  readonly rows: readonly Float32Array[];
  /** Sizes of one row. */
  readonly shape: readonly number[];
}

export interface LoopOptions extends FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/**
 * Trains a layers model with the loss and optimiser it was compiled with, or with cross-entropy and Adam at a rate that
 * falls along a cosine, and leaves it with the weights of the epoch that had the lowest cross-entropy on the rows set
 * aside. Batches, and what unseeded dropout drops, follow from the seed.
 */
export async function trainModel(
  tf: ExpertTf,
  model: LayersModel,
  softmax: boolean,
  data: LoopData,
  options: LoopOptions,
): Promise<FitReport> {
  const { epochs, batchSize, learningRate, seed = 1, onProgress, onBatch, signal, onAbort } = options;
  const pace = pacer('expert.fit', signal);
  const rate = compiled(model) ? undefined : compile(tf, model, softmax, learningRate);
  const dropping = droppingLayers(model);
  const dropSeeds = seededRandom(seed, 'dropout');
  const checked = data.validation.length > 0 ? data.validation : data.train;
  let best = { epoch: 0, valLoss: Number.POSITIVE_INFINITY, valAccuracy: Number.NaN, weights: weightsOf(model) };
  let done = 0;
  const started = performance.now();
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = seededRandom(seed, `order ${epoch}`).shuffle(Int32Array.from(data.train));
      const batches = Math.ceil(order.length / batchSize);
      let sum = 0;
      for (let batch = 0; batch < batches; batch++) {
        const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        rate?.(learningRate * 0.5 * (1 + Math.cos((Math.PI * (epoch - 1 + batch / batches)) / epochs)));
        for (const layer of dropping) layer.seed = 1 + (dropSeeds.bits() >>> 1);
        const loss = await step(tf, model, data, rows);
        sum += loss * rows.length;
        onBatch?.({ learner: 'expert', epoch, batch: batch + 1, batches, loss });
        await pace();
      }
      const scores = await evaluate(tf, model, softmax, data, checked, batchSize, pace);
      if (scores.valLoss < best.valLoss) best = { epoch, ...scores, weights: weightsOf(model) };
      done = epoch;
      const remainingMs = ((performance.now() - started) / epoch) * (epochs - epoch);
      const loss = sum / order.length;
      onProgress?.({ learner: 'expert', epoch, epochs, loss, accuracy: Number.NaN, ...scores, remainingMs });
    }
  } catch (error) {
    if (!(signal?.aborted && onAbort === 'best')) throw error;
  }
  restore(tf, model, best.weights);
  return { epochs: done, bestEpoch: best.epoch, valLoss: best.valLoss, valAccuracy: best.valAccuracy };
}

function compiled(model: LayersModel): boolean {
  return (model as { optimizer?: unknown }).optimizer != null;
}

/** Compiles a model and gives what sets its rate. */
function compile(tf: ExpertTf, model: LayersModel, softmax: boolean, learningRate: number): (rate: number) => void {
  const optimizer = tf.train.adam(learningRate);
  const fromLogits = (truth: Tensor, output: Tensor): Tensor => tf.losses.softmaxCrossEntropy(truth, output);
  model.compile({ optimizer, loss: softmax ? 'categoricalCrossentropy' : fromLogits });
  return (rate) => {
    (optimizer as unknown as { learningRate: number }).learningRate = rate;
  };
}

/** Rows and labels as tensors; labels as indices where the model was compiled for these. */
export function batchOf(
  tf: ExpertTf,
  model: LayersModel,
  data: LoopData,
  rows: Int32Array,
): { xs: Tensor; ys: Tensor } {
  const { set, shape } = data;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    values.set(data.rows[row]!, i * size);
  });
  const labels = Float32Array.from(rows, (row) => set.labels[row]!);
  const classes = set.classes.length;
  const sparse = model.loss === 'sparseCategoricalCrossentropy';
  const oneHot = new Float32Array(sparse ? 0 : rows.length * classes);
  if (!sparse) for (const [i, label] of labels.entries()) oneHot[i * classes + label] = 1;
  return {
    xs: tf.tensor(values, [rows.length, ...shape]),
    ys: sparse ? tf.tensor(labels, [rows.length, 1]) : tf.tensor(oneHot, [rows.length, classes]),
  };
}

async function step(tf: ExpertTf, model: LayersModel, data: LoopData, rows: Int32Array): Promise<number> {
  const { xs, ys } = batchOf(tf, model, data, rows);
  const losses = await model.trainOnBatch(xs, ys);
  xs.dispose();
  ys.dispose();
  return [losses].flat()[0]!;
}

async function evaluate(
  tf: ExpertTf,
  model: LayersModel,
  softmax: boolean,
  data: LoopData,
  chosen: Int32Array,
  batchSize: number,
  pace: () => Promise<void>,
): Promise<{ valLoss: number; valAccuracy: number }> {
  const classes = data.set.classes.length;
  let loss = 0;
  let right = 0;
  for (let begin = 0; begin < chosen.length; begin += batchSize) {
    const rows = chosen.subarray(begin, begin + batchSize);
    const scores = tf.tidy(() => {
      const output = model.predict(batchOf(tf, model, data, rows).xs) as Tensor;
      return (softmax ? output : tf.softmax(output)).dataSync();
    });
    rows.forEach((row, i) => {
      const own = scores.subarray(i * classes, (i + 1) * classes);
      const label = data.set.labels[row]!;
      loss -= Math.log(Math.max(own[label]!, 1e-7));
      right += Number(own.indexOf(Math.max(...own)) === label);
    });
    await pace();
  }
  return { valLoss: loss / chosen.length, valAccuracy: right / chosen.length };
}

function weightsOf(model: LayersModel): Float32Array[] {
  return model.getWeights().map((tensor) => tensor.dataSync().slice() as Float32Array);
}

function restore(tf: ExpertTf, model: LayersModel, weights: readonly Float32Array[]): void {
  tf.tidy(() => {
    model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(weights[i]!, shape)));
  });
}
