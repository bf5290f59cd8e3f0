import { fail, show } from '../errors.js';

/** What is known of an impulse before training, beside its design. */
export interface SketchOptions {
  /** The classes that it will tell apart: how many from 1, or their names; default 2. */
  readonly labels?: number | readonly string[] | undefined;
}

const MOST = 10_000;

/**
 * Names of the classes to come.
 *
 * @throws `BAD_OPTION`
 */
export function sketchLabels(labels: SketchOptions['labels'] = 2): readonly string[] {
  if (Array.isArray(labels)) {
    const areNames = labels.every((label) => typeof label === 'string' && label !== '');
    return areNames && labels.length > 0 && new Set(labels).size === labels.length ? labels : refuse(labels);
  }
  const count = labels as number;
  if (!Number.isInteger(count) || count < 1 || count > MOST) return refuse(labels);
  return Array.from({ length: count }, (_, i) => `label ${i}`);
}

function refuse(labels: unknown): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'estimate.labels',
    got: show(labels),
    expected: `a whole number from 1 to ${MOST}, or different names`,
    fix: 'Give the number of classes, as in { labels: 4 }, or a list of their names.',
  });
}
