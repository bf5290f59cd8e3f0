import type { CppStage } from '../../cpp.js';
import { templateStage } from '../../cpp.js';
import type { FeatureScale } from './feature-scale.js';
import header from './standardise.h.js';

/**
 * Deviations at which features are cut off: a stray feature then neither rules the network nor stretches its int8
 * range.
 */
export const LIMIT = 3;

/** Standardised copy of one row; twin of `Standardise::run`. */
export function standardised({ mean, inverseScale }: FeatureScale, row: Float32Array): Float32Array {
  return row.map((v, i) => Math.min(Math.max(Math.fround(v - mean[i]!) * inverseScale[i]!, -LIMIT), LIMIT));
}

/** What standardising one feature takes. */
export const FLOPS_PER_FEATURE = 4;

/** A network's stage with standardised features in front of it. */
export function standardisedStage(scale: FeatureScale, network: CppStage): CppStage {
  const features = scale.mean.length;
  const rounded = (bytes: number): number => Math.ceil(bytes / 16) * 16;
  // The standardised features lie in the network's own memory if it lets them, else in front of it.
  const between = network.inputOffset ?? 0;
  const behind = network.inputOffset === undefined ? rounded(4 * features) : 0;
  const first = templateStage({
    header,
    type: 'impulsekit::learn::Standardise',
    traits: {
      ints: { kFeatures: features },
      floats: { kLimit: LIMIT },
      tables: { kMean: scale.mean, kInverseScale: scale.inverseScale },
    },
    scratchBytes: 0,
    codeBytes: CODE_BYTES,
  });
  return {
    headers: [header, ...network.headers],
    scratchBytes: Math.max(behind + network.scratchBytes, rounded(between + 4 * features)),
    inputOffset: between,
    constBytes: first.constBytes + network.constBytes,
    codeBytes: { ...network.codeBytes, ...CODE_BYTES },
    emit: (name, optimize, observed) => {
      const parts = [first.emit(`${name}Scale`), network.emit(`${name}Network`, optimize, observed)];
      const whole = `typedef impulsekit::learn::Sequence<${name}Scale, ${name}Network, ${between}, ${behind}> ${name};`;
      return {
        declaration: [...parts.map((p) => p.declaration), whole].join('\n'),
        definition: parts.map((p) => p.definition).join('\n'),
      };
    },
  };
}

/** Machine code of `Standardise::run` and `Sequence::run`, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { standardise: 108 };
