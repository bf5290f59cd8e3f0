import { choice } from '../../../params.js';

/** The parameter of every block that can also be computed in integers. */
export const ARITHMETIC = choice(
  ['float', 'fixed'],
  'float',
  'Numbers it computes in; `fixed`: integers, for processors without floating point.',
);
