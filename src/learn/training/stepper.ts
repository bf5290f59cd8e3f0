/** A network in training: it holds the weights and takes batches. Layout of rows: `[row, ...shape]`. */
export interface Stepper {
  /** To be written before a call: `[batchSize, input]`. */
  readonly input: Float32Array;
  /** To be written before a call: `[batchSize, output]`. */
  readonly target: Float32Array;
  /** What the last call gave, for cross-entropy before the softmax: `[batchSize, output]`. */
  readonly output: Float32Array;
  /** One gradient step on the first `rows` rows; gives the loss before it. */
  readonly train: (rows: number, learningRate: number) => number;
  /** The loss of the first `rows` rows as after training: no dropout, running statistics. */
  readonly evaluate: (rows: number) => number;
  /** Copies of all constants by tensor index, in the graph's layouts. */
  readonly weights: () => Map<number, Float32Array>;
  /** All that training goes on from: constants, the optimiser's averages, the count of steps. */
  readonly state: () => Float32Array;
  readonly restore: (state: Float32Array) => void;
}
