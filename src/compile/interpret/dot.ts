/**
 * Innermost loops of the interpreter's kernels, in double, which holds the sums of int8 products exactly. Functions of
 * their own, because engines then keep arrays and bounds in registers, which they do not for variables of an enclosing
 * function; several sums at once, because one sum alone waits for its last addition; `| 0` after every addition of
 * indices, because engines then leave out the checks for overflow.
 */

/**
 * Eight inner products: of the values from `a` and from `b` in `x`, which lie in runs of `length` at the distances
 * `runs`, with four columns of weights, interleaved from `at` in `w`. They start at `start[from...]` and go to `sums`:
 * those of `a` to `from...`, those of `b` to `other...`.
 */
export function tile(
  x: Float64Array,
  a: number,
  b: number,
  runs: Int32Array,
  length: number,
  w: Float64Array,
  at: number,
  start: Float64Array,
  sums: Float64Array,
  from: number,
  other: number,
): void {
  let a0 = start[from]!;
  let a1 = start[from + 1]!;
  let a2 = start[from + 2]!;
  let a3 = start[from + 3]!;
  let b0 = a0;
  let b1 = a1;
  let b2 = a2;
  let b3 = a3;
  let k = at | 0;
  for (let run = 0; run < runs.length; run++) {
    let i = (a + runs[run]!) | 0;
    let j = (b + runs[run]!) | 0;
    for (const end = (i + length) | 0; i < end; i = (i + 1) | 0, j = (j + 1) | 0, k = (k + 4) | 0) {
      const p = x[i]!;
      const q = x[j]!;
      const w0 = w[k]!;
      a0 += p * w0;
      b0 += q * w0;
      const w1 = w[(k + 1) | 0]!;
      a1 += p * w1;
      b1 += q * w1;
      const w2 = w[(k + 2) | 0]!;
      a2 += p * w2;
      b2 += q * w2;
      const w3 = w[(k + 3) | 0]!;
      a3 += p * w3;
      b3 += q * w3;
    }
  }
  sums[from] = a0;
  sums[from + 1] = a1;
  sums[from + 2] = a2;
  sums[from + 3] = a3;
  sums[other] = b0;
  sums[other + 1] = b1;
  sums[other + 2] = b2;
  sums[other + 3] = b3;
}

/** The four inner products of `tile` that belong to `a`. */
export function strip(
  x: Float64Array,
  a: number,
  runs: Int32Array,
  length: number,
  w: Float64Array,
  at: number,
  start: Float64Array,
  sums: Float64Array,
  from: number,
): void {
  let a0 = start[from]!;
  let a1 = start[from + 1]!;
  let a2 = start[from + 2]!;
  let a3 = start[from + 3]!;
  let k = at | 0;
  for (let run = 0; run < runs.length; run++) {
    let i = (a + runs[run]!) | 0;
    for (const end = (i + length) | 0; i < end; i = (i + 1) | 0, k = (k + 4) | 0) {
      const p = x[i]!;
      a0 += p * w[k]!;
      a1 += p * w[(k + 1) | 0]!;
      a2 += p * w[(k + 2) | 0]!;
      a3 += p * w[(k + 3) | 0]!;
    }
  }
  sums[from] = a0;
  sums[from + 1] = a1;
  sums[from + 2] = a2;
  sums[from + 3] = a3;
}

/** Adds to each of `count` sums three products, `step` apart in `x` and `count` apart in `w`. */
export function addTaps(
  x: Float64Array,
  a: number,
  step: number,
  w: Float64Array,
  b: number,
  count: number,
  start: Float64Array,
  sums: Float64Array,
): void {
  let i = a | 0;
  let k = b | 0;
  const twice = (2 * step) | 0;
  const next = (2 * count) | 0;
  for (let c = 0; c < count; c = (c + 1) | 0, i = (i + 1) | 0, k = (k + 1) | 0) {
    const first = start[c]! + x[i]! * w[k]!;
    const second = first + x[(i + step) | 0]! * w[(k + count) | 0]!;
    sums[c] = second + x[(i + twice) | 0]! * w[(k + next) | 0]!;
  }
}
