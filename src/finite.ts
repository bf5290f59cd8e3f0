import { fail } from './errors.js';

/**
 * The values themselves, when all are finite float32 numbers.
 *
 * @throws `BAD_DATA`, naming the first that is not
 */
export function finiteValues(where: string, values: Float32Array): Float32Array {
  let at = 0;
  while (at < values.length && Number.isFinite(values[at])) at++;
  if (at === values.length) return values;
  return fail({
    code: 'BAD_DATA',
    where: `${where}, value ${at}`,
    got: String(values[at]),
    expected: 'finite float32 numbers',
    fix: 'Replace lost or damaged samples.',
  });
}
