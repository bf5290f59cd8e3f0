import type { BlockFactory, FitOptions, FitReport, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { fail, throwIfAborted } from '../../errors.js';
import { pacer } from '../../pace.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { inStrata, valuesOf } from '../labels.js';
import { seededRandom } from '../random.js';
import { checkRows } from '../rows.js';
import { checkClasses } from '../training/class-targets.js';
import { type Split, splitRows } from '../training/split.js';
import { binned } from './bins.js';
import { optimum, squared } from './criterion.js';
import { type GrownTree, growTree } from './grow.js';
import { classObjective, type Objective, valueObjective } from './objective.js';
import { checkShare, sketchSize, triedOf } from './options.js';
import { firstOutput, reviveTrees, sketchTrees, treeBlock } from './tree-block.js';
import { leafOf, meanComparisons, TreePacker } from './trees.js';

const schema = {
  predicts: choice(['class', 'value'], 'class', 'What the trees predict: the class, or the label read as a number.'),
  rounds: int(100, 'Rounds of boosting, at most: each adds one tree, or one for each of three or more classes.', {
    min: 1,
    max: 2000,
    tune: [50, 100, 200],
  }),
  learningRate: float(0.1, 'Share of a tree that is added.', { min: 1e-3, max: 1 }),
  maxDepth: int(3, 'Comparisons from the root of a tree to a leaf, at most.', { min: 1, max: 32, tune: [2, 3, 5] }),
  minLeaf: int(5, 'Training windows in a leaf, at least.', { min: 1, max: 10_000, tune: [1, 5, 20] }),
  maxNodes: int(4096, 'Comparisons of all trees together, at most; each takes 9 bytes of flash and its leaves.', {
    min: 1,
    max: 1_000_000,
    tune: [1024, 4096, 16_384],
  }),
  featureShare: value<'auto' | number>(
    'auto',
    "Share of the features tried at each split, above 0 to 1; 'auto' is a third of them.",
    { check: checkShare },
  ),
  rowShare: float(0.8, 'Share of the training windows each round looks at.', { min: 0.05, max: 1 }),
  l2: float(1, 'Pull of the leaves towards 0.', { min: 0, max: 1000 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the number of rounds.', {
    min: 0,
    max: 0.9,
  }),
  patience: int(10, 'Rounds without a lower validation loss before training stops; 0 goes on to the end.', {
    min: 0,
    max: 2000,
  }),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more; classes only."),
};

type Params = Values<typeof schema>;

const TYPE = 'boosted-trees';

/**
 * Gradient boosted trees: small trees that each correct the sum of those before it.
 *
 * `features [feature N] -> scores [class C]`, probabilities that sum to 1: the softmax of one sum for each class (one in
 * all for two classes); or `-> value`, in the unit of the labels, with `predicts: 'value'`. The rounds up to the lowest
 * validation loss are kept; recordings never stand on both sides of the validation split.
 *
 * Source: Chen and Guestrin 2016, XGBoost: second-order gains and leaves; losses are cross-entropy and half the squared
 * error of the standardised values. A feature of more than 256 different values is split between 256 bins.
 *
 * @throws `NO_DATA`, `BAD_DATA`, `ONE_CLASS`, `BAD_LABEL` for values, `BAD_OPTION` for fewer nodes than trees, `ABORTED`
 * @example
 * ```ts
 * const activity = boostedTrees({ rounds: 200, maxDepth: 4 });
 * ```
 */
export const boostedTrees: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
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
    sketch: (input, classes) => sketch(params, input, classes),
    revive: (state, input) => reviveTrees(TYPE, state, input),
    with: (changes) => make({ ...params, ...changes }),
  };
}

/** Inner nodes that each tree may have. */
function nodesPerTree({ maxNodes, rounds }: Params, perRound: number): number {
  const nodes = Math.floor(maxNodes / (rounds * perRound));
  if (nodes > 0) return nodes;
  return fail({
    code: 'BAD_OPTION',
    where: `${TYPE}.maxNodes`,
    got: `${maxNodes} nodes for ${rounds * perRound} trees`,
    expected: 'at least one node for each tree',
    fix: 'Allow more nodes or use fewer rounds.',
  });
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'features'>,
  options: FitOptions,
): Promise<TrainedBlock> {
  const { seed = 1, signal, onAbort } = options;
  checkRows(`${TYPE}.fit`, data, sizeOf(input));
  const { split, objective } = taskOf(params, data, seed);
  throwIfAborted(signal, `${TYPE}.fit`);
  const run = new Boosting(params, data, objective, split, options);
  try {
    await run.start();
  } catch (error) {
    if (!(signal?.aborted && onAbort === 'best')) throw error;
  }
  const { kept, report } = run.result();
  const packer = new TreePacker(1, false);
  for (const { tree, values } of kept) packer.add(tree, (sums) => [values[tree.leaves.indexOf(sums)]!]);
  const trees = packer.pack();
  const comparisons = meanComparisons(trees, data.features);
  const sizes = { trees: kept.length, nodes: packer.nodes, leaves: trees.values.length, comparisons };
  const { labels, base, scale } = objective;
  const form = params.predicts === 'class' ? 'softmax' : 'sum';
  return treeBlock(TYPE, { form, trees, labels, base, scale, comparisons, report: { ...report, ...sizes } }, input);
}

