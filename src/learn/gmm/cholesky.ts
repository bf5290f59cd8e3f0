/** Number of elements of a lower triangle, its rows one after the other. */
export const triangle = (size: number): number => (size * (size + 1)) / 2;

/** Least pivot: matrices that come here have a larger diagonal, but for rounding. */
const LEAST = 1e-12;

/** Replaces the lower triangle of a positive definite matrix by its Cholesky factor L. */
export function factorise(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = triangle(i);
    for (let j = 0; j <= i; j++) {
      const other = triangle(j);
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[other + k]!;
      a[row + j] = i === j ? Math.sqrt(Math.max(sum, LEAST)) : sum / a[other + j]!;
    }
  }
}

/** Replaces a lower triangular matrix by its inverse, row by row: each is what the rows above it leave. */
export function invert(l: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = l.subarray(triangle(i), triangle(i + 1));
    const given = row.slice();
    const pivot = 1 / given[i]!;
    row.fill(0);
    for (let k = 0; k < i; k++) {
      const factor = given[k]! * pivot;
      const above = triangle(k);
      for (let j = 0; j <= k; j++) row[j]! -= factor * l[above + j]!;
    }
    row[i] = pivot;
  }
}
