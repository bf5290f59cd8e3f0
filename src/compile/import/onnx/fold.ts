import { elements } from '../../op.js';
import { rowMajor } from '../../ops/common/loops.js';
import { broadcastShape, broadcastTo, transposedConstant, walked } from './arrays.js';
import { type Call, isConstant } from './call.js';
import { type Constant, checkShape } from './constant.js';
import { damaged } from './problem.js';
import { rangesOf, reshapedShape, squeezedShape, unsqueezedShape } from './shapes.js';

/** Computes an operator over constants, as exporters write shapes down. */
export type Fold = (call: Call) => Constant;

/** Shapes of values, whether these are known or not. */
export const shapeOf: Fold = (call) => {
  const { shape } = call.required(0);
  const [start, end] = [call.int('start', 0), call.int('end', shape.length)];
  const data = Float64Array.from(shape.slice(start, end));
  return { shape: [data.length], data };
};

export const constant: Fold = (call) => {
  const tensor = call.tensor('value');
  if (tensor) return tensor;
  const [ints, floats] = [call.ints('value_ints') ?? [], call.floats('value_floats') ?? []];
  if (ints.length > 0) return { shape: [ints.length], data: Float64Array.from(ints) };
  if (floats.length > 0) return { shape: [floats.length], data: Float32Array.from(floats) };
  const [int, float] = [call.int('value_int', Number.NaN), call.float('value_float', Number.NaN)];
  if (!Number.isNaN(int)) return { shape: [], data: Float64Array.of(int) };
  if (!Number.isNaN(float)) return { shape: [], data: Float32Array.of(float) };
  return call.refuse('a constant that is not numbers', 'numbers', 'Export the model without text and sparse tensors.');
};

export const constantOfShape: Fold = (call) => {
  const shape = checkShape(call.where, call.integers(0) ?? []);
  const { data = Float32Array.of(0) } = call.tensor('value') ?? {};
  const type = data instanceof Float32Array ? Float32Array : Float64Array;
  return { shape, data: new type(elements(shape)).fill(data[0] ?? 0) };
};

export const same: Fold = (call) => call.requiredConstant(0);

/** To whole numbers or to real ones. */
export const cast: Fold = (call) => {
  const given = call.requiredConstant(0);
  const real = [1, 10, 11].includes(call.int('to', 1));
  const data = real ? Float32Array.from(given.data) : Float64Array.from(given.data, Math.trunc);
  return { shape: given.shape, data };
};

export const reshape: Fold = (call) => {
  const given = call.requiredConstant(0);
  return withShape(given, reshapedShape(call, given.shape));
};
export const flatten: Fold = (call) => {
  const given = call.requiredConstant(0);
  const axis = call.int('axis', 1);
  const d = axis < 0 ? axis + given.shape.length : axis;
  return withShape(given, [elements(given.shape.slice(0, d)), elements(given.shape.slice(d))]);
};
export const squeeze: Fold = (call) => {
  const given = call.requiredConstant(0);
  return withShape(given, squeezedShape(call, given.shape));
};
export const unsqueeze: Fold = (call) => {
  const given = call.requiredConstant(0);
  return withShape(given, unsqueezedShape(call, given.shape));
};

function withShape({ data }: Constant, shape: readonly number[]): Constant {
  return { data, shape };
}

export const transpose: Fold = (call) => {
  const given = call.requiredConstant(0);
  const perm = call.ints('perm') ?? given.shape.map((_, d) => d).reverse();
  const good = [...perm].sort((a, b) => a - b).join() === given.shape.map((_, d) => d).join();
  if (!good) damaged(call.where, `an order of [${perm.join(', ')}]`, 'every dimension once');
  return transposedConstant(given, perm);
};

export const expand: Fold = (call) => {
  const given = call.requiredConstant(0);
  const wanted = checkShape(call.where, call.integers(1) ?? []);
  const shape =
    broadcastShape(given.shape, wanted) ?? damaged(call.where, 'a shape that does not broadcast', 'one that does');
  return { shape: checkShape(call.where, shape), data: broadcastTo(given.data, given.shape, shape) };
};