function taskOf(
  params: Params,
  data: TrainingSet,
  seed: number,
): { readonly split: Split; readonly objective: Objective } {
  const { predicts, validationSplit, classWeights } = params;
  if (predicts === 'value') {
    const values = valuesOf(`${TYPE}.fit`, data);
    const split = splitRows(inStrata(data, values), validationSplit, seed);
    return { split, objective: valueObjective(values, split.train) };
  }
  checkClasses(`${TYPE}.fit`, data);
  const split = splitRows(data, validationSplit, seed);
  return { split, objective: classObjective(data, split.train, classWeights) };
}

/** A tree and what its leaves add. */
interface Addition {
  readonly tree: GrownTree;
  readonly values: readonly number[];
}

class Boosting {
  readonly #additions: Addition[] = [];
  #best = { round: 0, valLoss: Number.POSITIVE_INFINITY, valAccuracy: Number.NaN };
  #rounds = 0;

  constructor(
    readonly params: Params,
    readonly data: TrainingSet,
    readonly objective: Objective,
    readonly split: Split,
    readonly options: FitOptions,
  ) {}

  async start(): Promise<void> {
    const { params, objective } = this;
    const { seed = 1, signal, onProgress } = this.options;
    const { train, validation } = this.split;
    const judged = validation.length > 0 ? validation : train;
    const random = seededRandom(seed, TYPE);
    const bins = binned(this.data.features);
    const { maxDepth, minLeaf, patience, rounds, rowShare } = params;
    const tried = triedOf(params.featureShare, bins.useful.length, (n) => n / 3);
    const maxNodes = nodesPerTree(params, objective.outputs.length);
    const growth = { maxDepth, minLeaf, maxNodes, tried, thresholds: 'best', random } as const;
    const pace = pacer(`${TYPE}.fit`, signal);
    const started = performance.now();
    for (let round = 1; round <= rounds; round++) {
      const rows = random
        .shuffle(train.slice())
        .subarray(0, Math.max(1, Math.round(rowShare * train.length)))
        .sort();
      objective.update();
      for (const output of objective.outputs) {
        const { gradient, curvature } = objective.derivatives(output);
        const tree = growTree(bins, rows, squared(gradient, curvature, params.l2), growth);
        const values = tree.leaves.map((sums) => Math.fround(params.learningRate * optimum(sums, params.l2)));
        this.#additions.push({ tree, values });
        this.#addTo(tree, values, objective.sums(output));
        await pace();
      }
      this.#rounds = round;
      const { loss, accuracy } = objective.judge(train);
      const { loss: valLoss, accuracy: valAccuracy } = objective.judge(judged);
      if (valLoss < this.#best.valLoss) this.#best = { round, valLoss, valAccuracy };
      const remainingMs = ((performance.now() - started) / round) * (rounds - round);
      onProgress?.({ learner: TYPE, epoch: round, epochs: rounds, loss, accuracy, valLoss, valAccuracy, remainingMs });
      if (patience > 0 && round - this.#best.round >= patience) break;
    }
  }

  #addTo(tree: GrownTree, values: readonly number[], sums: Float64Array): void {
    const { feature, threshold, child, root } = tree;
    const table = {
      feature: Int32Array.from(feature),
      threshold: Float32Array.from(threshold),
      child: Int32Array.from(child),
    };
    this.data.features.forEach((row, i) => {
      sums[i]! += values[leafOf(table, root, row)]!;
    });
  }

  /** The trees of the best rounds: at least one round, so that there is something to run. */
  result(): { readonly kept: readonly Addition[]; readonly report: FitReport } {
    const { round, valLoss, valAccuracy } = this.#best;
    const kept = this.#additions.slice(0, Math.max(1, round) * this.objective.outputs.length);
    if (kept.length === 0) throwIfAborted(this.options.signal, `${TYPE}.fit`);
    return { kept, report: { epochs: this.#rounds, bestEpoch: round, valLoss, valAccuracy } };
  }
}

/** As large as the options allow. */
function sketch(params: Params, input: Spec, classes: readonly string[]): TrainedBlock {
  const isClass = params.predicts === 'class';
  const perRound = isClass ? classes.length - firstOutput(classes.length) : 1;
  const count = params.rounds * perRound;
  nodesPerTree(params, perRound);
  const { nodes, leaves, comparisons } = sketchSize(count, params.maxDepth, params.maxNodes);
  const trees = sketchTrees(count, nodes, leaves, 1, false);
  const labels = isClass ? classes : [];
  const base = new Float32Array(Math.max(1, labels.length));
  const form = isClass ? 'softmax' : 'sum';
  return treeBlock(TYPE, { form, trees, labels, base, scale: 1, comparisons, report: {} }, input);
}
