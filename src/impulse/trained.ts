import ndarray, { type NdArray } from 'ndarray';
import type { FitReport, TrainedBlock } from '../block.js';
import { groupsOf, type Sample } from '../data/index.js';
import type { Engine } from '../engine.js';
import { fail, show } from '../errors.js';
import { type EvaluateOptions, type Evaluation, evaluationOf } from '../evaluate/index.js';
import { checkScoreOptions } from '../evaluate/options.js';
import { finiteValues } from '../finite.js';
import { pacer } from '../pace.js';
import type { Bundle, DeploymentBlock, GoldenWindow, Program } from '../program.js';
import { shapeOf, sizeOf } from '../spec.js';
import {
  type Estimate,
  type Estimates,
  estimate,
  estimates,
  type TargetProfile,
  withEngine,
} from '../targets/index.js';
import { type ContinuousImpulse, continuousImpulse } from './continuous.js';
import { type Design, featuresOf, mapValues, type TrainedLearner } from './design.js';
import type { Origin } from './origin.js';
import { buildProgram } from './plan.js';
import { type Prediction, predictionOf } from './prediction.js';
import { deployedText, designText, savedImpulse, type TrainedParts } from './save.js';
import { collectWindows, concat, concatRows, type LabeledWindow } from './windows.js';

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
    return this.learners.find(({ block }) => block.answers === 'classes')?.block.labels ?? [];
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
    return predictionOf(this.learners, this.#scores(features));
  }

  /**
   * Runs the impulse over all labelled windows of `samples` and compares with their labels.
   *
   * @param options.group figures per speaker, subject or the like: a metadata key or a function of the sample
   * @param options.confidence a classifier's highest score below this counts as uncertain; 0 to 1, default 0.6
   * @param options.threshold anomaly score that counts as an anomaly, or how it is chosen
   * @param options.tolerance error of a value that counts as right; default a tenth of the range of the true values
   * @throws `NO_DATA`, `BAD_DATA`, `BAD_OPTION`, `BAD_LABEL` for a regression, `ABORTED`
   * @example
   * ```ts
   * const { accuracy, learners } = await model.evaluate(speech.test, { group: 'speaker' });
   * console.log(accuracy, learners.learn?.groups, learners.learn?.mistakes.slice(0, 10));
   * ```
   */
  async evaluate(samples: readonly Sample[], options: EvaluateOptions = {}): Promise<Evaluation> {
    checkScoreOptions(options);
    const { group, signal } = options;
    const groups = group === undefined ? [] : groupsOf(samples, group, 'evaluate');
    const windows = await collectWindows(this.design.input, samples, signal);
    const pace = pacer('evaluate', signal);
    const outputs = this.learners.map(({ name, block }) => ({ name, block, rows: [] as Float32Array[] }));
    for (const { values } of windows) {
      const { scores } = this.#run(values);
      for (const { name, rows } of outputs) rows.push(scores[name]!);
      await pace();
    }
    const { rateHz = 0 } = this.design.input.spec;
    const origins = windows.map(({ label, sampleIndex, startIndex, boxes }) => ({
      sample: samples[sampleIndex]!.id,
      startMs: rateHz > 0 ? (1000 * startIndex) / rateHz : 0,
      truth: label,
      group: groups[sampleIndex],
      ...(boxes && { boxes }),
    }));
    return evaluationOf(origins, outputs, options);
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
    return this.#quantized(rows, options.signal);
  }

  #quantized(rows: Readonly<Record<string, readonly Float32Array[]>>, signal?: AbortSignal): TrainedImpulse {
    const learners = this.learners.map((learner) => ({
      ...learner,
      block: learner.block.quantize?.(concatRows(learner.inputs.map((name) => rows[name]!)), signal) ?? learner.block,
    }));
    return new TrainedImpulse({ ...this.#parts, learners });
  }

  /** @internal The same impulse with another trained block in the place of a learner's. */
  withLearner(name: string, block: TrainedBlock): TrainedImpulse {
    const learners = this.learners.map((learner) => (learner.name === name ? { ...learner, block } : learner));
    return new TrainedImpulse({ ...this.#parts, learners });
  }

  /**
   * RAM (exact), flash and latency on a target, per block and in total, and what is missing if it does not fit.
   *
   * @param options.engine the engine of the deployment, whose memory counts then; default `native()`. Times stay those of
   * our own code: of an interpreter they are in `interpreter`
   */
  estimate(profile: TargetProfile, { engine }: { readonly engine?: Engine | undefined } = {}): Estimate {
    return estimate(engine ? withEngine(this.program, engine) : this.program, profile);
  }

  /**
   * The impulse in float32 and int8 on a target, side by side. The int8 form is made for this from the golden windows;
   * an impulse that is int8 already, or has no network, has one form only.
   *
   * @example
   * ```ts
   * const { f32, int8 } = model.estimates(nano33ble);
   * ```
   */
  estimates(profile: TargetProfile): Estimates {
    if (this.learners.some(({ block }) => block.dtype === 'int8')) return estimates({ int8: this.program }, profile);
    if (!this.learners.some(({ block }) => block.quantize)) return estimates({ f32: this.program }, profile);
    const features = this.#parts.golden.map(({ values }) => this.#features(values));
    const rows = mapValues(this.#parts.bound.stages, (_, name) => features.map((row) => row[name]!));
    return estimates({ f32: this.program, int8: this.#quantized(rows).program }, profile);
  }

  /**
   * The files of a deployment. Its `impulse.json` holds the impulse with its weights and golden windows, and the options
   * of the deployment: `rebuild` of `impulsekit/node` makes the same bytes of it.
   *
   * @throws `BAD_OPTION`, `BAD_LABEL` when a name or label cannot be expressed there
   * @example
   * ```ts
   * await write(model.deploy(cppLibrary({ name: 'keyword' })), 'out/keyword');
   * ```
   */
  deploy(deployment: DeploymentBlock): Bundle {
    return deployment.emit({ ...this.program, design: deployedText(this.#parts, deployment) });
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
