import type { Graph, Op, OpKind } from '../../compile/graph.js';
import { fail } from '../../errors.js';
import { takingRaw, type Unit, unitOf } from '../standardise/unit.js';
import type { TrainingOptions, TrainingTask } from './task.js';
import { type TrainingResult, trainNetwork } from './train.js';

/** A network with weights to train on, and what it is given. */
export interface GivenTask extends Omit<TrainingTask, 'network' | 'input' | 'origin' | 'outputBias'> {
  /** Float32; batch normalisations are folded into its weights. */
  readonly graph: Graph;
  /** Inputs as the network takes them. */
  readonly rows: readonly Float32Array[];
  /** Operators whose weights stay, by their outputs. Default none. */
  readonly frozen?: ReadonlySet<number>;
  /** Share of values dropped in training, by tensor. Default none. */
  readonly dropout?: ReadonlyMap<number, number>;
  /** Changes the task before it is trained: augmentation of the standardised rows. */
  readonly augmented?: (task: TrainingTask, unit: Unit | undefined) => TrainingTask;
}

/**
 * Trains a network on from the weights it has.
 *
 * While it trains its inputs are standardised where the first weights can make up for that: steps are then of one size
 * for all weights.
 *
 * @throws `UNSUPPORTED` naming the operator that cannot be trained, and what {@link trainNetwork} throws
 */
export async function trainGiven(given: GivenTask, options: TrainingOptions): Promise<TrainingResult> {
  const { graph, rows, frozen, dropout = new Map(), augmented, ...rest } = given;
  checkTrains(given.learner, graph);
  const named = withNames(graph);
  const unit = canStandardise(named) ? unitOf(Array.from(given.train, (row) => rows[row]!)) : undefined;
  const { mean, factor } = unit ?? { mean: 0, factor: 1 };
  const inputs = unit ? rows.map((row) => row.map((v) => (v - mean) * factor)) : rows;
  const network = {
    graph: unit ? takingRaw(named, { mean: -mean * factor, factor: 1 / factor }) : named,
    dropout,
    given: constantsOf(named, () => true),
    frozen: constantsOf(named, (op) => frozen?.has(op.output) ?? false),
  };
  const task: TrainingTask = {
    ...rest,
    network,
    input: (row, out) => out.set(inputs[row]!),
    origin: -mean * factor,
  };
  const result = await trainNetwork(augmented?.(task, unit) ?? task, options);
  return { ...result, graph: unit ? takingRaw(result.graph, unit) : result.graph };
}

function constantsOf(graph: Graph, chosen: (op: Op) => boolean): ReadonlySet<number> {
  return new Set(graph.ops.filter(chosen).flatMap((op) => op.inputs.filter((t) => graph.tensors[t]!.data)));
}

/** Weights and biases get the names by which training knows them. */
function withNames(graph: Graph): Graph {
  const tensors = [...graph.tensors];
  const ops = graph.ops.map((op) => {
    if (!hasWeights(op)) return op;
    const inputs = op.inputs.map((t, i) => {
      if (i === 0) return t;
      return tensors.push({ ...tensors[t]!, name: `${op.name}/${i === 1 ? 'weights' : 'bias'}` }) - 1;
    });
    return { ...op, inputs };
  });
  const used = new Set([graph.input, ...ops.flatMap((op) => [...op.inputs, op.output])]);
  // Tensors keep their numbers; constants that nothing reads any more would be trained all the same.
  return {
    ...graph,
    ops,
    tensors: tensors.map((t, i) => (t.data && !used.has(i) ? { ...t, data: undefined } : t) as typeof t),
  };
}

/** Whether an operator has weights and a bias. */
export function hasWeights({ kind }: Op): boolean {
  return kind === 'conv2d' || kind === 'depthwiseConv2d' || kind === 'dense';
}

/** Operators that treat a constant added to all their inputs as one added to all their outputs, and factors alike. */
const EVEN: ReadonlySet<OpKind> = new Set(['reshape', 'maxPool2d', 'averagePool2d', 'mean']);

/** Operators whose first weights are those of a dense layer at every step. */
const RECURRENT: ReadonlySet<OpKind> = new Set(['lstm', 'gru']);

/** Whether the first weights can make up for a standardisation: they stand behind operators that change nothing of it. */
export function canStandardise({ ops, input }: Graph): boolean {
  let current = input;
  for (const op of ops) {
    const readers = ops.filter((other) => other.inputs.includes(current));
    if (readers.length !== 1 || readers[0] !== op) return false;
    if (hasWeights(op) || RECURRENT.has(op.kind)) return true;
    if (!EVEN.has(op.kind) || (op.attributes.activation ?? 'none') !== 'none') return false;
    current = op.output;
  }
  return false;
}

const FUSES: ReadonlySet<OpKind> = new Set(['conv2d', 'depthwiseConv2d', 'dense', 'add']);
const TRAINS: ReadonlySet<OpKind> = new Set([...FUSES, ...EVEN, ...(['relu', 'relu6', 'softmax'] satisfies OpKind[])]);

function checkTrains(learner: string, graph: Graph): void {
  for (const op of graph.ops) {
    const { activation = 'none', padding, keepDims } = op.attributes;
    const padded = typeof padding === 'object' ? 'padding of its own' : undefined;
    const fused = activation !== 'none' && !FUSES.has(op.kind) ? `a fused ${activation}` : undefined;
    const inner = op.kind === 'softmax' && op.output !== graph.output ? 'a softmax inside the network' : undefined;
    const constant =
      op.kind === 'add' && op.inputs.some((t) => graph.tensors[t]!.data) ? 'a constant to add' : undefined;
    const got = TRAINS.has(op.kind)
      ? (padded ?? fused ?? inner ?? constant ?? (keepDims && 'kept dimensions'))
      : op.kind;
    if (!got) continue;
    fail({
      code: 'UNSUPPORTED',
      where: `${learner}.${op.name}`,
      got,
      expected: 'convolutions, dense layers, pooling, sums, relu and a softmax at the end',
      fix: "Keep this part frozen: freeze: 'all', or more layers.",
    });
  }
}
