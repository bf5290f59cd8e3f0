import type { BlockState, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { definitionOf, nodeOf } from '../../compile/check.js';
import {
  checkGraph,
  constBytes,
  type Graph,
  interpreter,
  networkStage,
  optimize,
  sketchQuantize,
} from '../../compile/index.js';
import { fail } from '../../errors.js';
import { float, int, type Options, resolve, value } from '../../params.js';
import { type Kind, type Spec, sizeOf } from '../../spec.js';
import { checkAugment, type Level } from '../augment/augment.js';
import type { Augmentation } from '../augment/augmentation.js';
import { graphFromState, graphState } from '../network/graph-state.js';
import { checkRows } from '../rows.js';
import type { FeatureScale } from '../standardise/feature-scale.js';
import { standardised } from '../standardise/standardise.js';
import { trainGiven } from '../training/given.js';
import { splitRows } from '../training/split.js';
import { augmentedRows } from '../transfer/augmented.js';
import { channelFamilies, excess, withoutChannels } from './channels.js';

const schema = {
  share: float(0.5, 'Share of the channels of every layer that goes, 0 to 1.', { min: 0, max: 0.95 }),
  steps: int(3, 'Times that channels are taken away, training after each.', { min: 1, max: 20 }),
  epochs: int(60, 'Times training goes through the data after each step.', { min: 1, max: 1000 }),
  learningRate: float(0.01, 'Step size of Adam at the start of each training.', { min: 1e-6, max: 1 }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.1, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  teacher: float(0.5, 'Share of the target that the network before pruning gives; the label gives the rest.', {
    min: 0,
    max: 1,
  }),
  augment: value<Level | readonly Augmentation[]>(
    'low',
    "Random changes to what enters the network while training: 'none', 'low', 'high' or a list.",
    { check: checkAugment },
  ),
  weightDecay: float(0.01, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
};

/** Options of pruning. */
export interface PruneOptions extends Options<typeof schema>, Pick<FitOptions, 'seed' | 'signal' | 'onProgress'> {}

/** A figure of a network before and after pruning. */
export interface Pruning {
  readonly before: number;
  readonly after: number;
}

/** What pruning changed, before and after. */
export interface PruneReport {
  /** Multiply-accumulates of one run of the network. */
  readonly macs: Pruning;
  /** Bytes of the network's constants in float32. */
  readonly constBytes: Pruning;
  /** Bytes of constants and machine code (Cortex-M4F) of the network as it is, and as int8. */
  readonly flashBytes: { readonly float32: Pruning; readonly int8: Pruning };
  /** Channels by layer, in order. */
  readonly channels: readonly ({ readonly layer: string } & Pruning)[];
  /** Share of the rows that are given the right label; absent for networks that give no classes. */
  readonly accuracy?: Pruning;
  /** The figures as a table. */
  readonly text: string;
}

/**
 * Makes a trained network smaller: takes whole channels away, those of least weight first, and trains the rest on, a
 * few times in turn. Targets are the labels mixed with what the network gave before (Hinton et al., 2015); for a network
 * that gives no classes they are what it gave.
 *
 * @param data rows as the block takes them, those it was trained on
 * @param revive makes a block of the same kind from a state: that of its learner
 * @throws `UNSUPPORTED` for blocks that are no float32 network or have operators that cannot be trained, `NO_DATA`,
 * `BAD_DATA`, `ABORTED`
 */
export async function pruneBlock(
  block: TrainedBlock,
  data: TrainingSet,
  revive: LearningBlock<Kind>['revive'],
  options: PruneOptions = {},
): Promise<{ readonly block: TrainedBlock; readonly report: PruneReport }> {
  const { seed = 1, signal, onProgress, ...given } = options;
  const params = resolve('prune', schema, given);
  const graph = networkOf(block);
  checkRows('prune', data, sizeOf(block.input));
  const scale = scaleOf(block.state);
  const own = scale ? data.features.map((row) => standardised(scale, row)) : data.features;
  const split = splitRows(data, params.validationSplit, seed);
  const infer = interpreter(graph);
  const teacher = own.map((row) => infer(row));
  const classes = block.answers === 'classes' && graph.ops.at(-1)?.kind === 'softmax';
  // A label that the network does not know has no score.
  const truth = Int32Array.from(data.labels, (label) => block.labels.indexOf(data.classes[label]!));

  const whole = channelFamilies(graph).map((family) => family.length);
  let result = graph;
  for (let step = 1; step <= params.steps; step++) {
    const left = 1 - (params.share * step) / params.steps;
    const counts = whole.map((size) => Math.round(left * size));
    const smaller = withoutChannels(result, excess(channelFamilies(result), counts));
    const trained = await trainGiven(
      {
        ...split,
        learner: 'prune',
        graph: smaller,
        augmented: (task, unit) => augmentedRows(params.augment, task, block.input as Spec<Kind>, own, unit),
        rows: own,
        loss: classes ? 'crossEntropy' : 'squaredError',
        target: (row, out) => {
          out.set(teacher[row]!);
          if (!classes || truth[row]! < 0) return;
          for (let i = 0; i < out.length; i++) out[i]! *= params.teacher;
          out[truth[row]!]! += 1 - params.teacher;
        },
        ...(classes && { right: (row, output) => Number(best(output) === truth[row]) }),
      },
      {
        ...params,
        seed,
        signal,
        onProgress:
          onProgress &&
          ((p) =>
            onProgress({ ...p, epoch: (step - 1) * params.epochs + p.epoch, epochs: params.steps * params.epochs })),
      },
    );
    result = trained.graph;
  }
  result = optimize(result);
  checkGraph(result);
  const { json, arrays } = graphState(result);
  const state: BlockState = {
    json: { ...(block.state.json as object), network: json },
    arrays: { ...notOfNetwork(block.state), ...arrays },
  };
  const pruned = revive(state, block.input as Spec<Kind>);
  return { block: pruned, report: reportOf(graph, result, classes ? { rows: own, truth } : undefined) };
}

function reportOf(
  before: Graph,
  after: Graph,
  labelled: { readonly rows: readonly Float32Array[]; readonly truth: Int32Array } | undefined,
): PruneReport {
  const accuracy = (graph: Graph): number => {
    const infer = interpreter(graph);
    const right = labelled!.rows.filter((row, i) => best(infer(row)) === labelled!.truth[i]).length;
    return right / labelled!.rows.length;
  };
  const layers = (graph: Graph) => graph.ops.filter((op) => definitionOf(op).channelAxis !== undefined);
  const size = (graph: Graph, op: Graph['ops'][number]): number => graph.tensors[op.output]!.shape.at(-1)!;
  const afterByName = new Map(layers(after).map((op) => [op.name, size(after, op)]));
  const both = (figure: (graph: Graph) => number): Pruning => ({ before: figure(before), after: figure(after) });
  const figures = {
    macs: both(macsOf),
    constBytes: both(constBytes),
    flashBytes: { float32: both(flashBytesOf), int8: both((graph) => flashBytesOf(sketchQuantize(graph))) },
    channels: layers(before).map((op) => ({
      layer: op.name,
      before: size(before, op),
      after: afterByName.get(op.name) ?? 0,
    })),
    ...(labelled && { accuracy: both(accuracy) }),
  };
  return { ...figures, text: tableOf(figures) };
}

function flashBytesOf(graph: Graph): number {
  const { constBytes, codeBytes } = networkStage(graph);
  return Object.values(codeBytes).reduce((sum, bytes) => sum + bytes, constBytes);
}

function tableOf({ macs, constBytes, flashBytes, channels, accuracy }: Omit<PruneReport, 'text'>): string {
  const whole = (n: number): string => n.toLocaleString('en');
  const percent = (n: number): string => `${(100 * n).toFixed(1)} %`;
  const rows: [string, Pruning, (n: number) => string][] = [
    ['multiply-accumulates', macs, whole],
    ['constants, bytes', constBytes, whole],
    ['flash as float32, bytes', flashBytes.float32, whole],
    ['flash as int8, bytes', flashBytes.int8, whole],
    ...channels.map((layer): (typeof rows)[number] => [`channels of ${layer.layer}`, layer, whole]),
  ];
  if (accuracy) rows.push(['right, of these rows', accuracy, percent]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(11))].join('  ');
  const share = ({ before, after }: Pruning): string => (before > 0 ? `${Math.round((100 * after) / before)} %` : '');
  return [
    line('', ['before', 'after', 'left']),
    ...rows.map(([name, one, form]) =>
      line(name, [form(one.before), form(one.after), one === accuracy ? '' : share(one)]).trimEnd(),
    ),
  ].join('\n');
}

/** Multiply-accumulates of one run. */
export function macsOf(graph: Graph): number {
  return graph.ops.reduce((sum, op) => sum + (definitionOf(op).macs?.(nodeOf(graph, op)) ?? 0), 0);
}

function networkOf({ type, dtype, state }: TrainedBlock): Graph {
  const { json, arrays } = state;
  const network = typeof json === 'object' && json !== null && 'network' in json ? json.network : undefined;
  if (network && dtype === 'f32') return graphFromState(network, arrays);
  return fail({
    code: 'UNSUPPORTED',
    where: 'prune',
    got: network ? `a network in ${dtype}` : `a learner of type ${type}`,
    expected: 'a float32 network',
    fix: network ? 'Prune first, then quantize().' : 'Prune learners that are networks.',
  });
}

/** Arrays beside the network's own. */
function notOfNetwork({ arrays }: BlockState): BlockState['arrays'] {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => !/^(tensor|scales)\d+$/.test(name)));
}

function scaleOf({ arrays }: BlockState): FeatureScale | undefined {
  const { mean, inverseScale } = arrays;
  return mean instanceof Float32Array && inverseScale instanceof Float32Array ? { mean, inverseScale } : undefined;
}

function best(scores: Float32Array): number {
  return scores.reduce((top, score, i) => (score > scores[top]! ? i : top), 0);
}
