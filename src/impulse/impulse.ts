import type { FitOptions, LearningBlock, PretrainedBlock, ProcessingBlock, TrainingSet } from '../block.js';
import { type GroupBy, groupsOf, type Sample } from '../data/index.js';
import { pacer } from '../pace.js';
import type { Program } from '../program.js';
import type { Given, Kind, Spec } from '../spec.js';
import { type Estimate, type Estimates, estimate, estimates, type TargetProfile } from '../targets/index.js';
import { type Copies, type CopyOptions, copiesOf, repeated } from './copies.js';
import {
  type BoundDesign,
  bind,
  type Design,
  featuresOf,
  fitBlocks,
  mapValues,
  type PretrainedRoute,
  type Route,
  type TrainedLearner,
} from './design.js';
import type { InputBlock, InputKind } from './input.js';
import { noOrigin, originOf } from './origin.js';
import { buildProgram } from './plan.js';
import { type SketchOptions, sketchLabels } from './sketch-options.js';
import { TrainedImpulse } from './trained.js';
import { collectWindows, concatRows, goldenWindows, type LabeledWindow, noiseWindows } from './windows.js';

/** Changes of parameters by block name, for {@link Impulse.with}. */
export interface Changes {
  readonly dsp?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly learn?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** How an impulse is trained. */
export interface TrainOptions extends FitOptions {
  /**
   * What never stands on both sides of the validation split: a metadata key of the samples such as `speaker`, or a function
   * of the sample. Samples without a group, and all by default, keep together by recording.
   */
  readonly group?: GroupBy | undefined;
  /**
   * Trains on changed copies of the windows too, made before processing. Copies keep the group of their recording, are
   * never validated on, and those of recordings that are set aside for validation are left out.
   */
  readonly augment?: CopyOptions | undefined;
  /** Called while windows are processed, copies included. */
  readonly onWindows?: ((progress: { readonly done: number; readonly windows: number }) => void) | undefined;
}

/** A design that can be trained. Immutable: `fit` and `with` return new objects. */
export class Impulse {
  readonly design: Design;
  readonly #bound: BoundDesign;

  /** @throws `BAD_OPTION`, `SHAPE_MISMATCH` when names or sizes do not meet */
  constructor(design: Design) {
    this.design = design;
    this.#bound = bind(design);
  }

