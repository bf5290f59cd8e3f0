import type { Box, FoundBox } from './box.js';
import type { PublishedWork, Work } from './cost.js';
import type { CppFile, Traits } from './cpp.js';
import { templateStage } from './cpp.js';
import { fail } from './errors.js';
import { type Options, type Param, resolve, type Schema, type Values } from './params.js';
import type { Score, ScoreOptions } from './score.js';
import { type Kind, type Spec, sizeOf } from './spec.js';
import type { Stage } from './stage.js';
import {
  type PiecesDefinition,
  type Stream,
  type StreamDefinition,
  type StreamStage,
  slidingStream,
  templateStream,
} from './stream.js';

/** A stage that computes features. */
export interface ProcessingStage extends Stage {
  /** The same features slice by slice, `strideSamples` time steps each. */
  readonly stream: (strideSamples: number) => StreamStage;
  /** What happens to one window on its way, for eyes: at least the window and its features. */
  readonly views: (x: Float32Array) => readonly View[];
}

/** One step inside a processing block, to be looked at: values with named axes. */
export interface View {
  /** What it is, in a few words: `power spectrum`. */
  readonly name: string;
  readonly spec: Spec;
  readonly values: Float32Array;
}

/** Labelled windows that parameters are chosen or fitted from. */
export interface TuningData {
  /** What the windows are; rows of `windows` are `sizeOf(input)` values each. */
  readonly windows: readonly Float32Array[];
  /** Label of each window. */
  readonly labels: readonly string[];
}

/** A processing block: a typed value. Its kinds are checked at compile time, its sizes when it is bound. */
export interface ProcessingBlock<in I extends Kind = never, out O extends Kind = Kind> {
  readonly role: 'dsp';
  readonly type: string;
  readonly version: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly schema: Schema;
  /** Shape arithmetic, and the only place that refuses sizes. Throws `SHAPE_MISMATCH` or `BAD_OPTION`. */
  readonly output: (input: Spec<I>) => Spec<O>;
  readonly bind: (input: Spec<I>) => ProcessingStage;
  /** Parameters chosen from data, as a block; absent where there is nothing to choose. */
  readonly autotune?: (input: Spec<I>, data: TuningData) => ProcessingBlock<I, O>;
  /** The block with parameters learnt from windows, as training calls it; absent for blocks that learn nothing. */
  readonly fit?: (input: Spec<I>, windows: readonly Float32Array[]) => ProcessingBlock<I, O>;
  /** The same block with some parameters changed; used by the tuner and when a saved impulse is revived. */
  readonly with: (options: Readonly<Record<string, unknown>>) => ProcessingBlock<I, O>;
}

