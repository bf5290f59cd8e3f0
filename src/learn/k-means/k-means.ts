import type { BlockFactory, BlockState, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { templateStage } from '../../cpp.js';
import { fail, show, throwIfAborted } from '../../errors.js';
import { int, type Options, resolve, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { checkRows } from '../rows.js';
import { areaUnderRoc } from '../score.js';
import { featureScale } from '../standardise/feature-scale.js';
import { anomalyScore, type Clusters, distance, nearest, scaled } from './clusters.js';
import header from './k-means.h.js';

const schema = {
  clusters: int(32, 'Clusters the training windows are grouped into.', { min: 1, max: 1024, tune: [8, 16, 32] }),
  axes: value<'all' | readonly number[]>('all', "Indices of the features that count, or 'all'.", { check: checkAxes }),
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

const MAX_ITERATIONS = 100;
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
    sketch: (input) => trained(blank(axesOf(params.axes, input), params.clusters), [], input),
    revive,
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: { readonly clusters: number; readonly axes: 'all' | readonly number[] },
  data: TrainingSet,
  input: Spec<'features'>,
  { seed = 1, signal }: FitOptions,
): Promise<TrainedBlock> {
  const axes = axesOf(params.axes, input);
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
    scaled(scale, row, z);
    return z;
  });
  const centres = await findCentres(rows, params.clusters, seed, signal);
  return trained({ ...scale, ...withRadius(centres, rows) }, [...data.classes], input);
}

/** Lloyd's algorithm from k-means++ seeds, giving way to other tasks between iterations. */
async function findCentres(
  rows: readonly Float32Array[],
  clusters: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  const { kmeansGenerator } = await import('ml-kmeans');
  const points = rows.map((row) => [...row]);
  let centres: readonly (readonly number[])[] = [];
  for (const step of kmeansGenerator(points, clusters, { seed, maxIterations: MAX_ITERATIONS })) {
    centres = step.centroids;
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(signal, 'k-means.fit');
  }
  return centres;
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
    score: (scores, truth) => {
      const auc = areaUnderRoc(
        scores.map((row) => row[0]!),
        truth.map((label) => !classes.includes(label)),
      );
      return { windows: scores.length, ...(auc === undefined ? {} : { auc }) };
    },
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

function axesOf(given: 'all' | readonly number[], input: Spec): Uint16Array {
  const size = sizeOf(input);
  const axes = given === 'all' ? [...Array(size).keys()] : given;
  const outside = axes.find((axis) => axis >= size);
  if (outside !== undefined || size > 65_535) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: 'k-means.axes',
      got: outside === undefined ? `${size} features` : `axis ${outside} of ${size} features`,
      expected: outside === undefined ? 'at most 65535 features' : `axes from 0 to ${size - 1}`,
      fix: 'Correct the axes or the processing block.',
    });
  }
  return Uint16Array.from(axes);
}

function checkAxes(given: 'all' | readonly number[]): string | undefined {
  const good =
    given === 'all' ||
    (Array.isArray(given) &&
      given.length > 0 &&
      new Set(given).size === given.length &&
      given.every((axis) => Number.isInteger(axis) && axis >= 0));
  return good ? undefined : `'all' or a list of different whole numbers, not ${show(given)}`;
}
