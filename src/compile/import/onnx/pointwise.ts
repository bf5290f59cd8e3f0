import type { OpKind } from '../../graph.js';
import { elements } from '../../op.js';
import { broadcastShape, permuted } from './arrays.js';
import { type Call, isConstant, type Value } from './call.js';
import type { Constant } from './constant.js';
import { damaged } from './problem.js';
import { everyDimension, storedOrder, type View } from './view.js';

/** An operator on every value by itself. */
export function unary(kind: OpKind, attributes: (call: Call) => object = () => ({})): (call: Call) => View {
  return (call) => call.pointwise(kind, call.view(), attributes(call));
}

export const leakyRelu = unary('leakyRelu', (call) => ({ alpha: call.float('alpha', 0.01) }));

/** A slope that is the same for all channels. */
export function pRelu(call: Call): View {
  const { data } = call.requiredConstant(1);
  if (data.length === 0 || !data.every((slope) => slope === data[0])) {
    call.refuse('a slope per channel', 'one slope', 'Use LeakyRelu, or PReLU with one parameter.');
  }
  return call.pointwise('leakyRelu', call.view(), { alpha: data[0]! });
}

/** Bounds: 0 to 6 and 0 upwards are activations; others become them by a factor and an offset. */
export function clip(call: Call): View {
  const x = call.view();
  const bound = (i: number, name: string, otherwise: number): number =>
    call.constant(i)?.data[0] ?? (call.opset < 11 ? call.float(name, otherwise) : otherwise);
  const [low, high] = [bound(1, 'min', Number.NEGATIVE_INFINITY), bound(2, 'max', Number.POSITIVE_INFINITY)];
  const [below, above] = [low <= -3.4e38, high >= 3.4e38];
  if (below && above) return x;
  if (below) {
    // min(x, high) = high - max(high - x, 0)
    const rest = call.pointwise('relu', call.affine(x, -1, high, 'flip/'), {}, 'relu');
    return call.affine(rest, -1, high, 'back/');
  }
  if (above) return call.affine(call.pointwise('relu', call.affine(x, 1, -low, 'shift/'), {}, 'relu'), 1, low, 'back/');
  if (!(low < high)) damaged(call.where, `bounds ${low} and ${high}`, 'a minimum below the maximum');
  const factor = 6 / (high - low);
  const inside = call.pointwise('relu6', call.affine(x, factor, -low * factor, 'shift/'), {}, 'relu6');
  return call.affine(inside, 1 / factor, low, 'back/');
}

/** `max(0, min(1, alpha * x + beta))`. */
export function hardSigmoid(call: Call): View {
  const [alpha, beta] = [call.float('alpha', 0.2), call.float('beta', 0.5)];
  // With the slope of PyTorch the factor is 1.
  const factor = Math.abs(6 * alpha - 1) < 1e-6 ? 1 : 6 * alpha;
  const inside = call.pointwise('relu6', call.affine(call.view(), factor, 6 * beta, 'shift/'), {}, 'relu6');
  return call.affine(inside, 1 / 6, 0, 'back/');
}

export function negate(call: Call): View {
  return call.affine(call.view(), -1, 0, '');
}

/** Dropout, Identity and casts between real types: nothing. */
export function nothing(call: Call): Value {
  return call.required(0);
}

export function cast(call: Call): Value {
  const to = call.int('to', 1);
  if (![1, 10, 11].includes(to)) call.refuse(`a cast to type ${to}`, 'real numbers', 'Export the model as float32.');
  return call.view();
}

/** Over one dimension; before operator set 13 over all from this one on. */
export function softmax(call: Call): View {
  const x = call.view();
  const rank = x.shape.length;
  const axis = call.dimension(call.int('axis', call.opset < 13 ? 1 : -1), rank);
  const inside = (d: number): boolean => d === axis || (call.opset < 13 && d > axis);
  const order = storedOrder(x);
  const [rest, dims] = [order.filter((d) => !inside(d)), order.filter(inside)];
  const rows = elements(rest.map((d) => x.shape[d]!));
  const groups = rows === 1 ? [dims] : [[], rest, dims];
  const from = call.graph.arrange(x, groups, call.name);
  const tensor = call.graph.op('softmax', call.name, [from], call.graph.tensors[from]!.shape);
  return call.graph.result(tensor, x.shape, groups, call.name);
}

/** As scores of a classifier probabilities say the same, in the same order; elsewhere the logarithm would be missing. */
export function logSoftmax(call: Call): View {
  if (!call.last) {
    call.refuse(
      'LogSoftmax inside of the network',
      'Softmax, or LogSoftmax as its last layer',
      'End the model with it, or use Softmax.',
    );
  }
  return softmax(call);
}

/** Sum, difference or product of two inputs that broadcast; one may be constant. */
export function binary(kind: 'add' | 'sub' | 'mul'): (call: Call) => View {
  return (call) => combined(call, kind, call.required(0), call.required(1), call.name);
}

export function sum(call: Call): View {
  const values = call.inputs.map((_, i) => call.required(i));
  if (values.length === 1) return call.view();
  return values.slice(1).reduce((a, b, i) => {
    return combined(call, 'add', a, b, i === values.length - 2 ? call.name : call.part(`${i}`));
  }, values[0]!) as View;
}

/** A quotient by a constant is a product. */
export function divide(call: Call): View {
  const by = call.required(1);
  if (!isConstant(by)) {
    return call.refuse(
      'a computed divisor',
      'a constant one',
      'Multiply by the reciprocal, or normalise in the processing block.',
    );
  }
  return combined(
    call,
    'mul',
    call.required(0),
    { shape: by.shape, data: Float32Array.from(by.data, (v) => 1 / v) },
    call.name,
  );
}

