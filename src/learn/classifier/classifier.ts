import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { optimize } from '../../compile/index.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { augmentedTask, checkAugment, type Level, levelList } from '../augment/augment.js';
import type { Augmentation } from '../augment/augmentation.js';
import { type Material, materialOf, standardisedMaterial } from '../augment/material.js';
import { conv1d, conv2d, dense, type Layer } from '../layers.js';
import { classNetwork } from '../network/classes.js';
import { buildNetwork } from '../network/network.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';
import { checkLayers, type LayersOption, layersOf } from '../presets/option.js';
import { checkRows } from '../rows.js';
import { featureScale, noScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { takingRaw, unitOf } from '../standardise/unit.js';
import { checkClasses, classTask } from '../training/class-targets.js';
import { trainQuantized } from '../training/quantization-aware.js';
import { splitRows } from '../training/split.js';
import type { TrainingTask } from '../training/task.js';
import { trainNetwork } from '../training/train.js';

type ClassifierInput = 'signal' | 'spectrogram' | 'features' | 'image';

const schema = {
  layers: value<LayersOption>(
    'auto',
    "The network's layers from first to last; a dense layer and a softmax over the classes follow by themselves. 'auto' is dense(20), dense(10) for features, conv1d(8, 3), conv1d(16, 3) for spectrograms and signals, conv2d(8, 3), conv2d(16, 3) for images; 'small' and 'accurate' are smaller and larger ones.",
    { check: checkLayers },
  ),
  epochs: int(100, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start.', { min: 1e-6, max: 1 }),
  schedule: choice(
    ['cosine', 'step', 'constant'],
    'cosine',
    'How the step size falls: to 0 along a cosine, to a tenth after each third of the epochs, or not.',
  ),
  warmup: float(0, 'Epochs in which the step size rises from 0.', { min: 0, max: 10_000 }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  patience: int(0, 'Epochs without a lower validation loss before training stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more."),
  augment: value<Level | readonly Augmentation[]>(
    'low',
    "Random changes to what enters the network while training: 'none', 'low', 'high' or a list such as [timeShift({ ms: 100 }), bandMask()].",
    { check: checkAugment },
  ),
  labelSmoothing: float(0.1, 'Share of the target spread over all classes.', { min: 0, max: 0.5 }),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'mse',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
  quantizationAware: int(
    0,
    'Epochs more in which the network learns to be rounded to int8, at a tenth of the step size; 0 for none.',
    { min: 0, max: 10_000 },
  ),
  weightDecay: float(0.05, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
  l1: float(0, "Share of the weights' absolute values in the loss.", { min: 0, max: 1 }),
  l2: float(0, "Share of half the weights' squares in the loss.", { min: 0, max: 1 }),
};

type Params = Values<typeof schema>;

const KIND = classNetwork('classifier');

/**
 * A neural network that tells classes of windows apart.
 *
 * `features | spectrogram | signal | image -> scores [class C]`, probabilities that sum to 1. Flat features are
 * standardised with the mean and deviation of the training rows and cut off at 3 deviations; other inputs are
 * standardised for training only. The weights of the epoch with the lowest validation loss are kept; recordings never
 * stand on both sides of the validation split. The last layer starts at the logarithm of the classes' shares.
 *
 * The default networks are Edge Impulse's published presets. Training differs on purpose: one rate for all networks
 * that falls along a cosine, label smoothing and decoupled weight decay, and augmentation instead of dropout.
 *
 * @throws `ONE_CLASS`, `NO_DATA`, `BAD_DATA`, `SHAPE_MISMATCH` naming the layer that does not fit, `ABORTED`
 * @example
 * ```ts
 * const keywords = classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 100 });
 * ```
 */
export const classifier: BlockFactory<typeof schema, LearningBlock<ClassifierInput>> = Object.assign(make, {
  type: 'classifier',
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<ClassifierInput> {
  const params = resolve('classifier', schema, options);
  const layersFor = (input: Spec): readonly Layer[] => layersOf(params.layers, input.kind);
  return {
    role: 'learn',
    type: 'classifier',
    version: 1,
    params,
    schema: { ...schema, layers: { ...schema.layers, ...tuneOf(params.layers) } },
    fit: (data, input, fitOptions) => learn(params, layersFor(input), data, input, fitOptions),
    sketch: (input, classes) => {
      const { graph } = buildNetwork(layersFor(input), input, classes.length);
      const scale = input.kind === 'features' ? noScale(sizeOf(input)) : undefined;
      return networkBlock(KIND, { graph: optimize(graph), labels: classes, report: {}, scale, sketch: true }, input);
    },
    revive: (state, input) => reviveNetwork(KIND, state, input),
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: Params,
  layers: readonly Layer[],
  data: TrainingSet,
  input: Spec,
  options: FitOptions,
): Promise<TrainedBlock> {
  const { seed = 1 } = options;
  checkRows('classifier.fit', data, sizeOf(input));
  checkClasses('classifier.fit', data);
  const network = buildNetwork(layers, input, data.classes.length);
  const split = splitRows(data, params.validationSplit, seed);
  const rows = Array.from(split.train, (row) => data.features[row]!);
  const scale = input.kind === 'features' ? featureScale(rows, rows[0]!.keys()) : undefined;
  const unit = scale ? { mean: 0, factor: 1, least: 0, most: 0 } : unitOf(rows);
  const features = data.features.map((row) =>
    scale ? standardised(scale, row) : row.map((v) => (v - unit.mean) * unit.factor),
  );
  const task: TrainingTask = {
    ...split,
    learner: 'classifier',
    network,
    loss: 'crossEntropy',
    input: (row, out) => out.set(features[row]!),
    origin: -unit.mean * unit.factor,
    ...classTask(data, split.train, params),
  };
  const trained = (): Float32Array[] => Array.from(split.train, (row) => features[row]!);
  const material = scale ? materialOf(input, trained(), false) : standardisedMaterial(input, unit);
  const augmented = augmentedTask(task, augmentOf(params, material), material);
  const training = { ...params, ...options, schedule: options.schedule ?? params.schedule };
  const { graph, report } = await trainNetwork(augmented, training);
  const labels = [...data.classes];
  const { calibration, quantizationAware } = params;
  if (quantizationAware > 0) {
    const { graph: aware, ranges } = await trainQuantized(augmented, graph, {
      ...training,
      epochs: quantizationAware,
      learningRate: params.learningRate / 10,
      calibration,
      unit,
      rows: scale ? trained() : rows,
    });
    return networkBlock(KIND, { graph: aware, labels, report, scale, calibration, ranges }, input);
  }
  return networkBlock(KIND, { graph: optimize(takingRaw(graph, unit)), labels, report, scale, calibration }, input);
}

function augmentOf({ augment }: Params, { spec, floor }: Material): readonly Augmentation[] {
  return typeof augment === 'string' ? levelList(augment, spec.kind, floor !== undefined) : augment;
}

/** Networks of the same make for the tuner, from small to large. */
function tuneOf(layers: LayersOption): { readonly tune?: readonly (readonly Layer[])[] } {
  return typeof layers === 'string' ? {} : { tune: networksLike(layers) };
}

function networksLike(layers: readonly Layer[]): readonly (readonly Layer[])[] {
  const types = new Set(layers.map((l) => l.type));
  const conv = types.has('conv2d') ? conv2d : types.has('conv1d') ? conv1d : undefined;
  const known = [...types].every((type) => ['conv1d', 'conv2d', 'dense', 'flatten'].includes(type));
  if (!known) return [layers];
  if (!conv) return [[dense(10)], [dense(20), dense(10)], [dense(40), dense(20)], [dense(64), dense(32), dense(16)]];
  return [[8], [8, 16], [16, 32], [8, 16, 32], [16, 32, 64], [32, 64, 128]].map((filters) =>
    filters.map((n) => conv(n, 3)),
  );
}
