import type { BlockState, FitReport, TrainedBlock } from '../../block.js';
import { templateStage } from '../../cpp.js';
import { fail } from '../../errors.js';
import { detectionScore, quantile } from '../../metrics/index.js';
import { type Spec, sizeOf } from '../../spec.js';
import { readReport } from '../report.js';
import { triangle } from './cholesky.js';
import header from './gmm.h.js';
import { type Mixture, negativeLogLikelihood } from './mixture.js';

/** Machine code of `GaussianMixture::run` and what it calls, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { gmm: 284, 'dsp/log': 204, 'dsp/exp': 196 };
/** Share of the training windows that score below the threshold of the report. */
const TYPICAL = 0.99;

/** The block that runs, counts, emits, scores and saves a mixture. */
export function mixtureBlock(
  mixture: Mixture,
  classes: readonly string[],
  report: FitReport,
  input: Spec,
): TrainedBlock {
  const { axes, mean, inverseScale, means, factors, constants } = mixture;
  const [z, offset] = [new Float32Array(axes.length), new Float32Array(axes.length)];
  const [kAxes, kComponents] = [axes.length, constants.length];
  return {
    type: 'gmm',
    answers: 'anomaly',
    dtype: 'f32',
    labels: [],
    report,
    input,
    output: { kind: 'scores', axes: [{ name: 'anomaly', size: 1 }] },
    run: (x, out) => {
      out[0] = negativeLogLikelihood(mixture, x, z, offset);
    },
    work: {
      // An exponential and a sum per component, and products with a triangle.
      flop: 2 * kAxes + kComponents * (3 * kAxes + 2 * triangle(kAxes) + 26),
      int: 10 * kComponents,
      log: 1,
      call: 1,
    },
    cpp: templateStage({
      header,
      type: 'impulsekit::learn::GaussianMixture',
      scratchBytes: Math.ceil(kAxes / 2) * 16,
      codeBytes: CODE_BYTES,
      traits: {
        ints: { kAxes, kComponents },
        tables: {
          kAxis: axes,
          kMean: mean,
          kInverseScale: inverseScale,
          kMeans: means,
          kFactors: factors,
          kConstants: constants,
        },
      },
    }),
    state: {
      json: { classes, report },
      arrays: { axes: Int32Array.from(axes), mean, inverseScale, means, factors, constants },
    },
    score: (scores, truth, options) => detectionScore(classes, scores, truth, options),
  };
}

/** Revives a saved block; what is saved may come from anywhere. */
export function reviveMixture({ json, arrays }: BlockState, input: Spec): TrainedBlock {
  const { axes, mean, inverseScale, means, factors, constants } = arrays;
  const { classes, report } = (json ?? {}) as { classes?: unknown; report?: unknown };
  const floats = [mean, inverseScale, means, factors, constants];
  const good =
    axes instanceof Int32Array &&
    axes.every((axis) => axis >= 0 && axis < sizeOf(input)) &&
    axes.length > 0 &&
    floats.every((array) => array instanceof Float32Array && array.every(Number.isFinite)) &&
    mean!.length === axes.length &&
    inverseScale!.length === axes.length &&
    constants!.length > 0 &&
    means!.length === axes.length * constants!.length &&
    factors!.length === triangle(axes.length) * constants!.length &&
    Array.isArray(classes) &&
    classes.every((label) => typeof label === 'string');
  if (!good) {
    fail({
      code: 'BAD_FILE',
      where: 'gmm',
      got: 'a saved state that does not hold together',
      expected: 'axes, mean, inverseScale, means, factors and constants of matching sizes',
      fix: 'Save the impulse again.',
    });
  }
  const [m, s, centres, inverses, heights] = floats as Float32Array[];
  const scale = { axes: Uint16Array.from(axes), mean: m!, inverseScale: s! };
  const mixture = { ...scale, means: centres!, factors: inverses!, constants: heights! };
  return mixtureBlock(mixture, classes as string[], readReport(report), input);
}

/** The score that 99 % of the rows stay below. */
export function typicalScore(mixture: Mixture, rows: readonly Float32Array[]): number {
  const [z, offset] = [new Float32Array(mixture.axes.length), new Float32Array(mixture.axes.length)];
  return quantile(
    rows.map((row) => negativeLogLikelihood(mixture, row, z, offset)),
    TYPICAL,
  );
}