/** A block as JSON: its factory is found by type and version. */
export interface SavedBlock {
  readonly type: string;
  readonly version: number;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A function that makes blocks of one type from options. */
export interface BlockFactory<S extends Schema, B> {
  (options?: Options<S>): B;
  readonly type: string;
  readonly version: number;
  readonly schema: S;
}

export interface ProcessingDefinition<S extends Schema, I extends Kind, O extends Kind> {
  type: string;
  version: number;
  /** Kinds of input the block takes. */
  accepts: readonly I[];
  params: S;
  /** Shape arithmetic and every check that needs the input's size. */
  output: (input: Spec<I>, p: Values<S>) => Spec<O>;
  /** Makes the tables for one input size and returns the function that computes features. */
  prepare: (input: Spec<I>, p: Values<S>) => (x: Float32Array, out: Float32Array) => void;
  work: (input: Spec<I>, p: Values<S>) => Work;
  /** What the published library does for the same features, where times of it are known. */
  published?: (input: Spec<I>, p: Values<S>) => PublishedWork;
  /**
   * How to compute the features slice by slice with work in proportion to the slice; absent, or undefined for
   * parameters that do not allow it: the last window is kept and computed anew.
   */
  stream?: (input: Spec<I>, p: Values<S>, strideSamples: number) => StreamDefinition | undefined;
  /** What is done differently for these parameters; throws where they do not go together. Absent or undefined: nothing. */
  variant?: (p: Values<S>) => Pick<ProcessingDefinition<S, I, O>, 'prepare' | 'work' | 'stream' | 'cpp'> | undefined;
  /** The steps inside, between the window and the features. */
  views?: (input: Spec<I>, p: Values<S>) => (x: Float32Array) => readonly View[];
  /** Chooses parameters from data. */
  autotune?: (input: Spec<I>, p: Values<S>, data: TuningData) => Options<S>;
  /** Learns parameters from windows, when the impulse is trained. */
  fit?: (input: Spec<I>, p: Values<S>, windows: readonly Float32Array[]) => Options<S>;
  cpp: {
    header: CppFile;
    /** Qualified template name, e.g. `impulsekit::dsp::Mfe`. */
    type: string;
    traits: (input: Spec<I>, p: Values<S>) => Traits;
    scratchBytes: (input: Spec<I>, p: Values<S>) => number;
    /** Whether `run` may write its output over its input, as blocks do that take value by value; absent: no. */
    inPlace?: boolean;
    /**
     * Whether `run` writes every output once and reads none: a template also over `Out`, which is a `float*` or stores
     * what is written in another form. Absent: no.
     */
    writesOnce?: boolean | ((p: Values<S>) => boolean);
    /** Of every piece of code, by name; a function where the parameters decide what is linked. */
    codeBytes: Readonly<Record<string, number>> | ((input: Spec<I>, p: Values<S>) => Readonly<Record<string, number>>);
  };
}

/**
 * Defines a processing block from its parameters, shape rule, TypeScript twin and C++ twin.
 *
 * @example
 * ```ts
 * export const gain = processingBlock({
 *   type: 'gain', version: 1, accepts: ['signal'],
 *   params: { factor: float(1, 'Multiplies every value.', { tune: [0.5, 1, 2] }) },
 *   output: (input) => featuresSpec(sizeOf(input)),
 *   prepare: (_input, p) => (x, out) => { for (let i = 0; i < x.length; i++) out[i] = x[i]! * p.factor; },
 *   work: (input) => ({ flop: sizeOf(input) }),
 *   cpp: { header: gainHeader, type: 'user::Gain', traits: (input, p) => ({ ints: { kSize: sizeOf(input) }, floats: { kFactor: p.factor } }), scratchBytes: () => 0, codeBytes: { gain: 40 } },
 * });
 * ```
 */
export function processingBlock<S extends Schema, const I extends Kind, O extends Kind>(
  definition: ProcessingDefinition<S, I, O>,
): BlockFactory<S, ProcessingBlock<I, O>> {
  const { type, version, accepts, params: schema, autotune, fit: learn } = definition;

  const make = (options?: Options<S>): ProcessingBlock<I, O> => {
    const params = resolve(type, schema, options);
    const chosen = { ...definition, ...definition.variant?.(params) };
    const output = (input: Spec<I>): Spec<O> => {
      if (!accepts.includes(input.kind)) refuseKind(type, input.kind, accepts);
      return definition.output(input, params);
    };
    return {
      role: 'dsp',
      type,
      version,
      params,
      schema,
      output,
      bind: (input) => bindStage(chosen, params, input, output(input)),
      ...(autotune && { autotune: (input, data) => make({ ...params, ...autotune(input, params, data) }) }),
      ...(learn && { fit: (input, windows) => make({ ...params, ...learn(input, params, windows) }) }),
      with: (changes) => make({ ...params, ...changes } as Options<S>),
    };
  };
  return Object.assign(make, { type, version, schema });
}

function bindStage<S extends Schema, I extends Kind, O extends Kind>(
  definition: ProcessingDefinition<S, I, O>,
  params: Values<S>,
  input: Spec<I>,
  output: Spec<O>,
): ProcessingStage {
  const { header, type, codeBytes, inPlace, writesOnce } = definition.cpp;
  const stage: Stage = {
    input,
    output,
    run: definition.prepare(input, params),
    work: definition.work(input, params),
    published: definition.published?.(input, params),
    cpp: templateStage({
      header,
      type,
      codeBytes: typeof codeBytes === 'function' ? codeBytes(input, params) : codeBytes,
      inPlace,
      writesOnce: typeof writesOnce === 'function' ? writesOnce(params) : writesOnce,
      traits: definition.cpp.traits(input, params),
      scratchBytes: definition.cpp.scratchBytes(input, params),
    }),
  };
  const views = definition.views?.(input, params);
  const stream = (strideSamples: number): StreamStage => {
    const own = definition.stream?.(input, params, strideSamples);
    return own ? templateStream(own, stage, strideSamples) : slidingStream(stage, strideSamples);
  };
  return {
    ...stage,
    stream,
    views: (x) => {
      const features = new Float32Array(sizeOf(output));
      stage.run(x, features);
      return [
        { name: 'window', spec: input, values: x },
        ...(views?.(x) ?? []),
        { name: 'features', spec: output, values: features },
      ];
    },
  };
}

function refuseKind(where: string, got: Kind, accepts: readonly Kind[]): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where,
    got: `an input of kind ${got}`,
    expected: accepts.join(' or '),
    fix: 'Connect a block that gives this kind.',
  });
}

