import type { BlockState, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { type Graph, optimize } from '../../compile/index.js';
import { fail, show } from '../../errors.js';
import { choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Kind, type Spec, shapeOf, sizeOf } from '../../spec.js';
import { checkAugment, type Level } from '../augment/augment.js';
import type { Augmentation } from '../augment/augmentation.js';
import { layer as checkedLayer, type Layer } from '../layers.js';
import { classNetwork } from '../network/classes.js';
import { buildNetwork, type Network } from '../network/network.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';
import { checkRows } from '../rows.js';
import { standardised } from '../standardise/standardise.js';
import { takingRaw, unitOf } from '../standardise/unit.js';
import { checkClasses, classTask } from '../training/class-targets.js';
import { type GivenTask, hasWeights, trainGiven } from '../training/given.js';
import { splitRows } from '../training/split.js';
import { trainNetwork } from '../training/train.js';
import { augmentedRows } from './augmented.js';
import { type Base, type BaseSource, baseOf, embedding } from './base.js';
import { behind, joined, lastFixed } from './join.js';

const schema = {
  layer: value<string | number>(
    '',
    "What of the base is kept: the name of an operator, or a number of layers with weights; '' keeps all but the last.",
    {
      check: (l) => (typeof l === 'string' || (Number.isInteger(l) && l > 0) ? undefined : 'a name or a count from 1'),
    },
  ),
  freeze: value<'all' | 'none' | number>(
    'all',
    "What of the base never changes: 'all', 'none', a number of layers with weights from the front, or a share of them below 1.",
    { check: checkFreeze },
  ),
  layers: value<readonly Layer[]>(
    [],
    'Layers of the new head, in front of a dense layer and a softmax over the classes.',
    {
      check: checkLayers,
    },
  ),
  epochs: int(100, 'Times training of the head goes through the data, the base frozen.', { min: 1, max: 10_000 }),
  learningRate: float(0.01, 'Step size of Adam for the head at the start; it falls to 0 along a cosine.', {
    min: 1e-6,
    max: 1,
  }),
  fineTuneEpochs: int(
    30,
    'Times training of head and base goes through the data, after that; nothing with freeze all.',
    {
      min: 1,
      max: 10_000,
    },
  ),
  fineTuneRate: float(0.001, 'Step size of Adam in fine-tuning at the start.', { min: 1e-7, max: 1 }),
  batchSize: int(16, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(
    0,
    'Share of the recordings set aside to choose the best epoch. 0 uses all to learn from: with few, choosing by the rest costs more than it gains.',
    { min: 0, max: 0.9 },
  ),
  patience: int(0, 'Epochs without a lower validation loss before a phase stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  classWeights: choice(['none', 'balanced'], 'none', "'balanced' counts windows of rare classes more."),
  augment: value<Level | readonly Augmentation[]>(
    'none',
    "Random changes to what enters the base in fine-tuning: 'none', 'low', 'high' or a list. The head learns from rows as they are.",
    { check: checkAugment },
  ),
  labelSmoothing: float(0.1, 'Share of the target spread over all classes.', { min: 0, max: 0.5 }),
  calibration: choice(['minmax', 'percentile', 'mse'], 'mse', 'How int8 ranges follow from the values seen.'),
  weightDecay: float(0.05, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
};

type Params = Values<typeof schema>;
type TransferInput = 'signal' | 'spectrogram' | 'features' | 'image';

/** Options of {@link transfer}. */
export interface TransferOptions extends Options<typeof schema> {
  /** What to build on. */
  readonly from: BaseSource;
}

const KIND = classNetwork('transfer');

/**
 * A classifier on the features of a network that was trained before, on other data: for few recordings of new classes.
 *
 * `features | spectrogram | signal | image -> scores [class C]`, probabilities that sum to 1. The base takes what its
 * processing blocks gave, so use them with the same options. First a new head learns on the frozen base, whose outputs
 * are computed once per window; then, unless all of it is frozen, head and base learn on at a lower rate. What is saved,
 * estimated and deployed is one network. Batch normalisations of the base keep their statistics: they are folded into
 * the weights. A block that was loaded builds on the network it was loaded with.
 *
 * Unlike Yosinski et al. (2014) the layers that fine-tuning moves are chosen by number, not by name; the rates of the
 * phases are ten to one, as in Edge Impulse's published transfer presets.
 *
 * @throws `BAD_OPTION`, `UNSUPPORTED` for a base in int8 or with parts that fine-tuning cannot move, `SHAPE_MISMATCH`
 * when the features are not as many as the base takes, `ONE_CLASS`, `NO_DATA`, `BAD_DATA`, `ABORTED`
 * @example
 * ```ts
 * const digits = await impulse({ input, dsp: mfe(), learn: classifier({ layers }) }).fit(manySpeakers);
 * const mine = impulse({ input, dsp: mfe(), learn: transfer({ from: digits, freeze: 1, epochs: 40 }) });
 * ```
 */
export const transfer = Object.assign(
  ({ from, ...options }: TransferOptions): LearningBlock<TransferInput> => {
    const params = resolve('transfer', schema, options);
    return make(baseOf('transfer.from', from, params.layer === '' ? undefined : params.layer), params);
  },
  {
    type: 'transfer',
    version: 1,
    schema,
    /** A block from what a saved impulse holds of it: it builds on the network that was trained. */
    restore: (params: Readonly<Record<string, unknown>>, state: BlockState): LearningBlock<TransferInput> => {
      const block = { state, run: undefined, type: 'transfer' } as unknown as TrainedBlock;
      const known = resolve('transfer', schema, { ...params, layer: '' });
      const quantised = Object.values(state.arrays).some((array) => array instanceof Int8Array);
      return make(quantised ? undefined : baseOf('transfer', block), known);
    },
  },
);

function make(base: Base | undefined, params: Params): LearningBlock<TransferInput> {
  const present = (): Base =>
    base ??
    fail({
      code: 'UNSUPPORTED',
      where: 'transfer.fit',
      got: 'a base that was loaded in int8',
      expected: 'a float32 base',
      fix: 'Save the model before quantize(), or name the base again with from.',
    });
  return {
    role: 'learn',
    type: 'transfer',
    version: 1,
    params,
    schema,
    fit: async (data, input, options) => learn(present(), params, data, input, options),
    sketch: (input, classes) => {
      const { graph, scale } = checkInput(present(), input);
      const head = buildNetwork(params.layers, specOf(graph), classes.length);
      const whole = optimize(joined(graph, head.graph).graph);
      return networkBlock(KIND, { graph: whole, labels: classes, report: {}, scale, sketch: true }, input);
    },
    revive: (state, input) => reviveNetwork(KIND, state, input),
    with: (changes) => make(base, resolve('transfer', schema, { ...params, ...changes })),
  };
}

/** The two phases of training one network. */
async function learn(
  base: Base,
  params: Params,
  data: TrainingSet,
  input: Spec<Kind>,
  options: FitOptions,
): Promise<TrainedBlock> {
  checkInput(base, input);
  checkRows('transfer.fit', data, sizeOf(input));
  checkClasses('transfer.fit', data);
  const split = splitRows(data, params.validationSplit, options.seed ?? 1);
  const classes = classTask(data, split.train, params);
  const labels = [...data.classes];
  const { calibration } = params;
  const finished = (graph: Graph, report: TrainedBlock['report']): TrainedBlock =>
    networkBlock(KIND, { graph: optimize(graph), labels, report, scale: base.scale, calibration }, input);
  const moving = movingLayers(base.graph, params.freeze);
  const epochs = { first: params.epochs, all: params.epochs + (moving.size > 0 ? params.fineTuneEpochs : 0) };

  const embed = embedding(base);
  const rows = data.features.map(embed);
  const network = buildNetwork(params.layers, specOf(base.graph), labels.length);
  const head = await trainHead(network, rows, { ...split, ...classes, learner: 'transfer' }, params, {
    ...options,
    ...within(options, 'head', 0, epochs.all),
  });
  const { graph, of } = joined(base.graph, head.graph);
  if (moving.size === 0) return finished(graph, head.report);

  const dropout = new Map([...network.dropout].map(([tensor, rate]) => [of(tensor), rate]));
  const augments = params.augment !== 'none' && params.augment.length > 0;
  const cut = augments ? graph.input : lastFixed(graph, moving);
  const front = cut === graph.input ? undefined : embedding({ ...base, graph: optimize(pruned(graph, cut)) });
  const entering = (row: Float32Array): Float32Array => (base.scale ? standardised(base.scale, row) : row);
  const rowsIn = data.features.map(front ?? entering);
  const frozen = new Set(base.graph.ops.map((op) => op.output).filter((output) => !moving.has(output)));
  const tuned = await trainGiven(
    {
      ...split,
      ...classes,
      learner: 'transfer',
      loss: 'crossEntropy',
      graph: behind(graph, cut),
      rows: rowsIn,
      frozen,
      dropout,
      ...(augments && { augmented: (task, unit) => augmentedRows(params.augment, task, input, rowsIn, unit) }),
    } satisfies GivenTask,
    {
      ...params,
      ...options,
      ...within(options, 'fine-tuning', epochs.first, epochs.all),
      epochs: params.fineTuneEpochs,
      learningRate: params.fineTuneRate,
      schedule: options.schedule,
    },
  );
  const tensors = tuned.graph.tensors.map((tensor, i) => (tensor.data ? tensor : (graph.tensors[i] ?? tensor)));
  const inFront = graph.ops.filter((op) => !tuned.graph.ops.some(({ output }) => output === op.output));
  const better = (tuned.report.valLoss ?? 0) <= (head.report.valLoss ?? 0);
  if (!better) return finished(graph, head.report);
  const ops = [...inFront, ...tuned.graph.ops];
  return finished(
    { ...graph, tensors, ops },
    { ...tuned.report, epochs: epochs.all, bestEpoch: epochs.first + (tuned.report.bestEpoch ?? 0) },
  );
}

/** Trains a head on the outputs of its base, standardised. */
async function trainHead(
  network: Network,
  rows: readonly Float32Array[],
  task: Omit<GivenTask, 'graph' | 'rows' | 'loss'> & { readonly outputBias: Float32Array },
  params: Params,
  options: FitOptions,
) {
  const unit = unitOf(Array.from(task.train, (row) => rows[row]!));
  const inputs = rows.map((row) => row.map((v) => (v - unit.mean) * unit.factor));
  const { graph, report } = await trainNetwork(
    {
      ...task,
      network,
      loss: 'crossEntropy',
      input: (row, out) => out.set(inputs[row]!),
      origin: -unit.mean * unit.factor,
    },
    { ...params, ...options },
  );
  return { graph: takingRaw(graph, unit), report };
}

type Phase = 'head' | 'fine-tuning';

/**
 * Progress and checkpoints of a phase as part of the whole. A store holds one state: the head's, then that of
 * fine-tuning, in front of which the head is trained once more, to the same weights.
 */
function within(
  { onProgress, checkpoint }: FitOptions,
  phase: Phase,
  before: number,
  all: number,
): Partial<FitOptions> {
  const mark = phase === 'head' ? 1 : 2;
  let passed = false;
  return {
    onProgress: onProgress && ((p) => onProgress({ ...p, epoch: before + p.epoch, epochs: all })),
    checkpoint: checkpoint && {
      read: async (name) => {
        const saved = await checkpoint.read(name);
        passed = (saved?.[0] ?? 0) > mark;
        return saved?.[0] === mark ? saved.slice(1) : undefined;
      },
      write: async (name, bytes) => {
        if (!passed) await checkpoint.write(name, marked(mark, bytes));
      },
    },
  };
}

function marked(mark: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 1);
  all[0] = mark;
  all.set(bytes, 1);
  return all;
}

/** Outputs of the layers of the base that fine-tuning moves. */
function movingLayers(graph: Graph, freeze: Params['freeze']): Set<number> {
  const layers = graph.ops.filter(hasWeights).map((op) => op.output);
  if (freeze === 'all') return new Set();
  const frozen = freeze === 'none' ? 0 : freeze < 1 ? Math.floor(freeze * layers.length) : freeze;
  return new Set(layers.slice(frozen));
}

function pruned(graph: Graph, output: number): Graph {
  return { ...graph, output };
}

/** What a head sees of a base: its features under their shape. */
function specOf(graph: Graph): Spec {
  const { shape } = graph.tensors[graph.output]!;
  return {
    kind: shape.length === 1 ? 'features' : 'image',
    axes: shape.map((size, i) => ({ name: `axis ${i}`, size })),
  };
}

function checkInput(base: Base, input: Spec<Kind>): Base {
  const { shape } = base.graph.tensors[base.graph.input]!;
  const size = shape.reduce((a, b) => a * b, 1);
  if (size === sizeOf(input)) return base;
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'transfer',
    got: `${sizeOf(input)} features (${input.kind} of ${shapeOf(input).join(' x ')})`,
    expected: `${size}, as the base takes (${shape.join(' x ')})`,
    fix: 'Use the window and the processing block that the base was trained with.',
  });
}

function checkFreeze(freeze: 'all' | 'none' | number): string | undefined {
  if (freeze === 'all' || freeze === 'none') return undefined;
  const good = typeof freeze === 'number' && freeze >= 0 && (freeze < 1 || Number.isInteger(freeze));
  return good ? undefined : `'all', 'none', a number of layers or a share below 1, not ${show(freeze)}`;
}

function checkLayers(layers: readonly Layer[]): string | undefined {
  if (!Array.isArray(layers)) return 'a list of layers';
  layers.forEach(checkedLayer);
  return undefined;
}
