import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { type Graph, optimize } from '../../compile/index.js';
import { fail } from '../../errors.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, shapeOf, sizeOf } from '../../spec.js';
import { conv1d, conv2d, dense, type Layer, layer } from '../layers.js';
import { classNetwork } from '../network/classes.js';
import { buildNetwork, defaultLayers } from '../network/network.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';
import { seededRandom } from '../random.js';
import { checkRows } from '../rows.js';
import { type FeatureScale, featureScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { splitRows } from '../training/split.js';
import type { TrainingTask } from '../training/task.js';
import { trainNetwork } from '../training/train.js';
import { type Augment, augmentation } from './augment.js';

type ClassifierInput = 'signal' | 'spectrogram' | 'features' | 'image';

const schema = {
  layers: value<'auto' | readonly Layer[]>(
    'auto',
    "The network's layers from first to last; a dense layer and a softmax over the classes follow by themselves. 'auto' is dense(20), dense(10) for features, conv1d(8, 3), conv1d(16, 3) for spectrograms and signals, conv2d(8, 3), conv2d(16, 3) for images.",
    { check: checkLayers },
  ),
  epochs: int(100, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start; it falls to 0 along a cosine.', { min: 1e-6, max: 1 }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  patience: int(0, 'Epochs without a lower validation loss before training stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more."),
  augment: choice(['none', 'low', 'high'], 'low', 'Random changes to spectrograms while training.'),
  labelSmoothing: float(0.1, 'Share of the target spread over all classes.', { min: 0, max: 0.5 }),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'mse',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
  weightDecay: float(0.05, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
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
  const layersFor = (input: Spec): readonly Layer[] =>
    params.layers === 'auto' ? defaultLayers(input.kind) : params.layers;
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
  checkClasses(data);
  const network = buildNetwork(layers, input, data.classes.length);
  const split = splitRows(data, params.validationSplit, seed);
  const training = Array.from(split.train, (row) => data.features[row]!);
  const scale = input.kind === 'features' ? featureScale(training, training[0]!.keys()) : undefined;
  const unit = scale ? { mean: 0, factor: 1, least: 0 } : unitOf(training);
  const features = data.features.map((row) =>
    scale ? standardised(scale, row) : row.map((v) => (v - unit.mean) * unit.factor),
  );
  const augment = augmentOf(params.augment, input, unit, seed);
  const { graph, report } = await trainNetwork(
    {
      ...split,
      learner: 'classifier',
      network,
      loss: 'crossEntropy',
      input: (row, out, random) => {
        if (augment && random) augment(features[row]!, out, random);
        else out.set(features[row]!);
      },
      target: targetWriter(params, data, split.train),
      right: (row, output) => Number(output.indexOf(Math.max(...output)) === data.labels[row]),
      origin: -unit.mean * unit.factor,
      outputBias: logPriors(data, split.train),
    },
    { ...params, ...options },
  );
  const labels = [...data.classes];
  const { calibration } = params;
  return networkBlock(KIND, { graph: optimize(takingRaw(graph, unit)), labels, report, scale, calibration }, input);
}

/** Writes class probabilities: smoothed, and times the weight of the class. */
function targetWriter(
  { labelSmoothing, classWeights }: Params,
  data: TrainingSet,
  train: Int32Array,
): TrainingTask['target'] {
  const weights = weightsOf(classWeights, data, train);
  const classes = data.classes.length;
  return (row, out) => {
    const label = data.labels[row]!;
    out.fill((weights[label]! * labelSmoothing) / classes);
    out[label]! += weights[label]! * (1 - labelSmoothing);
  };
}

/** Logarithm of each class's share, where a softmax starts with the least loss. */
function logPriors(data: TrainingSet, rows: Int32Array): Float32Array {
  const counts = new Float64Array(data.classes.length);
  for (const row of rows) counts[data.labels[row]!]!++;
  return Float32Array.from(counts, (count) => Math.log(Math.max(count, 0.5) / rows.length));
}

function checkClasses(data: TrainingSet): void {
  const present = new Set(data.labels);
  if (present.size > 1) return;
  fail({
    code: 'ONE_CLASS',
    where: 'classifier.fit',
    got: `windows of ${present.size} class`,
    expected: 'windows of at least two classes',
    fix: 'Add recordings of another class, or use kMeans to detect anomalies.',
  });
}

/** Standardisation of all inputs alike: `(value - mean) * factor`. */
interface Unit {
  readonly mean: number;
  readonly factor: number;
  /** Least value of the training rows, before standardisation. */
  readonly least: number;
}

function unitOf(rows: readonly Float32Array[]): Unit {
  let sum = 0;
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    for (const v of row) {
      least = Math.min(least, v);
      sum += v;
      squares += v * v;
    }
  }
  const count = rows.length * rows[0]!.length;
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(squares / count - mean ** 2, 0));
  return { mean, least, factor: deviation > 1e-6 * Math.abs(mean) && deviation > 1e-30 ? 1 / deviation : 1 };
}

/**
 * Takes the standardisation of the training inputs into the first weights and biases, so that the network runs on raw
 * inputs at no cost. Exact, because training pads with what 0 became.
 */
function takingRaw(graph: Graph, { mean, factor }: Unit): Graph {
  const op = graph.ops.find((o) => o.inputs.length > 1)!;
  const [, weights, bias] = op.inputs as [number, number, number];
  const scaled = (graph.tensors[weights]!.data as Float32Array).map((v) => v * factor);
  const offset = (graph.tensors[bias]!.data as Float32Array).map((b, output, all) => {
    // A depthwise filter has its outputs last, the others first.
    const depthwise = op.kind === 'depthwiseConv2d';
    const sum = scaled.reduce((total, w, i) => {
      const of = depthwise ? i % all.length : Math.floor((i * all.length) / scaled.length);
      return of === output ? total + w : total;
    }, 0);
    return b - mean * sum;
  });
  const changed = new Map([
    [weights, scaled],
    [bias, offset],
  ]);
  const tensors = graph.tensors.map((tensor, index) => {
    const data = changed.get(index);
    return data ? { ...tensor, data } : tensor;
  });
  return { ...graph, tensors };
}

function noScale(size: number): FeatureScale {
  return { mean: new Float32Array(size), inverseScale: new Float32Array(size).fill(1) };
}

function weightsOf(mode: Params['classWeights'], data: TrainingSet, rows: Int32Array): Float32Array {
  const weights = new Float32Array(data.classes.length).fill(1);
  if (mode === 'none') return weights;
  const counts = new Float32Array(data.classes.length);
  for (const row of rows) counts[data.labels[row]!]!++;
  return weights.map((_, label) => rows.length / (data.classes.length * Math.max(counts[label]!, 1)));
}

function augmentOf(level: Params['augment'], input: Spec, unit: Unit, seed: number): Augment | undefined {
  if (level === 'none' || input.kind !== 'spectrogram') return undefined;
  const [frames, bands] = shapeOf(input) as [number, number];
  // Energies are never negative.
  const floor = unit.least < 0 ? undefined : Math.fround((unit.least - unit.mean) * unit.factor);
  return augmentation(level, frames, bands, floor, seededRandom(seed, 'augment'));
}

function checkLayers(given: 'auto' | readonly Layer[]): string | undefined {
  if (given === 'auto') return undefined;
  if (!Array.isArray(given)) return "'auto' or a list of layers";
  given.forEach(layer);
  return undefined;
}

/** Networks of the same make for the tuner, from small to large. */
function tuneOf(layers: 'auto' | readonly Layer[]): { readonly tune?: readonly (readonly Layer[])[] } {
  return layers === 'auto' ? {} : { tune: networksLike(layers) };
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
