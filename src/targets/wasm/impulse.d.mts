/** What one learner says of one window. */
export interface LearnerPrediction<Label extends string = string> {
  /** The most likely class; classifiers only. */
  readonly label?: Label;
  /** Score by class label, 0 to 1; classifiers only. */
  readonly scores?: Readonly<Record<Label, number>>;
  /** Higher is stranger; anomaly learners only. */
  readonly anomaly?: number;
  /** In the unit of the training labels; regressions only. */
  readonly value?: number;
  /** Scores `[row, column, class]` of a grid of cells, the background first; detectors only. */
  readonly cells?: Float32Array;
  /** Objects the cells make, in pixels of the window, highest score first; detectors only. */
  readonly boxes?: readonly FoundBox<Label>[];
}

/** What the impulse says of one window: the first answer of every kind, and all by name. */
export interface Prediction<Label extends string = string> extends LearnerPrediction<Label> {
  readonly learners: Readonly<Record<string, LearnerPrediction>>;
}

/** An object that was found, in pixels of the window from its left upper corner. */
export interface FoundBox<Label extends string = string> {
  readonly label: Label;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 0 to 1. */
  readonly score: number;
}

/** What was deployed. */
export interface Info<Label extends string = string> {
  readonly name: string;
  /** Class names in the order of the scores; empty where there are none. */
  readonly labels: readonly Label[];
  readonly sensor: 'microphone' | 'accelerometer' | 'camera' | 'unknown';
  /** Sampling rate; 0 for images. */
  readonly rateHz: number;
  /** Names of the values of one time step. */
  readonly axes: readonly string[];
  /** Time steps in one window; rows, for an image. */
  readonly windowSamples: number;
  /** Values in one window, interleaved by time step. */
  readonly inputSize: number;
  /** Time steps from one window to the next; 0 when windows do not slide. */
  readonly strideSamples: number;
  /** Values of one slice for {@link Impulse.push}; 0 when windows do not slide. */
  readonly sliceSize: number;
  /** Form of a slice: those of a microphone are rounded to whole numbers, -32768 to 32767. */
  readonly sampleType: 'int16' | 'float32';
  /** Blocks in the order in which they run. */
  readonly steps: readonly string[];
  /** Static memory of blocks and networks. */
  readonly arenaBytes: number;
  readonly image?: {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly frames: number;
  };
}

export interface LoadOptions {
  /** Uses the binary with SIMD instructions. Default: where the engine knows them. The answers are the same. */
  readonly simd?: boolean;
  /** The WebAssembly binary: its bytes, where it lies, or already compiled. Default: that of the deployment. */
  readonly binary?: ArrayBuffer | Uint8Array | URL | WebAssemblyModule;
}

/** A `WebAssembly.Module`, whose own type belongs to libraries that not every project has. */
export type WebAssemblyModule = object;

/** A trained impulse with memory of its own. */
export interface Impulse<Label extends string = string> {
  readonly info: Info<Label>;
  /** Whether the binary uses SIMD instructions. */
  readonly simd: boolean;
  /**
   * Classifies one window of `info.inputSize` values.
   *
   * @throws Error with the code `SHAPE_MISMATCH` or `BAD_DATA`
   */
  predict(window: ArrayLike<number>): Prediction<Label>;
  /**
   * Takes the next slice of a signal, `info.sliceSize` values, and classifies the latest window; undefined until a whole
   * window has been seen.
   *
   * @throws Error with the code `SHAPE_MISMATCH`, `BAD_DATA`, or `UNSUPPORTED` for images; the slice is then not taken
   */
  push(slice: ArrayLike<number>): Prediction<Label> | undefined;
  /** Forgets the signal: call it when samples were lost. */
  reset(): void;
  /** Milliseconds of every block on a window, as exactly as the clock of the place is. */
  measure(window: ArrayLike<number>): readonly { readonly name: string; readonly ms: number }[];
}

/** An answer in the form of Edge Impulse's WebAssembly exports. */
export interface Classification {
  /** 0 where no learner gives one. */
  readonly anomaly: number;
  /** Places are in pixels of the window, for objects only. */
  readonly results: readonly {
    readonly label: string;
    readonly value: number;
    readonly x?: number;
    readonly y?: number;
    readonly width?: number;
    readonly height?: number;
  }[];
}

/** Properties under the names of Edge Impulse's WebAssembly exports. */
export type Properties = Readonly<Record<string, number | string | boolean | readonly object[]>>;

export interface Project {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly deploy_version: number;
}

/** The functions that users of Edge Impulse's WebAssembly exports know. */
export interface Classifier {
  init(options?: LoadOptions): Promise<void>;
  classify(rawData: ArrayLike<number>, debug?: boolean): Classification;
  /** Takes a slice of `slice_size` time steps; all values are 0 until a whole window has been seen. */
  classifyContinuous(rawData: ArrayLike<number>, enablePerfCal?: boolean): Classification;
  getProjectInfo(): Project;
  getProperties(): Properties;
  /** Sets the least score of an object, 0 to 1; `getProperties().thresholds` has the ids. */
  setThreshold(change: { readonly id: number; readonly min_score?: number }): void;
}

/** What functions of {@link ClassifierModule} give; nothing needs to be freed, and `delete` does nothing. */
export interface ModuleResult {
  /** 0, or the error code of the incumbent's SDK. */
  readonly result: number;
  readonly anomaly: number;
  size(): number;
  get(index: number): Classification['results'][number] & { delete(): void };
  delete(): void;
}

/** The module object of Edge Impulse's WebAssembly exports, for code that drives it directly. */
export interface ClassifierModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPF32: Float32Array;
  onRuntimeInitialized: (() => void) | undefined;
  init(): number;
  run_classifier(pointer: number, length: number, debug: boolean): ModuleResult;
  run_classifier_continuous(pointer: number, length: number, debug: boolean, enablePerfCal?: boolean): ModuleResult;
  get_properties(): Properties & { delete(): void };
  get_project(): Project & { delete(): void };
  set_threshold(change: { readonly id: number; readonly min_score?: number }): { success: boolean; error?: string };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}
