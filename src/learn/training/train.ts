import type { FitReport } from '../../block.js';
import type { Graph } from '../../compile/graph.js';
import { pacer } from '../../pace.js';
import { compiledStepper } from '../engine/step/step.js';
import { seededRandom } from '../random.js';
import { checkpointOf, type Progress, readCheckpoint } from './checkpoint.js';
import type { Stepper } from './stepper.js';
import type { Schedule, TrainingOptions, TrainingTask } from './task.js';

/** A network after training. */
export interface TrainingResult {
  /** With the weights of the best epoch: see {@link TrainingTask.keep}. */
  readonly graph: Graph;
  readonly report: FitReport;
}

/**
 * Trains a network with Adam and returns its graph with the weights of the epoch that had the lowest validation loss
 * or, where the task says so, the highest validation accuracy; of the training rows where none are set aside.
 *
 * The same task, options and seed give the same weights, byte for byte, with or without a checkpoint in between.
 *
 * @throws `ABORTED`, `BAD_FILE` for a checkpoint of another training
 */
export async function trainNetwork(task: TrainingTask, options: TrainingOptions): Promise<TrainingResult> {
  const stepper = compiledStepper(task, options);
  const run = new TrainingRun(task, options, stepper);
  return run.start();
}

class TrainingRun {
  readonly #pace: () => Promise<void>;
  #name = '';
  #progress: Progress;

  constructor(
    readonly task: TrainingTask,
    readonly options: TrainingOptions,
    readonly stepper: Stepper,
  ) {
    this.#pace = pacer(`${task.learner}.fit`, options.signal);
    this.#progress = {
      epoch: 0,
      best: { epoch: 0, valLoss: Number.POSITIVE_INFINITY, valAccuracy: Number.NaN, weights: this.#weights() },
    };
  }

  async start(): Promise<TrainingResult> {
    const { checkpoint, onAbort, signal } = this.options;
    const saved = await checkpoint?.read(this.task.learner);
    if (checkpoint) this.#name = this.#fingerprint();
    if (saved) this.#progress = readCheckpoint(saved, this.#name, this.stepper);
    try {
      await this.#epochs();
    } catch (error) {
      if (!(signal?.aborted && onAbort === 'best')) throw error;
    }
    const { epoch, best } = this.#progress;
    const report = { epochs: epoch, bestEpoch: best.epoch, valLoss: best.valLoss, valAccuracy: best.valAccuracy };
    return { graph: this.#graph(best.weights), report };
  }

  async #epochs(): Promise<void> {
    const { epochs, patience = 0, onProgress, checkpoint, seed = 1 } = this.options;
    const progress = this.#progress;
    const first = progress.epoch;
    const started = performance.now();
    while (progress.epoch < epochs && (patience === 0 || progress.epoch - progress.best.epoch < patience)) {
      const epoch = progress.epoch + 1;
      // Streams of their own for every epoch, so that training can go on from any of them.
      const order = seededRandom(seed, `order ${epoch}`).shuffle(Int32Array.from(this.task.train));
      const { loss, accuracy } = await this.#epoch(epoch, order);
      const validation = await this.#validate();
      if (this.#isBetter(validation)) {
        const { loss: valLoss, accuracy: valAccuracy } = validation;
        progress.best = { epoch, valLoss, valAccuracy, weights: this.#weights() };
      }
      progress.epoch = epoch;
      await checkpoint?.write(this.task.learner, checkpointOf(progress, this.#name, this.stepper));
      const remainingMs = ((performance.now() - started) / (epoch - first)) * (epochs - epoch);
      onProgress?.({
        learner: this.task.learner,
        epoch,
        epochs,
        loss,
        accuracy,
        valLoss: validation.loss,
        valAccuracy: validation.accuracy,
        remainingMs,
      });
      await this.#pace();
    }
  }

  async #epoch(epoch: number, order: Int32Array): Promise<{ loss: number; accuracy: number }> {
    const { batchSize, epochs, learningRate, onBatch, seed = 1 } = this.options;
    const random = seededRandom(seed, `augment ${epoch}`);
    const batches = Math.ceil(order.length / batchSize);
    let loss = 0;
    let right = 0;
    for (let batch = 0; batch < batches; batch++) {
      const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      this.#load(rows, (row, out) => this.task.input(row, out, random));
      const done = (epoch - 1 + batch / batches) / epochs;
      const batchLoss = this.stepper.train(rows.length, learningRate * factorOf(this.options, done));
      loss += batchLoss * rows.length;
      right += this.#right(rows);
      onBatch?.({ learner: this.task.learner, epoch, batch: batch + 1, batches, loss: batchLoss });
      await this.#pace();
    }
    return { loss: loss / order.length, accuracy: right / order.length };
  }

  async #validate(): Promise<{ loss: number; accuracy: number }> {
    const { train, validation } = this.task;
    const chosen = validation.length > 0 ? validation : train;
    const { batchSize } = this.options;
    let loss = 0;
    let right = 0;
    for (let begin = 0; begin < chosen.length; begin += batchSize) {
      const rows = chosen.subarray(begin, begin + batchSize);
      this.#load(rows, (row, out) => this.task.input(row, out));
      loss += this.stepper.evaluate(rows.length) * rows.length;
      right += this.#right(rows);
      await this.#pace();
    }
    return { loss: loss / chosen.length, accuracy: right / chosen.length };
  }

  /** Of equal accuracies the one with the lower loss is better. */
  #isBetter({ loss, accuracy }: { readonly loss: number; readonly accuracy: number }): boolean {
    const { epoch, valLoss, valAccuracy } = this.#progress.best;
    const isLower = loss < valLoss;
    if (this.task.keep !== 'accuracy' || epoch === 0) return isLower;
    return accuracy > valAccuracy || (accuracy === valAccuracy && isLower);
  }

