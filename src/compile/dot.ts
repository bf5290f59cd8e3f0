/**
 * Inner products of the kernels. Functions of their own, because engines then keep arrays and bounds in registers,
 * which they do not for variables of an enclosing function.
 */

/** `sum` plus the products of `length` neighbours from `a` in `x` and from `b` in `w`, in double. */
export function dotF32(x: Float32Array, a: number, w: Float32Array, b: number, length: number, sum: number): number {
  let total = sum;
  for (let i = a, j = b, end = a + length; i < end; i++, j++) total += x[i]! * w[j]!;
  return total;
}

/** The same in int32, with `offset` added to every value of `x`. */
export function dotInt8(
  x: Int8Array,
  a: number,
  w: Int8Array,
  b: number,
  length: number,
  offset: number,
  sum: number,
): number {
  let total = sum;
  for (let i = a, j = b, end = a + length; i < end; i++, j++) total = (total + Math.imul(x[i]! + offset, w[j]!)) | 0;
  return total;
}

/** `sum` plus `count` products, `stepX` apart in `x` and `stepW` apart in `w`. */
export function stridedF32(
  x: Float32Array,
  a: number,
  stepX: number,
  w: Float32Array,
  b: number,
  stepW: number,
  count: number,
  sum: number,
): number {
  let total = sum;
  for (let k = 0, i = a, j = b; k < count; k++, i += stepX, j += stepW) total += x[i]! * w[j]!;
  return total;
}

/** The same in int32, with `offset` added to every value of `x`. */
export function stridedInt8(
  x: Int8Array,
  a: number,
  stepX: number,
  w: Int8Array,
  b: number,
  stepW: number,
  count: number,
  offset: number,
  sum: number,
): number {
  let total = sum;
  for (let k = 0, i = a, j = b; k < count; k++, i += stepX, j += stepW) {
    total = (total + Math.imul(x[i]! + offset, w[j]!)) | 0;
  }
  return total;
}
