import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { type Graph, optimize } from '../../compile/index.js';
import { valueScore } from '../../metrics/index.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { inStrata, valuesOf } from '../labels.js';
import type { Layer } from '../layers.js';
import { buildNetwork } from '../network/network.js';
import { type NetworkKind, networkBlock, reviveNetwork } from '../network/trained.js';
import { checkLayers, type LayersOption, layersOf } from '../presets/option.js';
import { checkRows } from '../rows.js';
import { featureScale, noScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { takingRaw, unitOf } from '../standardise/unit.js';
import { splitRows } from '../training/split.js';
import { trainNetwork } from '../training/train.js';

type RegressionInput = 'signal' | 'spectrogram' | 'features' | 'image';

const schema = {
  layers: value<LayersOption>(
    'auto',
    "The network's layers from first to last; a dense layer that gives the value follows by itself. 'auto' is dense(20), dense(10) for features, conv1d(8, 3), conv1d(16, 3) for spectrograms and signals, conv2d(8, 3), conv2d(16, 3) for images; 'small' and 'accurate' are smaller and larger ones.",
    { check: checkLayers },
  ),
  epochs: int(100, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start.', { min: 1e-6, max: 1 }),
  schedule: choice(
    ['cosine', 'step', 'constant'],
    'cosine',
    'How the step size falls: to 0 along a cosine, to a tenth after each third of the epochs, or not.',
  ),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  patience: int(0, 'Epochs without a lower validation loss before training stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'minmax',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
  weightDecay: float(0.05, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
  l1: float(0, "Share of the weights' absolute values in the loss.", { min: 0, max: 1 }),
  l2: float(0, "Share of half the weights' squares in the loss.", { min: 0, max: 1 }),
};

type Params = Values<typeof schema>;

const TYPE = 'regression';

const KIND: NetworkKind = {
  type: TYPE,
  answers: 'value',
  output: () => ({ kind: 'scores', axes: [{ name: 'value', size: 1 }] }),
  score: (_network, scores, truth, options) => valueScore(scores, truth, options),
};

/**
 * A neural network that predicts a number: the labels of the training recordings, read as numbers.
 *
 * `features | spectrogram | signal | image -> value`, in the unit of the labels. Flat features are standardised with the
 * mean and deviation of the training rows and cut off at 3 deviations; other inputs and the values are standardised for
 * training only. The squared error is made small; the weights of the epoch with the lowest validation error are kept;
 * recordings never stand on both sides of the validation split. `report.valMse` and `report.valMae` are in the unit of
 * the labels. The default networks are Edge Impulse's published presets.
 *
 * @throws `BAD_LABEL` for a label that is no number, `ONE_CLASS` for one value only, `NO_DATA`, `BAD_DATA`,
 * `SHAPE_MISMATCH` naming the layer that does not fit, `ABORTED`
 * @example
 * ```ts
 * const pumps = regression({ layers: [dense(20), dense(10)], epochs: 100 });
 * ```
 */
export const regression: BlockFactory<typeof schema, LearningBlock<RegressionInput>> = Object.assign(make, {
  type: TYPE,
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<RegressionInput> {
  const params = resolve(TYPE, schema, options);
  const layersFor = (input: Spec): readonly Layer[] => layersOf(params.layers, input.kind);
  return {
    role: 'learn',
    type: TYPE,
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, layersFor(input), data, input, fitOptions),
    sketch: (input) => {
      const { graph } = buildNetwork(layersFor(input), input, 1, false);
      const scale = noScale(sizeOf(input));
      return networkBlock(
        KIND,
        {
          graph: optimize(graph),
          labels: [],
          report: {},
          sketch: true,
          ...(input.kind === 'features' && { scale }),
        },
        input,
      );
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
  checkRows(`${TYPE}.fit`, data, sizeOf(input));
  const values = valuesOf(`${TYPE}.fit`, data);
  const network = buildNetwork(layers, input, 1, false);
  const split = splitRows(inStrata(data, values), params.validationSplit, seed);
  const training = Array.from(split.train, (row) => data.features[row]!);
  const scale = input.kind === 'features' ? featureScale(training, training[0]!.keys()) : undefined;
  const unit = scale ? { mean: 0, factor: 1 } : unitOf(training);
  const features = data.features.map((row) =>
    scale ? standardised(scale, row) : row.map((v) => (v - unit.mean) * unit.factor),
  );
  const target = spreadOf(Array.from(split.train, (row) => values[row]!));
  const { graph, report } = await trainNetwork(
    {
      ...split,
      learner: TYPE,
      network,
      loss: 'squaredError',
      input: (row, out) => out.set(features[row]!),
      target: (row, out) => out.fill((values[row]! - target.mean) / target.deviation),
      origin: -unit.mean * unit.factor,
    },
    { ...params, ...options, schedule: options.schedule ?? params.schedule },
  );
  const raw = scale ? graph : takingRaw(graph, unit);
  const trained = { graph: optimize(givingUnit(raw, target)), labels: [], scale, calibration: params.calibration };
  const { valAccuracy: _, valLoss = Number.NaN, ...rest } = report;
  const judged = split.validation.length > 0 ? split.validation : split.train;
  const block = networkBlock(KIND, { ...trained, report }, input);
  const errors = errorsOf(block, data, values, judged);
  return networkBlock(KIND, { ...trained, report: { ...rest, valLoss, ...errors } }, input);
}

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, deviation: squares > 0 ? Math.sqrt(squares) : 1 };
}

/** Takes the standardisation of the values back in the last layer, so that the network gives their unit at no cost. */
function givingUnit(graph: Graph, { mean, deviation }: Spread): Graph {
  const [, weights, bias] = graph.ops.at(-1)!.inputs as [number, number, number];
  const tensors = graph.tensors.map((tensor, index) => {
    const data = tensor.data as Float32Array;
    if (index === weights) return { ...tensor, data: data.map((v) => v * deviation) };
    return index === bias ? { ...tensor, data: data.map((v) => v * deviation + mean) } : tensor;
  });
  return { ...graph, tensors };
}

function errorsOf(
  block: TrainedBlock,
  data: TrainingSet,
  values: Float64Array,
  rows: Int32Array,
): { readonly valMse: number; readonly valMae: number } {
  const out = new Float32Array(1);
  let [squares, sizes] = [0, 0];
  for (const row of rows) {
    block.run(data.features[row]!, out);
    const error = out[0]! - values[row]!;
    squares += error * error;
    sizes += Math.abs(error);
  }
  return { valMse: squares / rows.length, valMae: sizes / rows.length };
}