/** A square is a product with itself. */
export function power(call: Call): View {
  const { data } = call.requiredConstant(1);
  if (data.length !== 1 || data[0] !== 2) call.refuse(`the power ${data[0]}`, 'the power 2', 'Use other layers.');
  return combined(call, 'mul', call.required(0), call.required(0), call.name);
}

function combined(call: Call, kind: 'add' | 'sub' | 'mul', a: Value, b: Value, name: string): View {
  const [first, second] = [a, b].map((value) => (isConstant(value) ? value : realView(call, value)));
  const shape =
    broadcastShape(a.shape, b.shape) ??
    damaged(call.where, `[${a.shape.join(', ')}] and [${b.shape.join(', ')}]`, 'shapes that broadcast');
  if (isConstant(first!)) return withConstant(call, kind, second as View, first, true, shape, name);
  if (isConstant(second!)) return withConstant(call, kind, first as View, second, false, shape, name);
  return withView(call, kind, [first as View, second as View], shape, name);
}

function realView(call: Call, view: View): View {
  if (call.graph.tensors[view.tensor]!.dtype === 'f32') return view;
  return call.refuse('stored int8 values', 'real numbers', 'Put DequantizeLinear before it.');
}

function withConstant(
  call: Call,
  kind: 'add' | 'sub' | 'mul',
  view: View,
  constant: Constant,
  constantFirst: boolean,
  shape: readonly number[],
  name: string,
): View {
  const { graph } = call;
  const x = raised(view, shape.length);
  if (x.shape.join() !== shape.join()) {
    call.refuse(
      `[${view.shape.join(', ')}] with a constant of shape [${constant.shape.join(', ')}]`,
      'a constant no larger than the computed input',
      'Repeat the computed values in a layer before it.',
    );
  }
  const values = alike(x, constant);
  const start = values.shape.findIndex((size) => size !== 1);
  const trimmed = start < 0 ? [1] : values.shape.slice(start);
  const by = graph.constant(`${name}/constant`, trimmed, values.data, stored(constant));
  const tensor = graph.op(kind, name, constantFirst ? [by, x.tensor] : [x.tensor, by], x.sizes);
  return { ...x, tensor };
}

/** Scale of a constant that the file stores as int8. */
function stored({ scales }: Constant) {
  return scales?.length === 1 ? { scales, zeroPoint: 0 } : undefined;
}

/** The values of a constant in the order in which a view of its rank stores its own. */
function alike(view: View, { shape, data }: Constant): { shape: readonly number[]; data: Float32Array } {
  const sizes = [...Array.from({ length: view.shape.length - shape.length }, () => 1), ...shape];
  const parts = everyDimension(view).flatMap((d) => view.axes[d]!.map((part) => ({ part, varies: sizes[d] !== 1 })));
  const missing = view.sizes.flatMap((_, part) =>
    parts.some((p) => p.part === part) ? [] : [{ part, varies: false }],
  );
  const all = [...parts, ...missing];
  const from = all.map(({ part, varies }) => (varies ? view.sizes[part]! : 1));
  const perm = view.sizes.map((_, part) => all.findIndex((p) => p.part === part));
  return { shape: perm.map((i) => from[i]!), data: permuted(Float32Array.from(data), from, perm) };
}

/** A view with dimensions of size 1 in front. */
function raised(view: View, rank: number): View {
  const more = rank - view.shape.length;
  if (more <= 0) return view;
  const ones = Array.from({ length: more });
  return { ...view, shape: [...ones.map(() => 1), ...view.shape], axes: [...ones.map(() => []), ...view.axes] };
}

function withView(
  call: Call,
  kind: 'add' | 'sub' | 'mul',
  given: readonly [View, View],
  shape: readonly number[],
  name: string,
): View {
  const { graph } = call;
  const [a, b] = given.map((view) => raised(view, shape.length)) as [View, View];
  const whole = [a, b].find((view) => view.shape.join() === shape.join());
  if (whole && a.sizes.join() === b.sizes.join() && JSON.stringify(a.axes) === JSON.stringify(b.axes)) {
    return { ...a, tensor: graph.op(kind, name, [a.tensor, b.tensor], a.sizes) };
  }
  const groups = whole && dimensionOfEach(whole);
  const order = groups ?? trimmedGroups(storedOrder(whole ?? a), shape);
  const inputs = [a, b].map((view) => graph.arrange(view, order, name));
  const sizes = order.map((group) => elements(group.map((d) => shape[d]!)));
  return graph.result(graph.op(kind, name, inputs, sizes), shape, order, name);
}

/** The dimension of ONNX that each stored dimension holds, when each holds one whole one. */
function dimensionOfEach({ sizes, axes }: View): readonly (readonly number[])[] | undefined {
  const holders = sizes.map((_, part) =>
    axes.flatMap((parts, d) => (parts.length === 1 && parts[0] === part ? [d] : [])),
  );
  const complete = holders.every((held, part) => held.length === 1 || (held.length === 0 && sizes[part] === 1));
  return complete ? holders : undefined;
}

/** One dimension of the graph for each of ONNX, but for those of size 1 in front. */
export function trimmedGroups(order: readonly number[], shape: readonly number[]): readonly (readonly number[])[] {
  let groups = order.map((d) => [d]);
  while (groups.length > 1 && groups.length !== 3 && shape[groups[0]![0]!] === 1) groups = groups.slice(1);
  if (groups.length > 3) groups = groups.filter(([d]) => shape[d!] !== 1);
  return groups;
}
