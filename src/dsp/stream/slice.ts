import { fail } from '../../errors.js';

/**
 * A slice as float32, when it can be used: `size` finite numbers.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_DATA`
 */
export function checkedSlice(slice: ArrayLike<number>, size: number): Float32Array {
  if (slice.length !== size) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where: 'continuous.push',
      got: `${slice.length} values`,
      expected: `${size}: one stride, all axes`,
      fix: 'Push slices of sliceSize values.',
    });
  }
  const values = Float32Array.from(slice);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return values;
  return fail({
    code: 'BAD_DATA',
    where: `continuous.push, value ${at}`,
    got: String(slice[at]),
    expected: 'finite numbers',
    fix: 'Replace lost samples, or reset the stream.',
  });
}
