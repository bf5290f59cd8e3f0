import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { type Graph, optimize } from '../../compile/index.js';
import { pacer } from '../../pace.js';
import { choice, float, int, type Options, resolve, type Values } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { classWeights } from '../labels.js';
import { classNetwork } from '../network/classes.js';
import { buildNetwork } from '../network/network.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';
import { checkRows } from '../rows.js';
import { featureScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { checkClasses } from '../training/class-targets.js';
import { minimise, type Smooth } from './minimise.js';

const schema = {
  l2: float(1, 'Half the sum of the squared weights counts this much beside the summed loss of all windows.', {
    min: 1e-6,
    max: 1e6,
    tune: [0.1, 1, 10, 100],
  }),
  maxIterations: int(1000, 'Steps of the search, at most.', { min: 1, max: 100_000 }),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more."),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'mse',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
};

type Params = Values<typeof schema>;

const TYPE = 'logistic-regression';
const KIND = classNetwork(TYPE);
/** Largest part of the gradient per window at the end. */
const TOLERANCE = 1e-7;

/**
 * Multinomial logistic regression: one linear score for each class and a softmax, the best there is for the data.
 *
 * `features [feature N] -> scores [class C]`, probabilities that sum to 1. Features are standardised with the mean and
 * deviation of the training windows and cut off at 3 deviations. The loss is convex and minimised with L-BFGS, so that
 * there is one answer, whatever the seed. It is emitted as a network of one dense layer, float or int8.
 *
 * The loss is that of scikit-learn's `LogisticRegression(multi_class='multinomial', C=1 / l2)` on standardised features:
 * biases are not held back.
 *
 * @throws `ONE_CLASS`, `NO_DATA`, `BAD_DATA`, `ABORTED`
 * @example
 * ```ts
 * const state = logisticRegression({ l2: 10 });
 * ```
 */
export const logisticRegression: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
  type: TYPE,
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<'features'> {
  const params = resolve(TYPE, schema, options);
  return {
    role: 'learn',
    type: TYPE,
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, data, input, fitOptions),
    sketch: (input, labels) => {
      const { graph } = buildNetwork([], input, labels.length);
      const size = sizeOf(input);
      const scale = { mean: new Float32Array(size), inverseScale: new Float32Array(size).fill(1) };
      return networkBlock(KIND, { graph: optimize(graph), labels, report: {}, scale, sketch: true }, input);
    },
    revive: (state, input) => reviveNetwork(KIND, state, input),
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'features'>,
  { signal, onAbort, onProgress }: FitOptions,
): Promise<TrainedBlock> {
  checkRows(`${TYPE}.fit`, data, sizeOf(input));
  checkClasses(`${TYPE}.fit`, data);
  const scale = featureScale(data.features, data.features[0]!.keys());
  const rows = data.features.map((row) => standardised(scale, row));
  const classes = data.classes.length;
  const { loss, judge } = lossOf(rows, data, params);
  const x = start(data, sizeOf(input));
  const pace = pacer(`${TYPE}.fit`, signal);
  const started = performance.now();
  let iterations = 0;
  let best = Number.NaN;
  try {
    for (const value of minimise(loss, x, TOLERANCE)) {
      best = value;
      await pace();
      if (++iterations >= params.maxIterations) break;
      onProgress?.({
        learner: TYPE,
        epoch: iterations,
        epochs: params.maxIterations,
        loss: value,
        accuracy: judge(x),
        valLoss: Number.NaN,
        valAccuracy: Number.NaN,
        remainingMs: ((performance.now() - started) / iterations) * (params.maxIterations - iterations),
      });
    }
  } catch (error) {
    if (!(signal?.aborted && onAbort === 'best')) throw error;
  }
  const graph = optimize(withWeights(buildNetwork([], input, classes).graph, x));
  const report = { epochs: iterations, loss: best, accuracy: judge(x) };
  const labels = [...data.classes];
  return networkBlock(KIND, { graph, labels, report, scale, calibration: params.calibration }, input);
}

/** No weights, and the logarithms of the classes' shares as biases. Layout: weights `[class, feature]`, then biases. */
function start({ classes, labels }: TrainingSet, features: number): Float64Array {
  const x = new Float64Array(classes.length * (features + 1));
  const biases = x.subarray(classes.length * features);
  for (const label of labels) biases[label]!++;
  for (let i = 0; i < biases.length; i++) biases[i] = Math.log(Math.max(biases[i]!, 0.5) / labels.length);
  return x;
}

/** Mean loss of a window, with the penalty, and the share of windows that are right. */
function lossOf(
  rows: readonly Float32Array[],
  data: TrainingSet,
  { l2, classWeights: mode }: Params,
): { readonly loss: Smooth; readonly judge: (x: Float64Array) => number } {
  const classes = data.classes.length;
  const features = rows[0]!.length;
  const weightOf = classWeights(mode, data, Int32Array.from(rows.keys()));
  const weights = classes * features;
  const scores = new Float64Array(classes);
  const linear = (row: Float32Array, x: Float64Array): void => {
    for (let k = 0; k < classes; k++) {
      let sum = x[weights + k]!;
      for (let i = 0, w = k * features; i < features; i++, w++) sum += row[i]! * x[w]!;
      scores[k] = sum;
    }
  };
  const loss: Smooth = (x, gradient) => {
    gradient.fill(0);
    let total = 0;
    rows.forEach((row, r) => {
      const label = data.labels[r]!;
      const weight = weightOf[label]!;
      linear(row, x);
      total += weight * crossEntropy(scores, label);
      for (let k = 0; k < classes; k++) {
        const slope = weight * (scores[k]! - (k === label ? 1 : 0));
        gradient[weights + k]! += slope;
        for (let i = 0, w = k * features; i < features; i++, w++) gradient[w]! += slope * row[i]!;
      }
    });
    for (let w = 0; w < weights; w++) {
      total += (l2 / 2) * x[w]! * x[w]!;
      gradient[w]! += l2 * x[w]!;
    }
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= rows.length;
    return total / rows.length;
  };
  const judge = (x: Float64Array): number => {
    const right = rows.filter((row, r) => {
      linear(row, x);
      return scores.every((score) => score <= scores[data.labels[r]!]!);
    });
    return right.length / rows.length;
  };
  return { loss, judge };
}

/** Negative logarithm of a class's softmax; the scores become the softmax. */
function crossEntropy(scores: Float64Array, label: number): number {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const own = scores[label]! - largest;
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    scores[k] = Math.exp(scores[k]! - largest);
    sum += scores[k]!;
  }
  for (let k = 0; k < scores.length; k++) scores[k]! /= sum;
  return Math.log(sum) - own;
}

function withWeights(graph: Graph, x: Float64Array): Graph {
  const [, weights, biases] = graph.ops[0]!.inputs as [number, number, number];
  const size = (graph.tensors[weights]!.data as Float32Array).length;
  const tensors = graph.tensors.map((tensor, index) => {
    if (index === weights) return { ...tensor, data: Float32Array.from(x.subarray(0, size)) };
    return index === biases ? { ...tensor, data: centred(x.subarray(size)) } : tensor;
  });
  return { ...graph, tensors };
}

/** The softmax knows differences only: of all biases that do the same, those that add up to 0. */
function centred(biases: Float64Array): Float32Array {
  const mean = biases.reduce((a, b) => a + b, 0) / biases.length;
  return Float32Array.from(biases, (bias) => bias - mean);
}
