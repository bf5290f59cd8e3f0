import type { Answers, BlockState, FitReport, Score, ScoreOptions, TrainedBlock } from '../../block.js';
import {
  type CalibrationMethod,
  calibrate,
  type Graph,
  interpreter,
  networkStage,
  optimize,
  quantize,
  type Ranges,
  sketchQuantize,
  traceLayers,
  work,
  writeTflite,
} from '../../compile/index.js';
import { hasTflite } from '../../compile/tflite/write.js';
import { tflmArena } from '../../compile/tflm/arena.js';
import { addWork } from '../../cost.js';
import { fail } from '../../errors.js';
import { type Spec, sizeOf } from '../../spec.js';
import { readReport } from '../report.js';
import type { FeatureScale } from '../standardise/feature-scale.js';
import { FLOPS_PER_FEATURE, LIMIT, standardised, standardisedStage } from '../standardise/standardise.js';
import { standardisedGraph } from '../standardise/standardised-graph.js';
import { graphFromState, graphState } from './graph-state.js';

/** A network with all that is known of it. */
export interface TrainedNetwork {
  /** Optimised, float or quantised. */
  readonly graph: Graph;
  /** Names of what it tells apart; empty when it gives no classes. */
  readonly labels: readonly string[];
  readonly report: FitReport;
  /** Standardisation of the features in front of the network. */
  readonly scale?: FeatureScale | undefined;
  /** How `quantize` chooses ranges. */
  readonly calibration?: CalibrationMethod | undefined;
  /** Ranges of the tensors that it was trained for in int8; others come from calibration. */
  readonly ranges?: Ranges | undefined;
  /** Whether this only stands in for a network to come, so that calibration needs no rows. */
  readonly sketch?: boolean;
}

/** What a block made of a network is, apart from the network. */
export interface NetworkKind {
  /** Type of the block. */
  readonly type: string;
  readonly answers: Answers;
  /** Throws when the network does not give what this kind needs. */
  readonly output: (network: Pick<TrainedNetwork, 'graph' | 'labels'>) => Spec;
  readonly score: (
    network: TrainedNetwork,
    scores: readonly Float32Array[],
    truth: readonly string[],
    options?: ScoreOptions,
  ) => Score;
}

/** Makes the block that runs, counts, emits, scores, saves and quantises a trained network. */
export function networkBlock(kind: NetworkKind, network: TrainedNetwork, input: Spec): TrainedBlock {
  const { graph, labels, report, scale } = network;
  // A network from a file may take and give float32 around an int8 core.
  const quantised = [graph.input, ...graph.ops.map((op) => op.output)].some((i) => graph.tensors[i]!.dtype === 'int8');
  const infer = interpreter(graph);
  const prepared = (row: Float32Array): Float32Array => (scale ? standardised(scale, row) : row);
  const stage = networkStage(graph);
  const block: TrainedBlock = {
    type: kind.type,
    answers: kind.answers,
    dtype: quantised ? 'int8' : 'f32',
    labels,
    report,
    input,
    output: kind.output(network),
    run: (x, out) => out.set(infer(prepared(x))),
    work: addWork(work(graph), scale ? { flop: FLOPS_PER_FEATURE * sizeOf(input) } : {}),
    cpp: scale ? standardisedStage(scale, stage) : stage,
    state: saved(network),
    score: (scores, truth, options) => kind.score(network, scores, truth, options),
    ...(hasTflite(graph) && {
      interpreted: () => {
        const file = writeTflite(scale ? standardisedGraph(graph, scale, LIMIT) : graph);
        return { arenaBytes: tflmArena(file).bytes, modelBytes: file.length };
      },
    }),
    trace: (x) => traceLayers(graph, prepared(x)),
    tflite: () => writeTflite(scale ? standardisedGraph(graph, scale, LIMIT) : graph, { labels }),
  };
  if (quantised) return block;
  return {
    ...block,
    quantize: (features, signal) =>
      networkBlock(kind, { ...network, graph: quantisedGraph(kind, network, features.map(prepared), signal) }, input),
  };
}

function quantisedGraph(
  { type }: NetworkKind,
  { graph, sketch, calibration, ranges }: TrainedNetwork,
  rows: readonly Float32Array[],
  signal?: AbortSignal,
): Graph {
  if (ranges) return optimize(quantize(graph, ranges));
  if (rows.length > 0) {
    // Small weights may have become 0, and channels useless with them.
    return optimize(quantize(graph, calibrate(graph, rows, { ...(calibration && { method: calibration }), signal })));
  }
  if (sketch) return sketchQuantize(graph);
  return fail({
    code: 'NO_DATA',
    where: `${type}.quantize`,
    got: 'no windows',
    expected: 'windows to measure ranges on',
    fix: 'Pass the training recordings.',
  });
}

function saved({ graph, labels, report, scale, calibration, ranges }: TrainedNetwork): BlockState {
  const { json, arrays } = graphState(graph);
  return {
    json: { network: json, labels, report, ...(calibration && { calibration }) },
    arrays: { ...arrays, ...scale, ...(ranges && { ranges: rangeArray(ranges) }) },
  };
}

/** Least and largest value by tensor, NaN where there are none. */
function rangeArray(ranges: Ranges): Float32Array {
  return Float32Array.from(ranges.flatMap((range) => (range ? [range.min, range.max] : [Number.NaN, Number.NaN])));
}

/** Ranges of a network that is not quantised yet; what is saved may come from anywhere. */
function rangesOf({ ranges }: BlockState['arrays'], { tensors }: Graph): Ranges | undefined {
  if (!(ranges instanceof Float32Array) || ranges.length !== 2 * tensors.length) return undefined;
  return tensors.map((_, i) => {
    const [min, max] = [ranges[2 * i]!, ranges[2 * i + 1]!];
    return Number.isFinite(min) && min <= max && max < Number.POSITIVE_INFINITY ? { min, max } : undefined;
  });
}

/**
 * Revives a saved network; what is saved may come from anywhere.
 *
 * @throws `BAD_FILE`
 */
export function reviveNetwork(kind: NetworkKind, { json, arrays }: BlockState, input: Spec): TrainedBlock {
  const { network, labels, report, calibration } = (json ?? {}) as Record<string, unknown>;
  const graph = graphFromState(network, arrays);
  const size = (index: number): number => graph.tensors[index]!.shape.reduce((a, b) => a * b, 1);
  const scale = scaleOf(arrays);
  const good =
    Array.isArray(labels) &&
    labels.every((label) => typeof label === 'string') &&
    size(graph.output) === sizeOf(kind.output({ graph, labels })) &&
    size(graph.input) === sizeOf(input) &&
    (scale === undefined || scale.mean.length === sizeOf(input));
  if (!good) {
    fail({
      code: 'BAD_FILE',
      where: kind.type,
      got: 'a saved network of other sizes',
      expected: `${sizeOf(input)} inputs and the outputs its labels ask for`,
      fix: 'Save the impulse again.',
    });
  }
  const method = (['minmax', 'percentile', 'mse'] as const).find((known) => known === calibration);
  return networkBlock(
    kind,
    {
      graph,
      labels: labels as string[],
      report: readReport(report),
      scale,
      calibration: method,
      ranges: rangesOf(arrays, graph),
    },
    input,
  );
}

function scaleOf({ mean, inverseScale }: BlockState['arrays']): FeatureScale | undefined {
  const [m, s] = [mean, inverseScale];
  if (!(m instanceof Float32Array && s instanceof Float32Array) || m.length !== s.length) return undefined;
  return m.every(Number.isFinite) && s.every(Number.isFinite) ? { mean: m, inverseScale: s } : undefined;
}
