import { fail, show } from '../errors.js';
import type { Sample } from './sample.js';

/**
 * Which samples belong together: a key of their metadata, such as `speaker` or `subject`, or a function. A sample without
 * the key or with an empty value, or for which the function gives nothing, belongs to no group.
 */
export type GroupBy = string | ((sample: Sample) => string | undefined);

/**
 * The group of every sample, in their order; undefined where it has none.
 *
 * @throws `BAD_OPTION` when no sample has one; the message lists the metadata keys there are
 */
export function groupsOf(samples: readonly Sample[], by: GroupBy, where: string): (string | undefined)[] {
  const groups = samples.map((sample) => {
    if (typeof by === 'function') return by(sample);
    const { metadata } = sample;
    const group = metadata && Object.hasOwn(metadata, by) ? metadata[by] : undefined;
    return group === '' ? undefined : group;
  });
  if (samples.length === 0 || groups.some((group) => group !== undefined)) return groups;
  const keys = [...new Set(samples.flatMap((sample) => Object.keys(sample.metadata ?? {})))].sort();
  return fail({
    code: 'BAD_OPTION',
    where: `${where}.group`,
    got: typeof by === 'function' ? 'a function that gives no sample a group' : `${show(by)}, which no sample has`,
    expected: keys.length > 0 ? `one of ${keys.map(show).join(', ')}, or a function` : 'a function of the sample',
    fix: 'Name a metadata key of the samples, or pass a function such as (sample) => sample.id.slice(0, 3).',
  });
}