export const gather: Fold = (call) => {
  const { shape, data } = call.requiredConstant(0);
  const indices = call.requiredConstant(1);
  const axis = call.dimension(call.int('axis', 0), shape.length);
  const size = shape[axis]!;
  const inner = elements(shape.slice(axis + 1));
  const result = checkShape(call.where, [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]);
  const values = data instanceof Float32Array ? new Float32Array(elements(result)) : new Float64Array(elements(result));
  let at = 0;
  for (let outer = 0; outer < elements(shape.slice(0, axis)); outer++) {
    for (const given of indices.data) {
      const index = given < 0 ? given + size : given;
      if (!(Number.isInteger(index) && index >= 0 && index < size))
        damaged(call.where, `index ${given}`, `one of ${size}`);
      const from = (outer * size + index) * inner;
      values.set(data.subarray(from, from + inner), at);
      at += inner;
    }
  }
  return { shape: result, data: values };
};

export const concat: Fold = (call) => {
  const parts = call.inputs.map((_, i) => call.requiredConstant(i));
  const [first] = parts;
  if (!first) return damaged(call.where, 'no inputs', 'at least one');
  const axis = call.dimension(call.int('axis', 0), first.shape.length);
  const fits = parts.every(
    ({ shape }) => shape.length === first.shape.length && shape.every((n, d) => d === axis || n === first.shape[d]),
  );
  if (!fits) damaged(call.where, 'parts of other shapes', 'parts that fit together');
  const shape = checkShape(
    call.where,
    first.shape.with(
      axis,
      parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
    ),
  );
  const real = parts.every(({ data }) => data instanceof Float32Array);
  const values = real ? new Float32Array(elements(shape)) : new Float64Array(elements(shape));
  const runs = parts.map((part) => elements(part.shape.slice(axis)));
  let at = 0;
  for (let outer = 0; outer < elements(first.shape.slice(0, axis)); outer++) {
    parts.forEach(({ data }, i) => {
      values.set(data.subarray(outer * runs[i]!, (outer + 1) * runs[i]!), at);
      at += runs[i]!;
    });
  }
  return { shape, data: values };
};

export const slice: Fold = (call) => {
  const { shape, data } = call.requiredConstant(0);
  const ranges = rangesOf(call, shape);
  const own = rowMajor(shape);
  const sizes = ranges.map(({ begin, end, stride }) => Math.max(0, Math.ceil((end - begin) / stride)));
  const first = ranges.reduce((sum, { begin }, d) => sum + begin * own[d]!, 0);
  return {
    shape: sizes,
    data: walked(
      data,
      sizes,
      ranges.map(({ stride }, d) => stride * own[d]!),
      first,
    ),
  };
};

/** A function of one value. */
export function each(f: (x: number) => number): Fold {
  return (call) => {
    const { shape, data } = call.requiredConstant(0);
    return { shape, data: data.map(f) };
  };
}

/** A function of two values that broadcast. */
export function pairs(f: (a: number, b: number, real: boolean) => number): Fold {
  return (call) => {
    const parts = call.inputs.map((_, i) => call.requiredConstant(i));
    return parts.slice(1).reduce(
      (a, b): Constant => {
        const shape =
          broadcastShape(a.shape, b.shape) ?? damaged(call.where, 'shapes that do not broadcast', 'shapes that do');
        checkShape(call.where, shape);
        const [p, q] = [a, b].map((part) => broadcastTo(part.data, part.shape, shape)) as [Float32Array, Float32Array];
        const real = a.data instanceof Float32Array && b.data instanceof Float32Array;
        const values = Array.from(p, (x, i) => f(x, q[i]!, real));
        const data = real ? Float32Array.from(values) : Float64Array.from(values);
        return { shape, data };
      },
      parts[0] ?? damaged(call.where, 'no inputs', 'at least one'),
    );
  };
}

/** Whole numbers divide without a rest, as in C. */
export const quotient = (a: number, b: number, real: boolean): number => (real ? a / b : Math.trunc(a / b));

/** Whether an operator has nothing but constants. */
export function overConstants({ inputs }: Call): boolean {
  return inputs.every((value) => value === undefined || isConstant(value));
}
