import type { OperatorReport } from '../compile/index.js';
import type { Estimates } from './estimate/side-by-side.js';
import type { Estimate } from './estimate.js';

/** One row of a profile: an operator of a network, or a block that is no network. */
export interface ProfiledLayer {
  readonly name: string;
  /** Kind of the operator or type of the block. */
  readonly kind: string;
  /** Window, stride and dilation; empty for operators without a window. */
  readonly window: string;
  /** Policy of the C++ kernel; empty where there is one kernel only. */
  readonly kernel: string;
  readonly dtype: string;
  /** Shape of the output. */
  readonly shape: readonly number[];
  readonly macs: number;
  readonly parameterBytes: number;
  /** Clock cycles of one run, as the estimate prices them. */
  readonly cycles: number;
}

/** What a model needs on a board. Prints as a table; otherwise plain data. */
export interface ModelProfile {
  readonly format: 'tflite' | 'onnx' | 'impulse';
  readonly target: string;
  /** Empty when the model cannot be read. */
  readonly layers: readonly ProfiledLayer[];
  readonly macs: number;
  readonly parameterBytes: number;
  /** Static working memory in bytes, exact: the network's input, its activations and scratch, overlapped by lifetime. */
  readonly ramBytes: number;
  readonly flashBytes: number;
  /** One inference, with the typical error in percent and where that comes from. */
  readonly latencyMs: number;
  readonly latencyErrorPct: number;
  readonly latencyErrorSource: string;
  /** Energy of one inference in microjoules with its error in percent; absent where none was published for the board. */
  readonly energyUj?: number;
  readonly energyErrorPct?: number;
  readonly fits: boolean;
  /** The memory that is missing, or the one of which the model takes the larger share. */
  readonly binding: 'RAM' | 'flash' | 'operators';
  /** What the board lacks; 0 when it fits. `estimate.binding` names the region of memory. */
  readonly missing: { readonly ramBytes: number; readonly flashBytes: number };
  /** Operators of the file and those that cannot be read; absent for impulses. */
  readonly operators?: OperatorReport;
  /** All that the estimate says; absent when the model cannot be read. */
  readonly estimate?: Estimate;
  /** A float32 model also as it will be in int8; each beside its interpreter. Absent when the model cannot be read. */
  readonly estimates?: Estimates;
}
