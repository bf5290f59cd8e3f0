import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { optimize } from '../../compile/index.js';
import { quantile } from '../../metrics/index.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { dense, type Layer, layer } from '../layers.js';
import { GraphBuilder } from '../network/graph-builder.js';
import type { Network } from '../network/network.js';
import { checkRows } from '../rows.js';
import { featureScale, noScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { splitRows } from '../training/split.js';
import { trainNetwork } from '../training/train.js';
import { autoencoderBlock, reviveAutoencoder } from './trained.js';

const schema = {
  layers: value<'auto' | readonly Layer[]>(
    'auto',
    "Dense layers from the features to the narrowest and back; one as wide as the features follows by itself. 'auto' is dense(h), dense(b, { activation: 'none' }), dense(h): h half of the features, as a power of two from 16 to 128, b a quarter of them, from 2 to 8.",
    { check: checkLayers },
  ),
  epochs: int(200, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start; it falls to 0 along a cosine.', { min: 1e-6, max: 1 }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  patience: int(0, 'Epochs without a lower validation loss before training stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  weightDecay: float(0, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'mse',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
};

type Params = Values<typeof schema>;

/** Share of the training windows that score below the threshold of the report. */
const TYPICAL = 0.99;

/**
 * Finds windows that are unlike the training data: a network that gives back its features through a narrow layer.
 *
 * `features [feature N] -> score`, the mean over the features of the squared distance between the standardised feature
 * and its copy: 0 is a perfect copy, 1 about as bad as the mean of the training data, 1e30 the most. The network sees
 * features cut off at 3 deviations; they are compared whole. All training windows count as normal; `threshold` in the
 * report is the score that 99 % of them stay below. The weights of the epoch with the lowest validation loss are kept;
 * recordings never stand on both sides of the validation split.
 *
 * The idea is that of Japkowicz, Myers and Gluck (1995). MLPerf Tiny's network is `layers: [128, 128, 128, 128, 8, 128,
 * 128, 128, 128]` as dense layers with batch normalisation; the default is smaller and its narrow layer linear, so that
 * few units cannot all die.
 *
 * @throws `NO_DATA`, `BAD_DATA`, `SHAPE_MISMATCH` naming the layer that does not fit, `ABORTED`
 * @example
 * ```ts
 * const anomaly = autoencoder({ layers: [dense(64), dense(8, { activation: 'none' }), dense(64)] });
 * ```
 */
export const autoencoder: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
  type: 'autoencoder',
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<'features'> {
  const params = resolve('autoencoder', schema, options);
  return {
    role: 'learn',
    type: 'autoencoder',
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, data, input, fitOptions),
    sketch: (input, classes) => {
      const graph = optimize(buildCopier(params.layers, sizeOf(input)).graph);
      const scale = noScale(sizeOf(input));
      return autoencoderBlock({ graph, labels: classes, report: {}, scale, sketch: true }, input);
    },
    revive: reviveAutoencoder,
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'features'>,
  options: FitOptions,
): Promise<TrainedBlock> {
  const { seed = 1 } = options;
  checkRows('autoencoder.fit', data, sizeOf(input));
  const network = buildCopier(params.layers, sizeOf(input));
  const split = splitRows(data, params.validationSplit, seed);
  const training = Array.from(split.train, (row) => data.features[row]!);
  const scale = featureScale(training, training[0]!.keys());
  const features = data.features.map((row) => standardised(scale, row));
  const copy = (row: number, out: Float32Array): void => out.set(features[row]!);
  const { graph, report } = await trainNetwork(
    { ...split, learner: 'autoencoder', network, loss: 'squaredError', input: copy, target: copy },
    { ...params, ...options },
  );
  const { valAccuracy: _, ...figures } = report;
  const labels = [...data.classes];
  const { calibration } = params;
  const trained = { graph: optimize(graph), labels, scale, calibration };
  const block = autoencoderBlock({ ...trained, report: figures }, input);
  const score = new Float32Array(1);
  const scores = data.features.map((row) => {
    block.run(row, score);
    return score[0]!;
  });
  return autoencoderBlock({ ...trained, report: { ...figures, threshold: quantile(scores, TYPICAL) } }, input);
}

/** A network whose output is as wide as its input. */
function buildCopier(layers: 'auto' | readonly Layer[], features: number): Network {
  const builder = new GraphBuilder([features]);
  builder.add([...(layers === 'auto' ? funnel(features) : layers), dense(features, { activation: 'none' })]);
  return builder.finish(false);
}

function funnel(features: number): Layer[] {
  const wide = 2 ** Math.min(7, Math.max(4, Math.round(Math.log2(features / 2))));
  const narrow = Math.min(8, Math.max(2, Math.ceil(features / 4)));
  return [dense(wide), dense(narrow, { activation: 'none' }), dense(wide)];
}

function checkLayers(given: 'auto' | readonly Layer[]): string | undefined {
  if (given === 'auto') return undefined;
  if (!Array.isArray(given)) return "'auto' or a list of layers";
  given.forEach(layer);
  return undefined;
}