  #load(rows: Int32Array, write: (row: number, out: Float32Array) => void): void {
    const { input, target } = this.stepper;
    const [inputs, targets] = [input.length / this.options.batchSize, target.length / this.options.batchSize];
    rows.forEach((row, i) => {
      write(row, input.subarray(i * inputs, (i + 1) * inputs));
      this.task.target(row, target.subarray(i * targets, (i + 1) * targets));
    });
  }

  #right(rows: Int32Array): number {
    const { right } = this.task;
    if (!right) return Number.NaN;
    const { output } = this.stepper;
    const size = output.length / this.options.batchSize;
    return rows.reduce((sum, row, i) => sum + right(row, output.subarray(i * size, (i + 1) * size)), 0);
  }

  #weights(): readonly Float32Array[] {
    return [...this.stepper.weights().values()];
  }

  #graph(weights: readonly Float32Array[]): Graph {
    const { graph } = this.task.network;
    let next = 0;
    const tensors = graph.tensors.map((tensor) => (tensor.data ? { ...tensor, data: weights[next++]! } : tensor));
    return { ...graph, tensors };
  }

  /** Of inputs and targets, in their order. */
  #dataHash(): number {
    const { task, stepper, options } = this;
    const [inputs, targets] = [stepper.input, stepper.target].map(
      (all) => new Float32Array(all.length / options.batchSize),
    );
    return [...task.train, ...task.validation].reduce((hash, row) => {
      task.input(row, inputs!);
      task.target(row, targets!);
      return hashed(hashed(hash, inputs!), targets!);
    }, 0x811c9dc5);
  }

  /** Tells one training from another: a checkpoint is good for the same one only. */
  #fingerprint(): string {
    const { task, options } = this;
    const { signal: _s, onProgress: _p, onBatch: _b, onAbort: _a, checkpoint: _c, ...numbers } = options;
    const shapes = task.network.graph.tensors.map((tensor) => tensor.shape.join('x'));
    return JSON.stringify([task.learner, task.loss, numbers, shapes, this.#dataHash()]);
  }
}

/** Goes on with a hash (FNV-1a over words). */
function hashed(hash: number, values: Float32Array): number {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  return words.reduce((h, word) => Math.imul(h ^ word, 0x01000193), hash);
}

/** Share of the learning rate after this share of the training, warm-up included. */
function factorOf({ schedule = 'cosine', warmup = 0, epochs }: TrainingOptions, done: number): number {
  const factor = typeof schedule === 'function' ? schedule(done) : RATES[schedule](done);
  return done * epochs < warmup ? (factor * done * epochs) / warmup : factor;
}

/** Share of the learning rate after this share of the training. */
const RATES: Readonly<Record<Schedule, (done: number) => number>> = {
  cosine: (done) => 0.5 * (1 + Math.cos(Math.PI * done)),
  step: (done) => 0.1 ** Math.floor(3 * done),
  constant: () => 1,
};
