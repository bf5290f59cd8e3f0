import ndarray, { type NdArray } from 'ndarray';
import type { FitReport, Score, TrainedBlock } from '../block.js';
import type { Sample } from '../data/index.js';
import { fail, show } from '../errors.js';
import { finiteValues } from '../finite.js';
import { pacer } from '../pace.js';
import type { Bundle, DeploymentBlock, GoldenWindow, Program } from '../program.js';
import { shapeOf, sizeOf } from '../spec.js';
import { type Estimate, estimate, type TargetProfile } from '../targets/index.js';
import { type ContinuousImpulse, continuousImpulse } from './continuous.js';
import { type Design, featuresOf, mapValues, type TrainedLearner } from './design.js';
import type { Origin } from './origin.js';
import { buildProgram } from './plan.js';
import { designText, savedImpulse, type TrainedParts } from './save.js';
import { collectWindows, concat, concatRows, type LabeledWindow } from './windows.js';

/** What one learner says of one window. */
export interface LearnerPrediction {
  /** The most likely class; classifiers only. */
  readonly label?: string;
  /** Score by class label, 0 to 1; classifiers only. */
  readonly scores?: Readonly<Record<string, number>>;
  /** Higher is stranger; anomaly learners only. */
  readonly anomaly?: number;
}

/** What the impulse says of one window: the first classifier's and the first anomaly learner's answers, and all by name. */
export interface Prediction extends LearnerPrediction {
  readonly learners: Readonly<Record<string, LearnerPrediction>>;
}

export interface Evaluation {
  /** Share of windows with the right label; NaN when no learner classifies. */
  readonly accuracy: number;
  /** Area under the ROC curve of the anomaly score; NaN without an anomaly learner or without both sides. */
  readonly auc: number;
  readonly windows: number;
  /** All metrics, by learner. */
  readonly learners: Readonly<Record<string, Score>>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Calibration reads at most this many windows, evenly spread. */
const CALIBRATION_WINDOWS = 500;

/** An impulse that can predict, be evaluated, quantised, estimated, saved and deployed. Immutable. */
export class TrainedImpulse {
  readonly learners: readonly TrainedLearner[];
  /** What it was made from: version, seed and data. */
  readonly origin: Origin;
  readonly #parts: TrainedParts;
  #program: Program | undefined;

  /** @internal Made by `Impulse.fit`, `quantize` and `load`. */
  constructor(parts: TrainedParts) {
    this.learners = parts.learners;
    this.origin = parts.origin;
    this.#parts = parts;
  }

  /** The blocks it was trained from. */
  get design(): Design {
    return this.#parts.bound.design;
  }

  /** Class labels of the first classifier, in score order; empty when there is none. */
  get labels(): readonly string[] {
    return this.learners.find(({ block }) => block.labels.length > 0)?.block.labels ?? [];
  }

  /** What training found out, by learner. */
  get reports(): Readonly<Record<string, FitReport>> {
    return Object.fromEntries(this.learners.map(({ name, block }) => [name, block.report]));
  }

  /**
   * Features of one window by processing block, as strided views with the block's shape.
   *
   * @param window interleaved values, length = window samples * axes
   * @throws `SHAPE_MISMATCH`
   */
  features(window: Float32Array): Readonly<Record<string, NdArray<Float32Array>>> {
    const { stages } = this.#parts.bound;
    const rows = this.#run(window).features;
    return mapValues(stages, (stage, name) => ndarray(rows[name]!, shapeOf(stage.output)));
  }

  /**
   * Classifies one window, exactly as the emitted code does.
   *
   * @param window interleaved values at the impulse's rate, length = window samples * axes; audio on the int16 scale
   * @throws `SHAPE_MISMATCH`, `BAD_DATA` for values that are not finite
   * @example
   * ```ts
   * const { label, scores } = model.predict(window);
   * ```
   */
  predict(window: Float32Array): Prediction {
    return this.#answer(this.#features(window));
  }

  /**
   * Classifies a signal slice by slice, each `strideMs` of the input long, as `run_continuous` of the emitted code does.
   * Features of what two windows share are computed once where the processing blocks allow it; predictions are those
   * of {@link predict} on the same windows.
   *
   * @throws `SHAPE_MISMATCH` when the input is no signal
   * @example
   * ```ts
   * const stream = model.continuous();
   * for await (const slice of microphone) console.log(stream.push(slice)?.label);
   * ```
   */
  continuous(): ContinuousImpulse<Prediction> {
    return continuousImpulse(this.#parts.bound, (features) => this.#answer(features));
  }

  #answer(features: Record<string, Float32Array>): Prediction {
    const scores = this.#scores(features);
    const learners = Object.fromEntries(this.learners.map(({ name, block }) => [name, answer(block, scores[name]!)]));
    const all = Object.values(learners);
    return {
      ...all.find((one) => one.scores !== undefined),
      ...all.find((one) => one.anomaly !== undefined),
      learners,
    };
  }

  /**
   * Runs the impulse over all labelled windows of `samples` and compares with their labels.
   *
   * @throws `NO_DATA`, `BAD_DATA`, `ABORTED`
   */
  async evaluate(samples: readonly Sample[], options: RunOptions = {}): Promise<Evaluation> {
    const windows = await collectWindows(this.design.input, samples, options.signal);
    const pace = pacer('evaluate', options.signal);
    const rows = Object.fromEntries(this.learners.map(({ name }) => [name, [] as Float32Array[]]));
    for (const { values } of windows) {
      const { scores } = this.#run(values);
      for (const { name } of this.learners) rows[name]!.push(scores[name]!);
      await pace();
    }
    const truth = windows.map((window) => window.label);
    const learners = Object.fromEntries(
      this.learners.map(({ name, block }) => [name, block.score(rows[name]!, truth)]),
    );
    const all = Object.values(learners);
    return {
      accuracy: all.find((score) => score.accuracy !== undefined)?.accuracy ?? Number.NaN,
      auc: all.find((score) => score.auc !== undefined)?.auc ?? Number.NaN,
      windows: windows.length,
      learners,
    };
  }

