import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { fail } from '../../errors.js';
import { pacer } from '../../pace.js';
import { boolean, choice, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { classWeights, valuesOf } from '../labels.js';
import { type Random, seededRandom } from '../random.js';
import { checkRows } from '../rows.js';
import { checkClasses } from '../training/class-targets.js';
import { type Binned, binned } from './bins.js';
import { type Criterion, gini, optimum, squared } from './criterion.js';
import { type GrownTree, type Growth, growTree } from './grow.js';
import { checkShare, sketchSize, triedOf } from './options.js';
import { reviveTrees, sketchTrees, type TreeModel, treeBlock, voteScale } from './tree-block.js';
import { leafOf, meanComparisons, TreePacker, votesOf } from './trees.js';

const schema = {
  predicts: choice(['class', 'value'], 'class', 'What the trees predict: the class, or the label read as a number.'),
  trees: int(50, 'Trees.', { min: 1, max: 1000, tune: [20, 50, 100] }),
  maxDepth: int(12, 'Comparisons from the root of a tree to a leaf, at most.', { min: 1, max: 32, tune: [6, 9, 12] }),
  minLeaf: int(1, 'Training windows in a leaf, at least.', { min: 1, max: 10_000, tune: [1, 3, 10] }),
  maxNodes: int(4096, 'Comparisons of all trees together, at most; each takes 9 bytes of flash and its leaves.', {
    min: 1,
    max: 1_000_000,
    tune: [1024, 4096, 16_384],
  }),
  featureShare: value<'auto' | number>(
    'auto',
    "Share of the features tried at each split, above 0 to 1; 'auto' is the square root of their number for classes and a third of them for values.",
    { check: checkShare },
  ),
  thresholds: choice(
    ['best', 'random'],
    'best',
    "How a feature is split: at its best threshold, or at a random one ('extremely randomised trees').",
  ),
  bootstrap: boolean(true, 'Whether each tree sees a sample of the windows drawn with replacement, or all of them.'),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more; classes only."),
};

type Params = Values<typeof schema>;

const TYPE = 'random-forest';

/**
 * A random forest: the mean of many trees, each grown on another sample of the windows and looking at other features.
 *
 * `features [feature N] -> scores [class C]`, the mean of the trees' shares, which sum to 1; or `-> value`, the mean of
 * the trees' values in the unit of the labels, with `predicts: 'value'`. Needs no scaling and little tuning, cannot
 * predict beyond the range of its training values. `report.oobAccuracy` or `report.oobMae` judge every window by the
 * trees that have not seen it; where windows overlap they flatter.
 *
 * Source: Breiman 2001, Random Forests. Shares in leaves are kept as whole numbers of 255; a feature of more than 256
 * different values is split between 256 bins of equally many rows; the nodes that gain most are kept (`maxNodes`).
 *
 * @throws `NO_DATA`, `BAD_DATA`, `ONE_CLASS`, `BAD_LABEL` for values, `BAD_OPTION` for fewer nodes than trees, `ABORTED`
 * @example
 * ```ts
 * const gestures = randomForest({ trees: 50 });
 * const pumps = randomForest({ predicts: 'value' });
 * ```
 */
export const randomForest: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
  type: TYPE,
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<'features'> {
  const params = resolve(TYPE, schema, options);
  if (params.maxNodes < params.trees) {
    fail({
      code: 'BAD_OPTION',
      where: `${TYPE}.maxNodes`,
      got: `${params.maxNodes} nodes for ${params.trees} trees`,
      expected: 'at least one node for each tree',
      fix: 'Allow more nodes or use fewer trees.',
    });
  }
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

/** What one kind of forest grows from, and how leaves answer. */
interface Task {
  readonly criterion: Criterion;
  readonly labels: readonly string[];
  /** What a leaf says. */
  readonly valuesOf: (sums: Float64Array) => ArrayLike<number>;
  /** Judges means of leaf values over the trees, by row. */
  readonly judge: (rows: readonly number[], means: (row: number) => Float64Array) => Readonly<Record<string, number>>;
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'features'>,
  { seed = 1, signal, onProgress }: FitOptions,
): Promise<TrainedBlock> {
  checkRows(`${TYPE}.fit`, data, sizeOf(input));
  const all = Int32Array.from(data.features.keys());
  const task = params.predicts === 'class' ? classTask(params, data, all) : valueTask(data);
  const bins = binned(data.features);
  const random = seededRandom(seed, TYPE);
  const growth = growthOf(params, bins, random);
  const votes = params.predicts === 'class';
  const packer = new TreePacker(votes ? task.labels.length : 1, votes);
  const unseen = new Unseen(data.features, packer.outputs);
  const pace = pacer(`${TYPE}.fit`, signal);
  const started = performance.now();
  for (let tree = 1; tree <= params.trees; tree++) {
    const rows = params.bootstrap ? all.map(() => random.below(all.length)) : all;
    const grown = growTree(bins, rows, task.criterion, growth);
    packer.add(grown, task.valuesOf);
    unseen.add(grown, rows, task.valuesOf);
    await pace();
    onProgress?.({
      learner: TYPE,
      epoch: tree,
      epochs: params.trees,
      ...NOT_KNOWN,
      remainingMs: ((performance.now() - started) / tree) * (params.trees - tree),
    });
  }
  const trees = packer.pack();
  const comparisons = meanComparisons(trees, data.features);
  const report = {
    trees: params.trees,
    nodes: packer.nodes,
    leaves: trees.values.length / trees.outputs,
    comparisons,
    ...task.judge(...unseen.judged()),
  };
  return treeBlock(TYPE, modelOf(params, { trees, labels: task.labels, comparisons, report }), input);
}

const NOT_KNOWN = { loss: Number.NaN, accuracy: Number.NaN, valLoss: Number.NaN, valAccuracy: Number.NaN };

function modelOf(
  { predicts, trees: count }: Params,
  parts: Pick<TreeModel, 'trees' | 'labels' | 'comparisons' | 'report'>,
): TreeModel {
  const base = new Float32Array(Math.max(1, parts.labels.length));
  if (predicts === 'class') return { ...parts, form: 'votes', base, scale: voteScale(count) };
  return { ...parts, form: 'sum', base, scale: Math.fround(1 / count) };
}

function growthOf(
  { trees, maxDepth, minLeaf, maxNodes, featureShare, thresholds, predicts }: Params,
  bins: Binned,
  random: Random,
): Growth {
  const perTree = Math.floor(maxNodes / trees);
  const tried = triedOf(featureShare, bins.useful.length, predicts === 'class' ? Math.sqrt : (n) => n / 3);
  return { maxDepth, minLeaf, maxNodes: perTree, tried, thresholds, random };
}

function classTask(params: Params, data: TrainingSet, all: Int32Array): Task {
  checkClasses(`${TYPE}.fit`, data);
  return {
    criterion: gini(data.labels, classWeights(params.classWeights, data, all)),
    labels: [...data.classes],
    valuesOf: votesOf,
    judge: (rows, means) => {
      const right = rows.filter((row) => indexOfLargest(means(row)) === data.labels[row]);
      return rows.length > 0 ? { oobAccuracy: right.length / rows.length } : {};
    },
  };
}

function valueTask(data: TrainingSet): Task {
  const values = valuesOf(`${TYPE}.fit`, data);
  // Large values of little variance would lose it in the squares.
  const middle = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    criterion: squared(
      values.map((v) => v - middle),
      new Float64Array(values.length).fill(1),
      0,
    ),
    labels: [],
    valuesOf: (sums) => [optimum(sums, 0) + middle],
    judge: (rows, means) => {
      const errors = rows.map((row) => Math.abs(means(row)[0]! - values[row]!));
      return rows.length > 0 ? { oobMae: errors.reduce((a, b) => a + b, 0) / rows.length } : {};
    },
  };
}

/** What trees say of the windows they were not grown from. */
class Unseen {
  readonly #sums: Float64Array;
  readonly #trees: Int32Array;

  constructor(
    readonly features: readonly Float32Array[],
    readonly outputs: number,
  ) {
    this.#sums = new Float64Array(features.length * outputs);
    this.#trees = new Int32Array(features.length);
  }

  add(tree: GrownTree, seen: Int32Array, valuesOf: Task['valuesOf']): void {
    const leaves = tree.leaves.map(valuesOf);
    const table = {
      ...tree,
      feature: Int32Array.from(tree.feature),
      threshold: Float32Array.from(tree.threshold),
      child: Int32Array.from(tree.child),
    };
    const known = new Uint8Array(this.features.length);
    for (const row of seen) known[row] = 1;
    this.features.forEach((row, i) => {
      if (known[i]) return;
      const leaf = leaves[leafOf(table, tree.root, row)]!;
      for (let k = 0; k < this.outputs; k++) this.#sums[i * this.outputs + k]! += leaf[k]!;
      this.#trees[i]!++;
    });
  }

  /** Rows that some tree has not seen, and means of what those say. */
  judged(): [rows: number[], means: (row: number) => Float64Array] {
    const { outputs } = this;
    const means = (row: number): Float64Array =>
      this.#sums.slice(row * outputs, (row + 1) * outputs).map((sum) => sum / this.#trees[row]!);
    return [[...this.#trees.keys()].filter((row) => this.#trees[row]! > 0), means];
  }
}

function indexOfLargest(values: Float64Array): number {
  return values.reduce((top, v, i) => (v > values[top]! ? i : top), 0);
}

/** As large as the options allow. */
function sketch(params: Params, input: Spec, classes: readonly string[]): TrainedBlock {
  const { trees, maxDepth, maxNodes } = params;
  const { nodes, leaves, comparisons } = sketchSize(trees, maxDepth, maxNodes);
  const votes = params.predicts === 'class';
  const labels = votes ? classes : [];
  const tables = sketchTrees(trees, nodes, leaves, votes ? classes.length : 1, votes);
  return treeBlock(TYPE, modelOf(params, { trees: tables, labels, comparisons, report: {} }), input);
}