  /** Shapes from the window to each processing block's output. */
  get specs(): { readonly input: Spec; readonly dsp: Readonly<Record<string, Spec>> } {
    return {
      input: this.design.input.spec,
      dsp: mapValues(this.#bound.stages, (stage) => stage.output),
    };
  }

  /**
   * Trains every learner on the windows of `samples` and returns the trained impulse. Processing blocks that learn,
   * such as `scaler`, are fitted first.
   *
   * The same samples and seed give the same model, byte for byte.
   *
   * @throws `NO_DATA`, `ONE_CLASS`, `BAD_DATA`, `BAD_OPTION` for a group no sample has, `ABORTED`
   * @example
   * ```ts
   * const model = await keyword.fit(speech.train, { seed: 1, onProgress: (p) => console.log(p.epoch, p.valAccuracy) });
   * const robust = await keyword.fit(speech.train, { augment: { copies: 2, with: [noiseMix(), timeShift({ ms: 100 })] } });
   * ```
   */
  async fit(samples: readonly Sample[], options: TrainOptions = {}): Promise<TrainedImpulse> {
    const chosen = options.group === undefined ? [] : groupsOf(samples, options.group, 'fit');
    const windows = await collectWindows(this.design.input, samples, options.signal);
    const design = fitBlocks(
      this.design,
      windows.map((window) => window.values),
    );
    const bound = design === this.design ? this.#bound : bind(design);
    const { seed = 1 } = options;
    const copies = options.augment && copiesOf(this.design.input, windows, options.augment, seed);
    const features = await featureRows(bound, windows, copies, options);
    const classes = [...new Set(windows.map((window) => window.label))].sort();
    const labels = Int32Array.from(windows, (window) => classes.indexOf(window.label));
    const groups = windows.map((window) => chosen[window.sampleIndex] ?? window.group);
    const boxes = windows.some((window) => window.boxes) && windows.map((window) => window.boxes ?? []);
    const known = withCopies({ labels, classes, groups, ...(boxes && { boxes }) }, copies?.count ?? 0);

    const learners: TrainedLearner[] = [];
    for (const [name, route] of Object.entries(design.learn)) {
      const block = await learnerOf(route).fit(
        { features: concatRows(route.inputs.map((input) => features[input]!)), ...known },
        bound.learnerInputs[name]!,
        withLearner(options, name),
      );
      learners.push({ name, inputs: route.inputs, block });
    }
    const origin = await originOf(windows, seed, options.signal, copies?.origin);
    return new TrainedImpulse({ bound, learners, golden: goldenWindows(windows, classes), origin });
  }

  /**
   * What the impulse will cost on a target, before training: sizes depend on shapes alone.
   *
   * @param options.labels number of classes or their names, default 2
   * @param options.dtype `int8` (default) or `f32`
   * @throws `BAD_OPTION` when `labels` is neither
   */
  estimate(profile: TargetProfile, options: SketchOptions & { readonly dtype?: 'int8' | 'f32' } = {}): Estimate {
    return estimate(this.#sketch(options), profile);
  }

  /**
   * The same in float32 and int8, side by side.
   *
   * @param options.labels number of classes or their names, default 2
   * @throws `BAD_OPTION` when `labels` is neither
   */
  estimates(profile: TargetProfile, options: SketchOptions = {}): Estimates {
    const forms = { f32: this.#sketch({ ...options, dtype: 'f32' }), int8: this.#sketch(options) };
    return estimates(forms, profile);
  }

  /** The program that training will give, as far as sizes go. */
  #sketch({ labels, dtype = 'int8' }: SketchOptions & { readonly dtype?: 'int8' | 'f32' }): Program {
    const classes = sketchLabels(labels);
    const learners = Object.entries(this.design.learn).map(([name, route]) => {
      const block = learnerOf(route).sketch(this.#bound.learnerInputs[name]!, classes);
      return { name, inputs: route.inputs, block: dtype === 'int8' ? (block.quantize?.([]) ?? block) : block };
    });
    return buildProgram({ bound: this.#bound, learners, golden: [], design: '' });
  }

  /** The same impulse with some parameters changed. */
  with(changes: Changes): Impulse {
    const { input, dsp, learn } = this.design;
    return new Impulse({
      input,
      dsp: mapValues(dsp, (block, name) => (changes.dsp?.[name] ? block.with(changes.dsp[name]) : block)),
      learn: mapValues(learn, (route, name) =>
        changes.learn?.[name] ? { inputs: route.inputs, learner: route.learner.with(changes.learn[name]) } : route,
      ),
    });
  }
}

/** Features of all windows and of their copies, by processing block. */
async function featureRows(
  bound: BoundDesign,
  windows: readonly LabeledWindow[],
  copies: Copies | undefined,
  { signal, onWindows }: TrainOptions,
) {
  const pace = pacer('fit', signal);
  const rows = mapValues(bound.stages, () => [] as Float32Array[]);
  const count = windows.length * (1 + (copies?.count ?? 0));
  let done = 0;
  const add = async (values: Float32Array): Promise<void> => {
    const features = featuresOf(bound, values);
    for (const name of Object.keys(rows)) rows[name]!.push(features[name]!);
    onWindows?.({ done: ++done, windows: count });
    await pace();
  };
  for (const { values } of windows) await add(values);
  for (const values of copies?.make() ?? []) await add(values);
  return rows;
}

/** What is known of windows, again for each of their copies. */
function withCopies(known: Omit<TrainingSet, 'features'>, copies: number): Omit<TrainingSet, 'features'> {
  if (copies === 0) return known;
  const { labels, groups, boxes } = known;
  return {
    ...known,
    labels: Int32Array.from(repeated([...labels], copies)),
    groups: repeated(groups, copies),
    copies: Uint8Array.from({ length: labels.length * (1 + copies) }, (_, i) => Number(i >= labels.length)),
    ...(boxes && { boxes: repeated(boxes, copies) }),
  };
}

/**
 * An impulse whose learners all came trained, such as `tflite`: it predicts, estimates and deploys at once. What is
 * deployed proves itself on windows of seeded noise; `fit` keeps the networks and takes windows of the recordings.
 */
export class PretrainedImpulse extends TrainedImpulse {
  /** @throws `NO_DATA`, `BAD_DATA`, `ABORTED` */
  fit(samples: readonly Sample[], options: TrainOptions = {}): Promise<TrainedImpulse> {
    return new Impulse(this.design).fit(samples, options);
  }
}

function made(design: Design): Impulse | PretrainedImpulse {
  const routes = Object.entries(design.learn);
  if (!routes.every(([, { learner }]) => 'trained' in learner)) return new Impulse(design);
  const bound = bind(design);
  const learners = routes.map(([name, { inputs, learner }]) => {
    return { name, inputs, block: (learner as PretrainedBlock<Kind>).trained(bound.learnerInputs[name]!) };
  });
  return new PretrainedImpulse({ bound, learners, golden: noiseWindows(design.input), origin: noOrigin() });
}

type OutputOf<B> = B extends ProcessingBlock<never, infer O> ? O : never;
type FeatureKind<D, Names extends string> = [OutputOf<D[Names & keyof D]>] extends ['features']
  ? 'features'
  : OutputOf<D[Names & keyof D]>;

/** Accepts a route whose names exist and whose learner takes what those blocks give. */
type CheckedRoute<D, R> =
  R extends Route<infer Names, infer I>
    ? [Names] extends [keyof D]
      ? [FeatureKind<D, Names>] extends [I]
        ? R
        : Route<Names, FeatureKind<D, Names>>
      : Route<keyof D & string, I>
    : never;

/**
 * A chain: one input, one processing block, one learner. With a learner that comes trained the result is trained too.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION` when the sizes do not meet
 * @example
 * ```ts
 * const keyword = impulse({
 *   input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
 *   dsp: mfe(),
 *   learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 100 }),
 * });
 * ```
 */
export function impulse<K extends InputKind, F extends Kind>(design: {
  readonly input: InputBlock<K>;
  readonly dsp: ProcessingBlock<Given<K>, F>;
  readonly learn: PretrainedBlock<Given<F>>;
}): PretrainedImpulse;
export function impulse<K extends InputKind, F extends Kind>(design: {
  readonly input: InputBlock<K>;
  readonly dsp: ProcessingBlock<Given<K>, F>;
  readonly learn: LearningBlock<Given<F>>;
}): Impulse;
export function impulse<K extends InputKind, F extends Kind>(design: {
  readonly input: InputBlock<K>;
  readonly dsp: ProcessingBlock<Given<K>, F>;
  readonly learn: LearningBlock<Given<F>>;
}): Impulse | PretrainedImpulse {
  return made({
    input: design.input,
    dsp: { dsp: design.dsp as ProcessingBlock },
    learn: { learn: { inputs: ['dsp'], learner: design.learn as LearningBlock } },
  });
}

/**
 * Several processing blocks and learners over one window, wired by name with {@link on}. When all learners come
 * trained, the result is trained too.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_OPTION` when the sizes do not meet
 * @example
 * ```ts
 * const machine = graph({
 *   input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
 *   dsp: { spectrum: spectral({ fftLength: 16 }) },
 *   learn: {
 *     state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)] })),
 *     anomaly: on('spectrum').use(kMeans({ clusters: 32 })),
 *   },
 * });
 * ```
 */
export function graph<
  K extends InputKind,
  const D extends Readonly<Record<string, ProcessingBlock<Given<K>, Kind>>>,
  const L extends Readonly<Record<string, Route<string, never>>>,
>(design: {
  readonly input: InputBlock<K>;
  readonly dsp: D;
  readonly learn: L & { readonly [N in keyof L]: CheckedRoute<D, L[N]> };
}): [L[keyof L]] extends [PretrainedRoute] ? PretrainedImpulse : Impulse {
  return made(design as unknown as Design) as [L[keyof L]] extends [PretrainedRoute] ? PretrainedImpulse : Impulse;
}

/** Kinds were checked when the route was made; from here on a learner takes any. */
function learnerOf(route: Route): LearningBlock<Kind> {
  return route.learner as LearningBlock<Kind>;
}

function withLearner(options: FitOptions, learner: string): FitOptions {
  const { onProgress, onBatch, checkpoint } = options;
  return {
    ...options,
    onProgress: onProgress && ((progress) => onProgress({ ...progress, learner })),
    onBatch: onBatch && ((progress) => onBatch({ ...progress, learner })),
    checkpoint: checkpoint && {
      // A learner may train in several steps.
      read: (name) => checkpoint.read(`${learner} ${name}`),
      write: (name, bytes) => checkpoint.write(`${learner} ${name}`, bytes),
    },
  };
}
