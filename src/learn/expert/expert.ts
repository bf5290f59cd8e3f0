import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FitOptions, FitReport, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import type { TfModel } from '../../compile/import/tf-model.js';
import { importLayersModel } from '../../compile/import/tfjs.js';
import { type Graph, optimize } from '../../compile/index.js';
import { fail } from '../../errors.js';
import { boolean, choice, float, int, type Options, resolve, type Values } from '../../params.js';
import { type Kind, type Spec, shapeOf, sizeOf } from '../../spec.js';
import { classNetwork } from '../network/classes.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';
import { checkRows } from '../rows.js';
import { featureScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { unitOf } from '../standardise/unit.js';
import { checkClasses } from '../training/class-targets.js';
import { splitRows } from '../training/split.js';
import { loadExpert } from './load.js';
import { batchOf, type LoopData, trainModel } from './loop.js';
import { seedWeights } from './seed.js';
import { takingRawInputs } from './standardised.js';
import type { TfLayers } from './tf-layers.js';

const schema = {
  epochs: int(50, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start, for models that come without an optimiser.', {
    min: 1e-6,
    max: 1,
  }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  standardise: boolean(true, 'Inputs of mean 0 and deviation 1 in training; the network on the device takes raw ones.'),
  calibration: choice(['minmax', 'percentile', 'mse'], 'mse', 'How int8 ranges follow from the values seen.'),
};

type Params = Values<typeof schema>;
type ExpertInput = 'signal' | 'spectrogram' | 'features' | 'image';

/** What `build` is told. */
export interface BuildTask {
  /** Sizes of one input without the batch: `[features]`, `[frame, band]`, `[time, axis]` or `[row, column, channel]`. */
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  readonly tf: TfLayers;
}

/** Rows of a training loop of one's own; the tensors are disposed of when it is through. */
export interface ExpertRows {
  /** `[rows, ...inputShape]`, standardised. */
  readonly xs: Tensor;
  /** `[rows, classes]`, one 1 per row; `[rows, 1]` indices for models compiled with sparseCategoricalCrossentropy. */
  readonly ys: Tensor;
}

/** What `train` is told. */
export interface TrainTask {
  readonly model: TfModel;
  readonly tf: TfLayers;
  readonly data: { readonly train: ExpertRows; readonly validation: ExpertRows | undefined };
  readonly signal: AbortSignal | undefined;
  readonly onProgress: FitOptions['onProgress'];
  readonly seed: number;
}

/** Options of {@link expert}. */
export interface ExpertOptions extends Options<typeof schema> {
  /** Makes the model. Its output is a score per class, with or without a softmax. */
  readonly build: (task: BuildTask) => TfModel | Promise<TfModel>;
  /** Trains it, in place of the loop that is there. */
  readonly train?: ((task: TrainTask) => Promise<void>) | undefined;
}

type Functions = Pick<ExpertOptions, 'build' | 'train'>;

const KIND = classNetwork('expert');

/**
 * A classifier from any TensorFlow.js layers model that the compiler can express, trained by the model's own loss and
 * optimiser, or by a loop of one's own.
 *
 * `features | spectrogram | signal | image -> scores [class C]`. Flat features are standardised one by one and cut off at
 * 3 deviations, other inputs all alike. What is saved, quantised, estimated and deployed is the compiled network; the
 * model is disposed of. Layers that can be deployed are those of `importLayersModel`; a model with others is refused
 * before it is trained.
 *
 * The same seed gives the same weights: initialisers without a seed are given one, and so is Dropout at every step. A
 * model that comes with weights (one with biases other than 0) keeps them. Noise layers and loops of one's own draw what
 * they draw. There are no checkpoints, and no estimate before training. A model that ends without a softmax gets one.
 *
 * @throws `UNSUPPORTED` naming the layer, `SHAPE_MISMATCH`, `ONE_CLASS`, `NO_DATA`, `BAD_DATA`, `ABORTED`
 * @example
 * ```ts
 * const own = expert({
 *   epochs: 30,
 *   build: ({ tf, inputShape, classes }) => {
 *     const input = tf.input({ shape: [...inputShape] });
 *     const x = tf.layers.conv1d({ filters: 8, kernelSize: 3, activation: 'relu' }).apply(input);
 *     const pooled = tf.layers.globalAveragePooling1d({}).apply(x);
 *     const outputs = tf.layers.dense({ units: classes.length, activation: 'softmax' }).apply(pooled);
 *     return tf.model({ inputs: input, outputs: outputs as never });
 *   },
 * });
 * ```
 */
export const expert = Object.assign(
  ({ build, train, ...options }: ExpertOptions): LearningBlock<ExpertInput> => {
    for (const [name, given] of Object.entries({ build, train })) {
      if (typeof given === 'function' || (name === 'train' && given === undefined)) continue;
      fail({
        code: 'BAD_OPTION',
        where: `expert.${name}`,
        got: typeof given,
        expected: 'a function',
        fix: name === 'build' ? 'Pass a function that returns a tf.LayersModel.' : 'Pass a function or leave it out.',
      });
    }
    return make({ build, train }, resolve('expert', schema, options));
  },
  {
    type: 'expert',
    version: 1,
    schema,
    /** A block from what a saved impulse holds of it: it runs, but its functions are not saved. */
    restore: (params: Readonly<Record<string, unknown>>): LearningBlock<ExpertInput> =>
      make(undefined, resolve('expert', schema, params)),
  },
);

function make(functions: Functions | undefined, params: Params): LearningBlock<ExpertInput> {
  return {
    role: 'learn',
    type: 'expert',
    version: 1,
    params,
    schema,
    fit: async (data, input, options) => learn(functions ?? unsaved(), params, data, input, options),
    sketch: () =>
      fail({
        code: 'UNSUPPORTED',
        where: 'expert',
        got: 'an estimate before training',
        expected: 'a trained model',
        fix: 'Fit it first, for one epoch if need be: sizes do not depend on the weights.',
      }),
    revive: (state, input) => reviveNetwork(KIND, state, input),
    with: (changes) => make(functions, resolve('expert', schema, { ...params, ...changes })),
  };
}

async function learn(
  functions: Functions,
  params: Params,
  set: TrainingSet,
  input: Spec<Kind>,
  options: FitOptions,
): Promise<TrainedBlock> {
  checkRows('expert.fit', set, sizeOf(input));
  checkClasses('expert.fit', set);
  const { seed = 1 } = options;
  const { calibration, standardise } = params;
  const split = splitRows(set, params.validationSplit, seed);
  const training = Array.from(split.train, (row) => set.features[row]!);
  const flat = input.kind === 'features';
  const scale = standardise && flat ? featureScale(training, training[0]!.keys()) : undefined;
  const unit = standardise && !flat ? unitOf(training) : undefined;
  const rows = set.features.map((row) => {
    if (scale) return standardised(scale, row);
    return unit ? row.map((v) => (v - unit.mean) * unit.factor) : row;
  });
  const data: LoopData = { ...split, set, rows, shape: shapeOf(input) };
  const { graph, report } = await trainedGraph(functions, params, data, { ...options, seed });
  return networkBlock(
    KIND,
    {
      graph: optimize(unit ? takingRawInputs(graph, unit) : graph),
      labels: [...set.classes],
      report,
      scale,
      calibration,
    },
    input,
  );
}

/** Builds, trains, imports and disposes of the model. */
async function trainedGraph(
  { build, train }: Functions,
  params: Params,
  data: LoopData,
  options: FitOptions & { readonly seed: number },
): Promise<{ readonly graph: Graph; readonly report: FitReport }> {
  const tf = await loadExpert();
  const { seed, signal, onProgress } = options;
  const loose = tf as unknown as TfLayers;
  const built = await build({ inputShape: data.shape, classes: data.set.classes, tf: loose });
  const model = built as unknown as LayersModel;
  try {
    const before = checkedGraph(model, data);
    seedWeights(tf, model, seed);
    if (!train) {
      const report = await trainModel(tf, model, endsInSoftmax(before), data, { ...params, ...options });
      return { graph: withSoftmax(importLayersModel(model)), report };
    }
    const rows = (chosen: Int32Array): ExpertRows | undefined =>
      chosen.length > 0 ? batchOf(tf, model, data, chosen) : undefined;
    const own = { train: rows(data.train)!, validation: rows(data.validation) };
    try {
      await train({ model: built, tf: loose, data: own, signal, onProgress, seed });
    } finally {
      for (const part of [own.train, own.validation]) for (const tensor of [part?.xs, part?.ys]) tensor?.dispose();
    }
    return { graph: withSoftmax(importLayersModel(model)), report: {} };
  } finally {
    const { optimizer } = model as { optimizer?: { dispose: () => void } };
    optimizer?.dispose();
    model.dispose();
  }
}

/** The model as a graph, when it takes and gives what it has to. */
function checkedGraph(model: LayersModel, { shape, set }: LoopData): Graph {
  const graph = importLayersModel(model);
  const [inputs, outputs] = [graph.input, graph.output].map((t) => graph.tensors[t]!.shape) as [number[], number[]];
  const size = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  if (size(inputs) !== size(shape))
    refuse(`an input of [${inputs}]`, `[${shape}]`, 'Build it for the given inputShape.');
  if (outputs.length !== 1 || outputs[0] !== set.classes.length) {
    refuse(
      `an output of [${outputs}]`,
      `[${set.classes.length}], one score per class`,
      'End it with dense(classes.length).',
    );
  }
  return graph;
}

function refuse(got: string, expected: string, fix: string): never {
  return fail({ code: 'SHAPE_MISMATCH', where: 'expert.build', got, expected, fix });
}

function endsInSoftmax({ ops, output }: Graph): boolean {
  return ops.find((op) => op.output === output)?.kind === 'softmax';
}

/** Scores from 0 to 1 that sum to 1. */
function withSoftmax(graph: Graph): Graph {
  if (endsInSoftmax(graph)) return graph;
  const { shape } = graph.tensors[graph.output]!;
  const tensors = [...graph.tensors, { name: 'softmax', shape, dtype: 'f32' as const }];
  const output = tensors.length - 1;
  const softmax = { kind: 'softmax' as const, name: 'softmax', inputs: [graph.output], output, attributes: {} };
  return { ...graph, tensors, ops: [...graph.ops, softmax], output };
}

function unsaved(): never {
  return fail({
    code: 'UNSUPPORTED',
    where: 'expert.fit',
    got: 'a block that was loaded, without its functions',
    expected: 'build',
    fix: 'Make the impulse anew with expert({ build }).',
  });
}
