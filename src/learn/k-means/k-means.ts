import type { BlockFactory, BlockState, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { templateStage } from '../../cpp.js';
import { fail } from '../../errors.js';
import { detectionScore } from '../../metrics/index.js';
import { int, type Options, resolve, type Values } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { axesOf, axesParam } from '../axes.js';
import { checkRows } from '../rows.js';
import { scaleChosen } from '../standardise/chosen.js';
import { featureScale } from '../standardise/feature-scale.js';
import { anomalyScore, type Clusters, distance, nearest } from './clusters.js';
import header from './k-means.h.js';
import { findCentres } from './lloyd.js';

const schema = {
  clusters: int(32, 'Clusters the training windows are grouped into.', { min: 1, max: 1024, tune: [8, 16, 32] }),
  axes: axesParam,
};

/**
 * Finds windows that are unlike the training data: K-means over standardised features.
 *
 * `features [feature N] -> score`, the least over all clusters of the distance to the centre minus the cluster's
 * radius, in standard deviations: negative inside a cluster, 1000 at most. All training windows count as normal.
 * Scored like Edge Impulse's K-means block. Clusters that end up empty are left out.
 *
 * @throws `NO_DATA`, `BAD_DATA`, `BAD_OPTION` when there are fewer windows than clusters
 * @example
 * ```ts
 * const anomaly = kMeans({ clusters: 16 });
 * ```
 */
export const kMeans: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
  type: 'k-means',
  version: 1,
  schema,
});

/** Machine code of `KMeans::run`, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { 'k-means': 184 };

function make(options?: Options<typeof schema>): LearningBlock<'features'> {
  const params = resolve('k-means', schema, options);
  return {
    role: 'learn',
    type: 'k-means',
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, data, input, fitOptions),
    sketch: (input) => trained(blank(axesOf('k-means', params.axes, input), params.clusters), [], input),
    revive,
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: Values<typeof schema>,
  data: TrainingSet,
  input: Spec<'features'>,
  { seed = 1, signal }: FitOptions,
): Promise<TrainedBlock> {
  const axes = axesOf('k-means', params.axes, input);
  checkRows('k-means.fit', data, sizeOf(input));
  if (data.features.length < params.clusters) {
    fail({
      code: 'BAD_OPTION',
      where: 'k-means.clusters',
      got: `${params.clusters} clusters for ${data.features.length} windows`,
      expected: 'at most as many clusters as windows',
      fix: 'Use fewer clusters or more data.',
    });
  }
  const scale = { axes, ...featureScale(data.features, axes) };
  const rows = data.features.map((row) => {
    const z = new Float32Array(axes.length);
    scaleChosen(scale, row, z);
    return z;
  });
  const centres = await findCentres('k-means.fit', rows, params.clusters, seed, signal);
  return trained({ ...scale, ...withRadius(centres, rows) }, [...data.classes], input);
}

/** The centres that have members, with the distance of the farthest of them. */
function withRadius(
  found: readonly (readonly number[])[],
  rows: readonly Float32Array[],
): Pick<Clusters, 'centres' | 'radius'> {
  const centres = Float32Array.from(found.flat());
  const radii = new Map<number, number>();
  for (const z of rows) {
    const cluster = nearest(centres, z);
    radii.set(cluster, Math.max(radii.get(cluster) ?? 0, distance(centres, cluster, z)));
  }
  const kept = [...radii.keys()].sort((a, b) => a - b);
  return {
    centres: Float32Array.from(kept.flatMap((cluster) => [...found[cluster]!])),
    radius: Float32Array.from(kept, (cluster) => radii.get(cluster)!),
  };
}

function trained(clusters: Clusters, classes: readonly string[], input: Spec): TrainedBlock {
  const { axes, mean, inverseScale, centres, radius } = clusters;
  const z = new Float32Array(axes.length);
  const [kAxes, kClusters] = [axes.length, radius.length];
  return {
    type: 'k-means',
    answers: 'anomaly',
    dtype: 'f32',
    labels: [],
    report: {},
    input,
    output: { kind: 'scores', axes: [{ name: 'anomaly', size: 1 }] },
    run: (x, out) => {
      out[0] = anomalyScore(clusters, x, z);
    },
    work: { flop: 2 * kAxes + 3 * kAxes * kClusters + 2 * kClusters, div: kClusters, call: 1 },
    cpp: templateStage({
      header,
      type: 'impulsekit::learn::KMeans',
      scratchBytes: Math.ceil(kAxes / 4) * 16,
      codeBytes: CODE_BYTES,
      traits: {
        ints: { kAxes, kClusters },
        tables: { kAxis: axes, kMean: mean, kInverseScale: inverseScale, kCentres: centres, kRadius: radius },
      },
    }),
    state: {
      json: { classes },
      arrays: { axes: Int32Array.from(axes), mean, inverseScale, centres, radius },
    },
    score: (scores, truth, options) => detectionScore(classes, scores, truth, options),
  };
}

/** Revives a saved block; what is saved may come from anywhere. */
function revive(state: BlockState, input: Spec): TrainedBlock {
  const { axes, mean, inverseScale, centres, radius } = state.arrays;
  const { classes } = (state.json ?? {}) as { classes?: unknown };
  const floats = [mean, inverseScale, centres, radius];
  const good =
    axes instanceof Int32Array &&
    axes.every((axis) => axis >= 0 && axis < sizeOf(input)) &&
    axes.length > 0 &&
    floats.every((array) => array instanceof Float32Array && array.every(Number.isFinite)) &&
    mean!.length === axes.length &&
    inverseScale!.length === axes.length &&
    radius!.length > 0 &&
    centres!.length === axes.length * radius!.length &&
    Array.isArray(classes) &&
    classes.every((label) => typeof label === 'string');
  if (!good) {
    fail({
      code: 'BAD_FILE',
      where: 'k-means',
      got: 'a saved state that does not hold together',
      expected: 'axes, mean, inverseScale, centres and radius of matching sizes',
      fix: 'Save the impulse again.',
    });
  }
  const [m, s, c, r] = floats as Float32Array[];
  const clusters = { axes: Uint16Array.from(axes), mean: m!, inverseScale: s!, centres: c!, radius: r! };
  return trained(clusters, classes as string[], input);
}

function blank(axes: Uint16Array, clusters: number): Clusters {
  return {
    axes,
    mean: new Float32Array(axes.length),
    inverseScale: new Float32Array(axes.length),
    centres: new Float32Array(axes.length * clusters),
    radius: new Float32Array(clusters),
  };
}
