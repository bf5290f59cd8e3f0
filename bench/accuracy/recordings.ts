/** The data sets of the bench, read as a user would. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'jpeg-js';
import { type Dataset, imageSignal, parseInfoLabels, type Sample, toWindows } from '../../src/index.js';
import { readDataset } from '../../src/node/index.js';

/** Where the reference recordings are: `IMPULSEKIT_DATA`, or `shared/data` beside the repository. */
export const DATA = process.env.IMPULSEKIT_DATA ?? fileURLToPath(new URL('../../../shared/data/', import.meta.url));

export const hasRecordings = (set: string): boolean => existsSync(join(DATA, set));

export const recordings = (set: string): Promise<Dataset> => readDataset(join(DATA, set));

/** Photos, decoded; JPEG is not among the formats `readDataset` knows. */
export function photos(set: string): Pick<Dataset, 'train' | 'test'> {
  const folder = join(DATA, set);
  const entries = parseInfoLabels(readFileSync(join(folder, 'info.labels'), 'utf8'), 'info.labels');
  const part = (category: string): Sample[] =>
    entries
      .filter((entry) => entry.category === category)
      .map(({ path, label, metadata }) => {
        const { width, height, data } = decode(readFileSync(join(folder, path)), { useTArray: true });
        const signal = imageSignal({ width, height, format: 'rgba', values: data });
        return { id: path, label, ...(metadata && { metadata }), signal };
      });
  return { train: part('training'), test: part('testing') };
}

/**
 * Recordings with labels that change as windows of one label: those of which `share` or more has the label of the most
 * time steps.
 */
export function pureWindows(samples: readonly Sample[], windowMs: number, strideMs: number, share: number): Sample[] {
  return samples.flatMap((sample) => {
    const { rateHz, axes } = sample.signal;
    const steps = (ms: number): number => Math.round((rateHz * ms) / 1000);
    const length = steps(windowMs);
    const windows = toWindows(sample, { rateHz, axes, samples: length, strideSamples: steps(strideMs) });
    return windows.flatMap(({ label, start, values }): Sample[] => {
      const covered = (sample.segments ?? [])
        .filter((segment) => segment.label === label)
        .map(({ startIndex, endIndex }) => Math.min(endIndex + 1, start + length) - Math.max(startIndex, start))
        .reduce((sum, overlap) => sum + Math.max(overlap, 0), 0);
      if (covered < share * length) return [];
      const { metadata } = sample;
      return [{ id: `${sample.id}@${start}`, label, ...(metadata && { metadata }), signal: { rateHz, axes, values } }];
    });
  });
}
