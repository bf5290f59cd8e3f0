import type { TuningData } from '../../block.js';
import type { Options } from '../../params.js';
import { type Spec, signalOf } from '../../spec.js';
import { audioFrames, classesOf, decibels, lowestHz, powerFrames, quantile } from '../autotune/tuning.js';
import { melBins, melEnergies } from '../primitives/mel/mel.js';
import type { params } from './params.js';

const EMPHASIS = 0.98;
const FULL_SCALE = 32_768;
const HIGHEST_FLOOR_DB = -52;
const LOWEST_FLOOR_DB = -200;

/** Frames and filters by the rate; the noise floor below the median level of every recording. */
export function tuneMfe(input: Spec<'signal'>, data: TuningData): Options<typeof params> {
  const { samples, rateHz } = signalOf(input);
  const frames = audioFrames(rateHz, samples, 10);
  const { fftLength } = frames;
  const lowHz = lowestHz(rateHz);
  const filters = filtersFor(rateHz, fftLength, lowHz);
  const bins = melBins('mfe', rateHz, { filters, fftLength, lowHz, highHz: 0 });
  const perMs = rateHz / 1000;
  const frame = {
    size: fftLength,
    samples: Math.max(1, Math.trunc(frames.frameLengthMs * perMs)),
    stride: Math.max(1, Math.round(frames.frameStrideMs * perMs)),
  };
  const floors = [...classesOf(data).values()].flat().map((window) => medianDb(window, frame, bins));
  const noiseFloorDb = Math.max(LOWEST_FLOOR_DB, Math.floor(Math.min(HIGHEST_FLOOR_DB, ...floors)));
  return { ...frames, filters, lowHz, highHz: 0, noiseFloorDb };
}

/** 40 filters at 256 points and one more for each doubling; fewer where a filter would cover no bin. */
export function filtersFor(rateHz: number, fftLength: number, lowHz: number): number {
  let filters = Math.min(Math.trunc(40 + Math.log2(fftLength / 256)), fftLength / 4);
  while (filters > 2 && !coversBins(rateHz, { filters, fftLength, lowHz, highHz: 0 })) filters--;
  return filters;
}

function coversBins(rateHz: number, band: Parameters<typeof melBins>[2]): boolean {
  try {
    melBins('mfe', rateHz, band);
    return true;
  } catch {
    return false;
  }
}

/** Median of all mel energies of a window in dB; bands of digital silence, such as padding, say nothing of noise. */
function medianDb(window: Float32Array, frame: Parameters<typeof powerFrames>[1], bins: Uint16Array): number {
  const x = window.map((value, i) => (value - EMPHASIS * window.at(i - 1)!) / FULL_SCALE);
  const filters = bins.length - 2;
  const rows = powerFrames(x, frame).map((power) => {
    const energies = new Float32Array(filters);
    melEnergies(power, bins, energies, 0);
    return energies;
  });
  const levels = rows.flatMap((row) => [...row].filter((energy) => energy > 0).map(decibels));
  return levels.length === 0 ? HIGHEST_FLOOR_DB : quantile(Float64Array.from(levels), 0.5);
}
