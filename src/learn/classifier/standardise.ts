import type { CppStage } from '../../cpp.js';
import { templateStage } from '../../cpp.js';
import type { FeatureScale } from '../feature-scale.js';
import header from './standardise.h.js';

/**
 * Deviations at which features are cut off: a stray feature then neither rules the network nor stretches its int8
 * range.
 */
const LIMIT = 3;

/** Standardised copy of one row; twin of `Standardise::run`. */
export function standardised({ mean, inverseScale }: FeatureScale, row: Float32Array): Float32Array {
  return row.map((v, i) => Math.min(Math.max(Math.fround(v - mean[i]!) * inverseScale[i]!, -LIMIT), LIMIT));
}

/** What standardising one feature takes. */
export const FLOPS_PER_FEATURE = 4;

/** A network's stage with standardised features in front of it. */
export function standardisedStage(scale: FeatureScale, network: CppStage): CppStage {
  const features = scale.mean.length;
  const between = Math.ceil(features / 4) * 16;
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
    scratchBytes: between + network.scratchBytes,
    constBytes: first.constBytes + network.constBytes,
    codeBytes: { ...network.codeBytes, ...CODE_BYTES },
    emit: (name) => {
      const parts = [first.emit(`${name}Scale`), network.emit(`${name}Network`)];
      const whole = `typedef impulsekit::learn::Sequence<${name}Scale, ${name}Network, ${between}> ${name};`;
      return {
        declaration: [...parts.map((p) => p.declaration), whole].join('\n'),
        definition: parts.map((p) => p.definition).join('\n'),
      };
    },
  };
}

/** Machine code of `Standardise::run` and `Sequence::run`, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { standardise: 108 };
