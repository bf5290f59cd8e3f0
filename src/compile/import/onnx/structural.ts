import { elements } from '../../op.js';
import type { Call } from './call.js';
import { trimmedGroups } from './pointwise.js';
import { damaged } from './problem.js';
import { type Range, rangesOf, reshapedShape, squeezedShape, unsqueezedShape } from './shapes.js';
import { everyDimension, storedOrder, transposed, type View } from './view.js';

export function reshape(call: Call): View {
  const x = call.storedView();
  return call.graph.regroup(x, reshapedShape(call, x.shape), call.name);
}

export function flatten(call: Call): View {
  const x = call.storedView();
  const axis = call.int('axis', 1);
  const d = axis === x.shape.length ? axis : call.dimension(axis, x.shape.length);
  return call.graph.regroup(x, [elements(x.shape.slice(0, d)), elements(x.shape.slice(d))], call.name);
}

export function squeeze(call: Call): View {
  const x = call.storedView();
  return call.graph.regroup(x, squeezedShape(call, x.shape), call.name);
}

export function unsqueeze(call: Call): View {
  const x = call.storedView();
  return call.graph.regroup(x, unsqueezedShape(call, x.shape), call.name);
}

/** Moves nothing: the view has its dimensions in another order. */
export function transpose(call: Call): View {
  const x = call.storedView();
  const perm = call.ints('perm') ?? everyDimension(x).reverse();
  if ([...perm].sort((a, b) => a - b).join() !== everyDimension(x).join()) {
    damaged(call.where, `an order of [${perm.join(', ')}]`, `every dimension of [${x.shape.join(', ')}] once`);
  }
  return transposed(x, perm);
}

/** Expand to the shape that the values have already. */
export function expand(call: Call): View {
  const x = call.storedView();
  const wanted = call.integers(1) ?? [];
  const shape = x.shape.slice(-wanted.length);
  const same = wanted.length <= x.shape.length && wanted.every((size, i) => size === 1 || size === shape[i]);
  if (same) return x;
  return call.refuse(
    `an expansion to [${wanted.join(', ')}]`,
    `[${x.shape.join(', ')}]`,
    'Let Add and Mul broadcast instead.',
  );
}

export function concat(call: Call): View {
  const views = call.inputs.map((_, i) => call.storedView(i));
  const [first] = views;
  if (!first) return damaged(call.where, 'no inputs', 'at least one');
  if (views.length === 1) return first;
  const axis = call.dimension(call.int('axis', -1), first.shape.length);
  const fits = views.every(
    ({ shape }) => shape.length === first.shape.length && shape.every((n, d) => d === axis || n === first.shape[d]),
  );
  if (!fits) damaged(call.where, 'inputs of other shapes', 'inputs that fit together');
  const size = views.reduce((total, { shape }) => total + shape[axis]!, 0);
  const shape = first.shape.with(axis, size);
  const groups = trimmedGroups(storedOrder(first), shape);
  const inputs = views.map((view) => call.graph.arrange(view, groups, call.name));
  const sizes = groups.map(([d]) => shape[d!]!);
  const along = groups.findIndex(([d]) => d === axis);
  if (along < 0)
    return call.refuse('parts along the batch', 'another dimension', 'Concatenate height, width or channels.');
  const tensor = call.graph.op('concat', call.name, inputs, sizes, { axis: along });
  return call.graph.result(tensor, shape, groups, call.name);
}

export function slice(call: Call): View {
  const x = call.storedView();
  return sliced(call, x, rangesOf(call, x.shape), call.name);
}

function sliced(call: Call, x: View, ranges: readonly Range[], name: string): View {
  const shape = ranges.map(({ begin, end, stride }) => Math.ceil((end - begin) / stride));
  if (shape.some((size) => !(size >= 1))) damaged(call.where, 'a slice without values', 'at least one value');
  if (ranges.every(({ begin, end, stride }, d) => begin === 0 && stride === 1 && end === x.shape[d])) return x;
  const groups = trimmedGroups(storedOrder(x), x.shape);
  const from = call.graph.arrange(x, groups, name);
  const kept = groups.map(([d]) => ranges[d!]!);
  const attribute = {
    begin: kept.map((r) => r.begin),
    end: kept.map((r) => r.end),
    strides: kept.map((r) => r.stride),
  };
  const sizes = groups.map(([d]) => shape[d!]!);
  const tensor = call.graph.op('stridedSlice', name, [from], sizes, { slice: attribute });
  return call.graph.result(tensor, shape, groups, name);
}

/** One slice per output. */
export function split(call: Call): readonly View[] {
  const x = call.storedView();
  const axis = call.dimension(call.int('axis', 0), x.shape.length);
  const size = x.shape[axis]!;
  const even = Math.ceil(size / Math.max(1, call.outputs));
  const given = call.integers(1, 'split');
  const sizes = given?.length ? given : Array.from({ length: call.outputs }, (_, i) => Math.min(even, size - i * even));
  if (sizes.length !== call.outputs || sizes.some((n) => n < 1) || sizes.reduce((a, b) => a + b, 0) !== size) {
    damaged(call.where, `parts of [${sizes.join(', ')}]`, `${call.outputs} that make up ${size}`);
  }
  let begin = 0;
  return sizes.map((part, i) => {
    const ranges = x.shape.map(
      (end, d): Range => (d === axis ? { begin, end: begin + part, stride: 1 } : { begin: 0, end, stride: 1 }),
    );
    begin += part;
    return sliced(call, x, ranges, i === 0 ? call.name : call.part(`${i}`));
  });
}

/** One position of a dimension, or positions at equal distances. */
export function gather(call: Call): View {
  const x = call.storedView();
  const indices = call.requiredConstant(1);
  const axis = call.dimension(call.int('axis', 0), x.shape.length);
  const size = x.shape[axis]!;
  const positions = Array.from(indices.data, (i) => (i < 0 ? i + size : i));
  if (positions.length === 0 || positions.some((i) => !(Number.isInteger(i) && i >= 0 && i < size))) {
    damaged(call.where, `indices [${positions.slice(0, 8).join(', ')}]`, `indices below ${size}`);
  }
  const [first] = positions as [number];
  const stride = positions.length > 1 ? positions[1]! - first : 1;
  const regular = stride !== 0 && indices.shape.length <= 1 && positions.every((at, i) => at === first + i * stride);
  if (!regular) {
    call.refuse(
      'positions in no regular order',
      'positions at equal distances',
      'Reorder the channels before training.',
    );
  }
  const last = positions.at(-1)!;
  const range = { begin: first, end: stride > 0 ? last + 1 : last - 1, stride };
  const part = sliced(
    call,
    x,
    x.shape.map((end, d): Range => (d === axis ? range : { begin: 0, end, stride: 1 })),
    call.name,
  );
  return indices.shape.length === 1 ? part : call.graph.regroup(part, part.shape.toSpliced(axis, 1), call.name);
}
