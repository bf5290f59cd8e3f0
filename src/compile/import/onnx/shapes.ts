import { elements } from '../../op.js';
import type { Call } from './call.js';
import { checkShape } from './constant.js';
import { damaged } from './problem.js';

/** Shape of the result of Reshape: 0 keeps a size, one -1 stands for what is left. */
export function reshapedShape(call: Call, from: readonly number[]): readonly number[] {
  const given = call.integers(1, 'shape') ?? [];
  const keeps = call.int('allowzero', 0) === 0;
  const shape = given.map((size, d) => (size === 0 && keeps ? (from[d] ?? 0) : size));
  const known = elements(shape.filter((size) => size !== -1));
  const result = shape.map((size) => (size === -1 ? elements(from) / known : size));
  const whole = result.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!whole || elements(result) !== elements(from) || shape.indexOf(-1) !== shape.lastIndexOf(-1)) {
    return call.refuse(
      `[${given.join(', ')}] from [${from.join(', ')}]`,
      'as many values as before',
      'Export the model with a batch of 1.',
    );
  }
  return checkShape(call.where, result);
}

export function squeezedShape(call: Call, from: readonly number[]): readonly number[] {
  const axes = call.integers(1, 'axes')?.map((axis) => call.dimension(axis, from.length));
  if (!axes?.length) return from.filter((size) => size !== 1);
  const wrong = axes.find((d) => from[d] !== 1);
  if (wrong !== undefined) damaged(call.where, `dimension ${wrong} of size ${from[wrong]}`, 'size 1');
  return from.filter((_, d) => !axes.includes(d));
}

export function unsqueezedShape(call: Call, from: readonly number[]): readonly number[] {
  const given = call.integers(1, 'axes') ?? [];
  const rank = from.length + given.length;
  const axes = given.map((axis) => call.dimension(axis, rank));
  if (new Set(axes).size !== axes.length) damaged(call.where, 'a dimension twice', 'different dimensions');
  const left = [...from];
  return checkShape(
    call.where,
    Array.from({ length: rank }, (_, d) => (axes.includes(d) ? 1 : left.shift()!)),
  );
}

/** What a slice takes of one dimension: from `begin` to before `end`; -1 is the end before the first value. */
export interface Range {
  readonly begin: number;
  readonly end: number;
  readonly stride: number;
}

/** The ranges of Slice, one per dimension. */
export function rangesOf(call: Call, shape: readonly number[]): readonly Range[] {
  const starts = call.integers(1, 'starts') ?? [];
  const ends = call.integers(2, 'ends') ?? [];
  const axes = call.integers(3, 'axes');
  const steps = call.integers(4) ?? [];
  const ranges: Range[] = shape.map((size) => ({ begin: 0, end: size, stride: 1 }));
  if (ends.length !== starts.length) damaged(call.where, `${ends.length} ends`, `${starts.length}`);
  starts.forEach((start, i) => {
    const d = call.dimension(axes && axes.length > 0 ? (axes[i] ?? -99) : i, shape.length);
    const size = shape[d]!;
    const stride = steps[i] ?? 1;
    if (stride === 0) damaged(call.where, 'a step of 0', 'another step');
    const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
    const position = (at: number): number => Math.min(high, Math.max(low, at < 0 ? at + size : at));
    ranges[d] = { begin: position(start), end: position(ends[i]!), stride };
  });
  return ranges;
}
