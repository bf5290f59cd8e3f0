import type { Options } from '../../params.js';
import { type Spec, signalOf } from '../../spec.js';
import { audioFrames, lowestHz } from '../autotune/tuning.js';
import type { params } from './params.js';

const NORMALIZATION_S = 3;

/** Usual settings for speech at this rate; no data is looked at. */
export function tuneMfcc(input: Spec<'signal'>): Options<typeof params> {
  const { samples, rateHz } = signalOf(input);
  const frames = audioFrames(rateHz, samples, 20);
  // A power of two, for the cosine transform.
  const filters = Math.min(32, frames.fftLength / 4);
  const perSide = Math.trunc((NORMALIZATION_S * 1000) / frames.frameStrideMs / 2);
  return {
    ...frames,
    filters,
    lowHz: lowestHz(rateHz),
    highHz: 0,
    coefficients: Math.min(13, filters),
    normalizationFrames: 2 * perSide + 1,
  };
}