/** Windows after processing, with what is known of them. Rows of `features` are `sizeOf(spec)` values each. */
export interface TrainingSet {
  readonly features: readonly Float32Array[];
  /** Index into `classes` for each row. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
  /** Rows with the same group (a recording) never stand on both sides of a validation split. */
  readonly groups: readonly string[];
  /** Not 0 for rows that are augmented copies of windows: they carry the group of theirs, and are for training only. */
  readonly copies?: ArrayLike<number>;
  /** Objects in each row's picture, in pixels of the window; absent when no recording has boxes. */
  readonly boxes?: readonly (readonly Box[])[];
}

/** What training says as it goes on. */
export interface FitProgress {
  /** Name of the learning block in the impulse. */
  readonly learner: string;
  /** 1 is the first. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** Estimated time to the end of this learner's training. */
  readonly remainingMs: number;
}

/** One training step. */
export interface BatchProgress {
  /** Name of the learning block in the impulse. */
  readonly learner: string;
  /** 1 is the first. */
  readonly epoch: number;
  /** 1 is the first of the epoch. */
  readonly batch: number;
  readonly batches: number;
  readonly loss: number;
}

/** Where training keeps its state, to go on after a crash. */
export interface CheckpointStore {
  /** What was last written under this name; undefined when there is nothing. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
  /** Replaces it whole or not at all. */
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
}

