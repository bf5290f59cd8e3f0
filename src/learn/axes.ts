import { fail, show } from '../errors.js';
import { type Param, value } from '../params.js';
import { type Spec, sizeOf } from '../spec.js';

/** Which features a learner looks at. */
export type Axes = 'all' | readonly number[];

/** The parameter of learners that look at some features only. */
export const axesParam: Param<Axes> = value<Axes>('all', "Indices of the features that count, or 'all'.", {
  check: (given) => {
    const good =
      given === 'all' ||
      (Array.isArray(given) &&
        given.length > 0 &&
        new Set(given).size === given.length &&
        given.every((axis) => Number.isInteger(axis) && axis >= 0));
    return good ? undefined : `'all' or a list of different whole numbers, not ${show(given)}`;
  },
});

/**
 * Indices of the chosen features.
 *
 * @throws `SHAPE_MISMATCH`
 */
export function axesOf(where: string, given: Axes, input: Spec): Uint16Array {
  const size = sizeOf(input);
  const axes = given === 'all' ? [...Array(size).keys()] : given;
  const outside = axes.find((axis) => axis >= size);
  if (outside !== undefined || size > 65_535) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: `${where}.axes`,
      got: outside === undefined ? `${size} features` : `axis ${outside} of ${size} features`,
      expected: outside === undefined ? 'at most 65535 features' : `axes from 0 to ${size - 1}`,
      fix: 'Correct the axes or the processing block.',
    });
  }
  return Uint16Array.from(axes);
}
