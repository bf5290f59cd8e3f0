import type { FitOptions } from '../../block.js';
import type { Network } from '../network/network.js';
import type { Random } from '../random.js';
import type { Split } from './split.js';

/**
 * What the weights are to make small, averaged over the rows of a batch.
 *
 * `crossEntropy`: of the softmax over the last dimension against targets of the output's shape, averaged over positions
 * where there are several; targets may be smoothed and weighted. `squaredError`: averaged over the outputs.
 */
export type Loss = 'crossEntropy' | 'squaredError';

/** One network to train on rows that are written on demand. */
export interface TrainingTask extends Split {
  /** Who trains, for progress and messages: `classifier`. */
  readonly learner: string;
  readonly network: Network;
  readonly loss: Loss;
  /** Writes the input of a row as the network takes it; `random` is there for augmentation, and absent in validation. */
  readonly input: (row: number, out: Float32Array, random?: Random) => void;
  /** Writes what the network should give for a row; called right after `input` of the same row. */
  readonly target: (row: number, out: Float32Array) => void;
  /** How right an output is, 0 to 1, where that makes sense: reported as accuracy. */
  readonly right?: (row: number, output: Float32Array) => number;
  /** The epoch whose weights are kept: of the lowest validation loss (default), or of the highest accuracy. */
  readonly keep?: 'loss' | 'accuracy';
  /** What 0 became when the inputs were standardised: the value of padding in front of the first weights. Default 0. */
  readonly origin?: number;
  /** Bias of the last weighted layer at the start: for classes the logarithms of their shares. Default 0. */
  readonly outputBias?: Float32Array;
}

export type Schedule = 'cosine' | 'step' | 'constant';

export interface TrainingOptions extends Omit<FitOptions, 'schedule'> {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /**
   * How the rate falls: to 0 along a cosine, to a tenth after each third of the epochs, or not; or the factor of the
   * rate after this share of the training. Default `cosine`.
   */
  readonly schedule?: Schedule | ((done: number) => number) | undefined;
  /** Epochs in which the rate rises from 0 to that of the schedule. Default 0. */
  readonly warmup?: number;
  /** Pull of the weights towards 0, relative to the step size (decoupled, Loshchilov and Hutter, 2019). Default 0. */
  readonly weightDecay?: number;
  /** Weights' share in the loss: the sum of their absolute values, and half the sum of their squares. Default 0. */
  readonly l1?: number;
  readonly l2?: number;
  /** Epochs without a lower validation loss before training stops; 0, the default, never stops. */
  readonly patience?: number;
}