export interface FitOptions {
  /** Seeds everything random; the same seed and data give the same model, byte for byte. Default 1. */
  readonly seed?: number | undefined;
  /** Called after every epoch. */
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  /** Called after every training step. */
  readonly onBatch?: ((progress: BatchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What a raised signal leads to: an `ABORTED` error (default), or the best weights so far as the result. */
  readonly onAbort?: 'throw' | 'best' | undefined;
  /** Factor of a network's learning rate after this share of the training (0 to 1), in place of its own schedule. */
  readonly schedule?: ((done: number) => number) | undefined;
  /** Keeps the state of training after every epoch, and goes on from there: the result is the same. */
  readonly checkpoint?: CheckpointStore | undefined;
}

/** What a fit found out, kept with the model. Fields a learner does not know are absent. */
export interface FitReport {
  readonly [quantity: string]: number | undefined;
  readonly epochs?: number;
  readonly bestEpoch?: number;
  readonly valAccuracy?: number;
  readonly valLoss?: number;
}

/** A learning block before training. `fit` returns a new object and leaves this one as it was. */
export interface LearningBlock<in I extends Kind = never> {
  readonly role: 'learn';
  readonly type: string;
  readonly version: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly schema: Schema;
  readonly fit: (data: TrainingSet, input: Spec<I>, options: FitOptions) => Promise<TrainedBlock>;
  /** A stand-in of the size the trained block will have, for estimates before training. */
  readonly sketch: (input: Spec<I>, classes: readonly string[]) => TrainedBlock;
  /** Revives what {@link TrainedBlock.state} saved. */
  readonly revive: (state: BlockState, input: Spec<I>) => TrainedBlock;
  readonly with: (options: Readonly<Record<string, unknown>>) => LearningBlock<I>;
}

/** A learning block that comes trained: an impulse of such learners needs no `fit`, which keeps them as they are. */
export interface PretrainedBlock<in I extends Kind = never> extends LearningBlock<I> {
  /** The trained block for this input. Throws `SHAPE_MISMATCH`. */
  readonly trained: (input: Spec<I>) => TrainedBlock;
}

/** Saved form of a trained block: JSON and typed arrays. */
export interface BlockState {
  readonly json: unknown;
  readonly arrays: Readonly<Record<string, Float32Array | Int8Array | Int32Array>>;
}

/**
 * What a learner says of a window: a score per class (`labels`), one anomaly score, one value, or a score per class in
 * every cell of a grid laid over an image (the first class is the background and has no label).
 */
export type Answers = 'classes' | 'anomaly' | 'value' | 'cells';

/** Turns the cells of a learner's output into boxes in pixels of its input, in both languages alike. */
export interface BoxFinder {
  /** Least score of a cell that counts as an object, 0 to 1. */
  readonly minScore: number;
  readonly find: (cells: Float32Array) => readonly FoundBox[];
  /**
   * A template over the type of a box that fits `(const float* cells, float minScore, Box* out, int32_t capacity)` and
   * gives the number of boxes.
   */
  readonly cpp: { readonly header: CppFile; readonly function: string };
}

/** What one layer of a network gave. */
export interface LayerValues {
  readonly name: string;
  readonly dtype: 'f32' | 'int8';
  readonly shape: readonly number[];
  readonly values: Float32Array | Int8Array;
}

/** A learning block after training. */
export interface TrainedBlock extends Stage {
  readonly type: string;
  readonly answers: Answers;
  /** `f32`, or `int8` after quantisation; blocks without an int8 form stay `f32`. */
  readonly dtype: 'f32' | 'int8';
  /** Class labels in score order; empty for learners that know no classes. */
  readonly labels: readonly string[];
  readonly report: FitReport;
  readonly state: BlockState;
  /** Compares scores (rows of `sizeOf(output)`) with the true labels, and with the true boxes where there are any. */
  readonly score: (
    scores: readonly Float32Array[],
    truth: readonly string[],
    options?: ScoreOptions,
    boxes?: readonly (readonly Box[])[],
  ) => Score;
  /** The int8 form, calibrated on these feature rows; absent when there is none. */
  readonly quantize?: (features: readonly Float32Array[], signal?: AbortSignal) => TrainedBlock;
  /** What every layer gives for these features, in the order of the emitted code; networks only. */
  readonly trace?: (features: Float32Array) => readonly LayerValues[];
  /** How cells of a grid become boxes; learners that answer in cells only. */
  readonly boxes?: BoxFinder;
  /** What TensorFlow Lite Micro needs for the network; absent for blocks that are no network. */
  readonly interpreted?: () => { readonly arenaBytes: number; readonly modelBytes: number };
  /** The network as a .tflite file that takes the same features; absent for blocks that are no network. */
  readonly tflite?: () => Uint8Array;
}

export type { Box, FoundBox } from './box.js';
export type {
  CertainScore,
  ClassFigures,
  ClassificationScore,
  CurvePoint,
  Curves,
  DetectionScore,
  ObjectFigures,
  ObjectScore,
  RegressionScore,
  ReliabilityBin,
  Score,
  ScoreOptions,
  ThresholdRule,
  Verdict,
} from './score.js';
export type { Kind, Param, PiecesDefinition, Stage, Stream, StreamDefinition, StreamStage };
export { sizeOf };