  /**
   * The int8 form of the impulse: networks are quantised after training, calibrated on windows of `samples`
   * (up to 500, evenly spread). Learners without an int8 form stay as they are.
   *
   * @throws `NO_DATA`, `BAD_DATA`, `ABORTED`
   */
  async quantize(samples: readonly Sample[], options: RunOptions = {}): Promise<TrainedImpulse> {
    const windows = await collectWindows(this.design.input, samples, options.signal);
    const step = Math.max(1, windows.length / CALIBRATION_WINDOWS);
    const pace = pacer('quantize', options.signal);
    const rows = mapValues(this.#parts.bound.stages, () => [] as Float32Array[]);
    for (let i = 0; i < windows.length; i += step) {
      const features = this.#features(windows[Math.floor(i)]!.values);
      for (const name of Object.keys(rows)) rows[name]!.push(features[name]!);
      await pace();
    }
    const learners = this.learners.map((learner) => ({
      ...learner,
      block:
        learner.block.quantize?.(concatRows(learner.inputs.map((name) => rows[name]!)), options.signal) ??
        learner.block,
    }));
    return new TrainedImpulse({ ...this.#parts, learners });
  }

  /** RAM (exact), flash and latency on a target, per block and in total, and what is missing if it does not fit. */
  estimate(profile: TargetProfile): Estimate {
    return estimate(this.program, profile);
  }

  /**
   * The files of a deployment.
   *
   * @throws `BAD_OPTION`, `BAD_LABEL` when a name or label cannot be expressed there
   * @example
   * ```ts
   * await write(model.deploy(cppLibrary({ name: 'keyword' })), 'out/keyword');
   * ```
   */
  deploy(deployment: DeploymentBlock): Bundle {
    return deployment.emit(this.program);
  }

  /**
   * The network of a learner (by default the first that is one) as a .tflite file: float32, or int8 after `quantize`.
   * It takes what the processing blocks give and holds the class labels. Features that the classifier standardises go
   * in as they are, float32: the standardisation is part of the file. Without one an int8 network takes and gives int8.
   *
   * @throws `UNSUPPORTED` when there is no such network
   * @example
   * ```ts
   * await writeFile('keyword.tflite', (await model.quantize(speech.train)).toTflite());
   * ```
   */
  toTflite(learner?: string): Uint8Array {
    const found = this.learners.find(({ name, block }) => block.tflite && (learner ?? name) === name);
    const names = this.learners.filter(({ block }) => block.tflite).map(({ name }) => name);
    if (found) return found.block.tflite!();
    return fail({
      code: 'UNSUPPORTED',
      where: 'toTflite',
      got: learner === undefined ? 'an impulse without a network' : `learner ${show(learner)}`,
      expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a learner that is a network, such as classifier',
      fix: 'Name a learner that is a neural network.',
    });
  }

  /** The saved form as files; `save` of `impulsekit/node` writes them. */
  toBundle(): Bundle {
    return savedImpulse(this.#parts);
  }

  /** The trained impulse as steps over one arena, for deployments and estimates. */
  get program(): Program {
    this.#program ??= buildProgram({
      bound: this.#parts.bound,
      learners: this.learners,
      golden: this.#parts.golden.map((window) => this.#goldenOf(window)),
      design: designText(this.#parts),
    });
    return this.#program;
  }

  #goldenOf({ label, values }: LabeledWindow): GoldenWindow {
    const { features, scores } = this.#run(values);
    return { label, window: values, features: Object.values(features), scores: Object.values(scores) };
  }

  #features(window: Float32Array): Record<string, Float32Array> {
    const expected = sizeOf(this.design.input.spec);
    if (window.length !== expected) {
      fail({
        code: 'SHAPE_MISMATCH',
        where: 'predict',
        got: `${window.length} values`,
        expected: `${expected}: ${shapeOf(this.design.input.spec).join(' x ')}`,
        fix: 'Cut the signal into windows of the impulse first.',
      });
    }
    return featuresOf(this.#parts.bound, finiteValues('predict', window));
  }

  #run(window: Float32Array): { features: Record<string, Float32Array>; scores: Record<string, Float32Array> } {
    const features = this.#features(window);
    return { features, scores: this.#scores(features) };
  }

  #scores(features: Record<string, Float32Array>): Record<string, Float32Array> {
    const scores: Record<string, Float32Array> = {};
    for (const { name, inputs, block } of this.learners) {
      const row = new Float32Array(sizeOf(block.output));
      block.run(inputs.length === 1 ? features[inputs[0]!]! : concat(inputs.map((input) => features[input]!)), row);
      scores[name] = row;
    }
    return scores;
  }
}

function answer(block: TrainedBlock, scores: Float32Array): LearnerPrediction {
  if (block.labels.length === 0) return { anomaly: scores[0]! };
  const best = scores.reduce((top, score, i) => (score > scores[top]! ? i : top), 0);
  return {
    label: block.labels[best]!,
    scores: Object.fromEntries(block.labels.map((label, i) => [label, scores[i]!])),
  };
}
