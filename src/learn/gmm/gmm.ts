import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import { fail } from '../../errors.js';
import { float, int, type Options, resolve, type Values, value } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { axesOf, axesParam } from '../axes.js';
import { checkRows } from '../rows.js';
import { type ChosenScale, scaleChosen } from '../standardise/chosen.js';
import { featureScale } from '../standardise/feature-scale.js';
import { invert, triangle } from './cholesky.js';
import { normalisation } from './expectation.js';
import { type Found, fitMixture, MOST_COMPONENTS } from './fit.js';
import type { Mixture } from './mixture.js';
import { mixtureBlock, reviveMixture, typicalScore } from './trained.js';

const schema = {
  components: value<'auto' | number>('auto', "Normal distributions that are mixed; 'auto' takes 1 to 16, by BIC.", {
    check: (given) =>
      given === 'auto' || (Number.isInteger(given) && given >= 1 && given <= 1024)
        ? undefined
        : "'auto' or a whole number from 1 to 1024",
    tune: ['auto', 1, 2, 4, 8],
  }),
  axes: axesParam,
  regularisation: float(1e-3, "Added to every variance, in squares of the features' standard deviations.", {
    min: 1e-6,
    max: 10,
    tune: [1e-3, 1e-2, 1e-1],
  }),
  restarts: int(3, 'Starts from other clusters; the one that ends with the highest likelihood is kept.', {
    min: 1,
    max: 100,
  }),
};

type Params = Values<typeof schema>;

/**
 * Finds windows that are unlike the training data: a Gaussian mixture with full covariances.
 *
 * `features [feature N] -> score`, the negative log-likelihood `-log sum_k w_k N(z; mean_k, covariance_k)` of the
 * standardised axes z, in nats: the higher, the stranger; at most 1e30. All training windows count as normal.
 * `threshold` in the report is the score that 99 % of them stay below, `bic` what the number of components is chosen by.
 *
 * Expectation maximisation from clusters of K-means (Dempster, Laird and Rubin, 1977; Schwarz, 1978, for BIC). With
 * 'auto', numbers of components that have more parameters than the data has values are not tried.
 *
 * @throws `NO_DATA`, `BAD_DATA`, `SHAPE_MISMATCH` for axes that are not there, `BAD_OPTION` when there are fewer
 *   windows than components, `ABORTED`
 * @example
 * ```ts
 * const anomaly = gmm({ components: 'auto', regularisation: 1e-3 });
 * ```
 */
export const gmm: BlockFactory<typeof schema, LearningBlock<'features'>> = Object.assign(make, {
  type: 'gmm',
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<'features'> {
  const params = resolve('gmm', schema, options);
  return {
    role: 'learn',
    type: 'gmm',
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, data, input, fitOptions),
    sketch: (input) => {
      const components = params.components === 'auto' ? MOST_COMPONENTS : params.components;
      return mixtureBlock(blank(axesOf('gmm', params.axes, input), components), [], {}, input);
    },
    revive: reviveMixture,
    with: (changes) => make({ ...params, ...changes }),
  };
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'features'>,
  { seed = 1, signal }: FitOptions,
): Promise<TrainedBlock> {
  const axes = axesOf('gmm', params.axes, input);
  checkRows('gmm.fit', data, sizeOf(input));
  if (params.components !== 'auto' && data.features.length < params.components) {
    fail({
      code: 'BAD_OPTION',
      where: 'gmm.components',
      got: `${params.components} components for ${data.features.length} windows`,
      expected: 'at most as many components as windows',
      fix: "Use fewer components, 'auto', or more data.",
    });
  }
  const scale = { axes, ...featureScale(data.features, axes) };
  const rows = data.features.map((row) => {
    const z = new Float32Array(axes.length);
    scaleChosen(scale, row, z);
    return z;
  });
  const found = await fitMixture(rows, { ...params, seed, signal });
  const mixture = mixtureOf(found, scale);
  const { logLikelihood, bic, weights } = found;
  const report = {
    components: weights.length,
    logLikelihood,
    bic,
    threshold: typicalScore(mixture, data.features),
  };
  return mixtureBlock(mixture, [...data.classes], report, input);
}

/** What the device needs of a fitted mixture. */
function mixtureOf(found: Found, scale: ChosenScale): Mixture {
  const axes = scale.axes.length;
  const inverses = found.factors.slice();
  for (let k = 0; k < found.weights.length; k++) {
    invert(inverses.subarray(k * triangle(axes), (k + 1) * triangle(axes)), axes);
  }
  return {
    ...scale,
    means: Float32Array.from(found.means),
    factors: Float32Array.from(inverses),
    constants: Float32Array.from(normalisation(found)),
  };
}

function blank(axes: Uint16Array, components: number): Mixture {
  return {
    axes,
    mean: new Float32Array(axes.length),
    inverseScale: new Float32Array(axes.length),
    means: new Float32Array(axes.length * components),
    factors: new Float32Array(triangle(axes.length) * components),
    constants: new Float32Array(components),
  };
}
