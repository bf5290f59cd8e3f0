import type { LearningBlock, ProcessingBlock, TrainedBlock } from '../block.js';
import { type GroupBy, groupsOf, type Sample } from '../data/index.js';
import { fail, show } from '../errors.js';
import { type PruneOptions, type PruneReport, pruneBlock } from '../learn/prune/prune.js';
import { type EmbedderOptions, embedder } from '../learn/transfer/embedder.js';
import { type PretrainedBase, type PretrainOptions, pretrainRows } from '../learn/transfer/pretrain.js';
import { pacer } from '../pace.js';
import { type Given, type Kind, sizeOf } from '../spec.js';
import type { TrainedLearner } from './design.js';
import type { InputBlock, InputKind } from './input.js';
import type { TrainedImpulse } from './trained.js';
import { collectWindows, concat } from './windows.js';

/** One learner of a model, and what is to be done with it. */
interface Chosen {
  /** Name of the learner; default the first that is a network. */
  readonly learner?: string | undefined;
}

/** A smaller model, and what became smaller. */
export interface Pruned {
  readonly model: TrainedImpulse;
  readonly report: PruneReport;
}

/**
 * Takes channels away from a model's network and trains the rest on: fewer operations and bytes at about the same
 * accuracy. Do it before `quantize`.
 *
 * Of every layer the filters or units with the least sum of absolute weights go (Li et al., 2017), together with all that
 * reads them; layers that meet in a sum lose the same ones. It goes in `steps`, with training after each.
 *
 * @param samples recordings to train on, those the model was trained on
 * @param options.group what stays together when recordings are set aside for validation, as in `fit`
 * @throws `BAD_OPTION`, `UNSUPPORTED` for int8 networks and networks that cannot be trained here, `NO_DATA`, `ABORTED`
 * @example
 * ```ts
 * const { model: small, report } = await prune(model, speech.train, { share: 0.5 });
 * console.log(report.macs, report.constBytes, report.accuracy);
 * ```
 */
export async function prune(
  model: TrainedImpulse,
  samples: readonly Sample[],
  options: PruneOptions & Chosen & { readonly group?: GroupBy | undefined } = {},
): Promise<Pruned> {
  const { learner: name, group, ...rest } = options;
  const together = group === undefined ? [] : groupsOf(samples, group, 'prune');
  const chosen = networkLearner('prune', model, name);
  const { rows, windows } = await rowsOf(model, chosen, samples, options.signal);
  const classes = [...new Set(windows.map((window) => window.label))].sort();
  const data = {
    features: rows,
    labels: Int32Array.from(windows, (window) => classes.indexOf(window.label)),
    classes,
    groups: windows.map((window) => together[window.sampleIndex] ?? window.group),
  };
  const { revive } = model.design.learn[chosen.name]!.learner as LearningBlock<Kind>;
  const { block, report } = await pruneBlock(chosen.block, data, revive, rest);
  return { model: model.withLearner(chosen.name, block), report };
}

/** Windows as a network sees them inside. */
export interface Embeddings {
  /** Sizes of one row. */
  readonly shape: readonly number[];
  readonly rows: readonly Float32Array[];
  /** Label of each row. */
  readonly labels: readonly string[];
  /** Index of the recording of each row. */
  readonly samples: readonly number[];
}

/**
 * What a model's network computes on the way, for every labelled window of `samples`: points in which windows that mean
 * the same lie close together.
 *
 * @param options.layer the operator whose output is taken, by name, or a number of layers with weights; default what
 * enters the last layer
 * @throws `BAD_OPTION`, `UNSUPPORTED`, `NO_DATA`, `BAD_DATA`, `ABORTED`
 * @example
 * ```ts
 * const { rows, labels } = await embeddings(model, speech.test);
 * ```
 */
export async function embeddings(
  model: TrainedImpulse,
  samples: readonly Sample[],
  options: EmbedderOptions & Chosen & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Embeddings> {
  const chosen = networkLearner('embeddings', model, options.learner);
  const { shape, embed } = embedder(chosen.block, options);
  const { rows, windows } = await rowsOf(model, chosen, samples, options.signal);
  return {
    shape,
    rows: rows.map(embed),
    labels: windows.map((window) => window.label),
    samples: windows.map((window) => window.sampleIndex),
  };
}

function networkLearner(where: string, { learners }: TrainedImpulse, name: string | undefined): TrainedLearner {
  const isNetwork = ({ tflite }: TrainedBlock): boolean => tflite !== undefined;
  const found = learners.find((one) => (name === undefined ? isNetwork(one.block) : one.name === name));
  const names = learners.filter(({ block }) => isNetwork(block)).map((one) => one.name);
  return (
    found ??
    fail({
      code: name === undefined ? 'UNSUPPORTED' : 'BAD_OPTION',
      where,
      got: name === undefined ? 'an impulse without a network' : `learner ${show(name)}`,
      expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a learner that is a network, such as classifier',
      fix: 'Name a learner that is a neural network.',
    })
  );
}

async function rowsOf(
  model: TrainedImpulse,
  { inputs }: TrainedLearner,
  samples: readonly Sample[],
  signal: AbortSignal | undefined,
) {
  const windows = await collectWindows(model.design.input, samples, signal);
  const pace = pacer('windows', signal);
  const rows: Float32Array[] = [];
  for (const { values } of windows) {
    const features = model.features(values);
    rows.push(concat(inputs.map((name) => features[name]!.data)));
    await pace();
  }
  return { rows, windows };
}

/**
 * Trains a base for `transfer({ from })` on recordings whose labels do not matter: parts of what the processing block
 * gives are hidden, and the network learns to fill them in. For a base of labelled recordings train a `classifier`.
 *
 * @param design input and processing block, those of the impulse to come
 * @throws `UNSUPPORTED` for blocks that give flat features, `NO_DATA`, `BAD_DATA`, `SHAPE_MISMATCH`, `ABORTED`
 * @example
 * ```ts
 * const base = await pretrain({ input, dsp: mfe() }, manyRecordings, { layers: [conv1d(24, 3), conv1d(32, 3), dense(48)] });
 * await writeFile('base.tflite', base.tflite());
 * const keywords = impulse({ input, dsp: mfe(), learn: transfer({ from: base.graph, freeze: 'none' }) });
 * ```
 */
export async function pretrain<K extends InputKind>(
  design: { readonly input: InputBlock<K>; readonly dsp: ProcessingBlock<Given<K>> },
  samples: readonly Sample[],
  options: PretrainOptions = {},
): Promise<PretrainedBase> {
  // A label lets the windows of recordings that have none through.
  const labelled = samples.map((sample) => ({ ...sample, label: sample.label ?? 'any' }));
  const windows = await collectWindows(design.input, labelled, options.signal);
  const stage = (design.dsp as ProcessingBlock<Kind>).bind(design.input.spec);
  const pace = pacer('pretrain', options.signal);
  const rows: Float32Array[] = [];
  for (const { values } of windows) {
    const row = new Float32Array(sizeOf(stage.output));
    stage.run(values, row);
    rows.push(row);
    await pace();
  }
  const groups = windows.map((window) => window.group);
  return pretrainRows(rows, groups, stage.output, options);
}
