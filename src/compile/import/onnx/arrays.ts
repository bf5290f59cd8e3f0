import { elements } from '../../op.js';
import { rowMajor } from '../../ops/common/loops.js';
import type { Constant } from './constant.js';

/** Values in row-major order with their dimensions in another order. */
export function permuted<T extends Float32Array | Float64Array>(
  data: T,
  shape: readonly number[],
  perm: readonly number[],
): T {
  const steps = rowMajor(shape);
  return walked(
    data,
    perm.map((d) => shape[d]!),
    perm.map((d) => steps[d]!),
  );
}

/** The values of a constant in another order of dimensions. */
export function transposedConstant(constant: Constant, perm: readonly number[]): Constant {
  const { data, shape, axis } = constant;
  return {
    ...constant,
    data: permuted(data, shape, perm),
    shape: perm.map((d) => shape[d]!),
    ...(axis !== undefined && { axis: perm.indexOf(axis) }),
  };
}

/** Values repeated along dimensions of size 1, or missing in front. */
export function broadcastTo(data: Float32Array | Float64Array, from: readonly number[], to: readonly number[]) {
  const own = rowMajor(from);
  const missing = to.length - from.length;
  const steps = to.map((_, d) => ((from[d - missing] ?? 1) === 1 ? 0 : own[d - missing]!));
  return walked(data, to, steps);
}

/** The elements at `first + sum(index[d] * steps[d])`, for all indices below `sizes` in row-major order. */
export function walked<T extends Float32Array | Float64Array>(
  data: T,
  sizes: readonly number[],
  steps: readonly number[],
  first = 0,
): T {
  const count = elements(sizes);
  const result = (data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count)) as T;
  const index = sizes.map(() => 0);
  let at = first;
  for (let i = 0; i < count; i++) {
    result[i] = data[at]!;
    for (let d = sizes.length - 1; d >= 0; d--) {
      at += steps[d]!;
      if (++index[d]! < sizes[d]!) break;
      at -= steps[d]! * sizes[d]!;
      index[d] = 0;
    }
  }
  return result;
}

/** The shape to which two shapes broadcast; `undefined` when they do not. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, d) => {
    const [m, n] = [a, b].map((s) => s[d - rank + s.length] ?? 1) as [number, number];
    return m === n || n === 1 ? m : m === 1 ? n : -1;
  });
  return shape.includes(-1) ? undefined : shape;
}
