import { fail } from '../errors.js';
import { md5 } from './md5.js';
import type { Dataset, Sample } from './sample.js';

/**
 * Which part a file belongs to, by its content alone: 80 % training and 20 % testing on average, the same on every
 * machine and in any order.
 *
 * Source: Edge Impulse's uploader. The first hexadecimal digit of the MD5 that is not `f` decides: 0..b is training,
 * c..e is testing.
 */
export function splitCategory(bytes: Uint8Array): 'training' | 'testing' {
  const digit = /[^f]/.exec(md5(bytes))?.[0];
  if (digit !== undefined) return digit <= 'b' ? 'training' : 'testing';
  return fail({
    code: 'BAD_DATA',
    where: 'splitCategory',
    got: 'content whose MD5 is all f',
    expected: 'another digit',
    fix: 'Put this file into training or testing by hand.',
  });
}

export interface SplitOptions {
  /** Metadata key whose samples stay on one side together, such as a speaker; samples without it stand alone. */
  readonly keepTogether?: string;
}

/**
 * Splits samples 80/20 by the hash of their ids, or of a metadata value that must not stand on both sides.
 *
 * @example
 * ```ts
 * const { train, test } = splitDataset(samples, { keepTogether: 'speaker' });
 * ```
 */
export function splitDataset(samples: readonly Sample[], options: SplitOptions = {}): Dataset {
  const { keepTogether } = options;
  const encoder = new TextEncoder();
  const isTest = (sample: Sample) => {
    const group = keepTogether === undefined ? undefined : sample.metadata?.[keepTogether];
    return splitCategory(encoder.encode(group ?? sample.id)) === 'testing';
  };
  return { train: samples.filter((sample) => !isTest(sample)), test: samples.filter(isTest) };
}
