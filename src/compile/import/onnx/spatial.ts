import type { Attributes, OpKind } from '../../graph.js';
import { elements } from '../../op.js';
import type { Call } from './call.js';
import { damaged } from './problem.js';
import { everyDimension, storedOrder, type View } from './view.js';
import { channelsLast, fitsWindow, padded, pair, type SlidingWindow, slidingWindow, spatialShape } from './window.js';

export function pool(kind: 'maxPool2d' | 'averagePool2d'): (call: Call) => View {
  return (call) => {
    const x = kind === 'maxPool2d' ? call.storedView() : call.view();
    const groups = channelsLast(call, x);
    const shape = call.ints('kernel_shape');
    const kernel = pair(call, shape, x.shape.length, 1, 1);
    if (!shape) damaged(call.where, 'no kernel_shape', 'the size of the window');
    if (call.outputs > 1)
      call.refuse('indices of the largest values', 'the values alone', 'Call the layer without return_indices.');
    const window = slidingWindow(call, x, kernel);
    const from = call.graph.arrange(x, groups, call.name);
    const [source, attributes] = surrounded(call, kind, window, kernel, from);
    const tensor = call.graph.op(kind, call.name, [source], [...window.size, x.shape[1]!], {
      ...attributes,
      pool: kernel,
    });
    return call.graph.result(tensor, spatialShape(x, window.size, x.shape[1]!), groups, call.name);
  };
}

/** Padding of a pooling operator: it never counts here, so that where it does, zeros go before the operator. */
function surrounded(
  call: Call,
  kind: OpKind,
  window: SlidingWindow,
  kernel: readonly [number, number],
  from: number,
): [number, Attributes] {
  const { attributes, pads } = window;
  if (attributes.padding === 'valid') return [from, attributes];
  if (kind === 'averagePool2d' && call.int('count_include_pad', 0) !== 0) {
    if (call.int('ceil_mode', 0) !== 0) {
      call.refuse(
        'ceil_mode with padding that counts',
        'one of the two',
        'Set ceil_mode=False or count_include_pad=False.',
      );
    }
    return [padded(call, from, pads), { ...attributes, padding: 'valid' }];
  }
  const whole = attributes.dilations!.every((d) => d === 1) && fitsWindow(window, kernel);
  if (!whole) call.refuse('padding as wide as its window', 'less, and no dilation', 'Pad in a layer before it.');
  return [from, attributes];
}

export function globalAverage(call: Call): View {
  const x = call.view();
  return reduced(call, 'mean', x, everyDimension(x).slice(2), true);
}

export function globalMax(call: Call): View {
  const x = call.view();
  return reduced(call, 'maxPool2d', x, everyDimension(x).slice(2), true);
}

/** Mean or largest value over any dimensions. */
export function reduce(kind: 'mean' | 'maxPool2d'): (call: Call) => View {
  return (call) => {
    const x = call.view();
    const given = call.integers(1, 'axes') ?? [];
    if (given.length === 0 && call.int('noop_with_empty_axes', 0) !== 0) return x;
    const axes = given.length === 0 ? everyDimension(x) : given.map((axis) => call.dimension(axis, x.shape.length));
    return reduced(call, kind, x, axes, call.int('keepdims', 1) !== 0);
  };
}

function reduced(call: Call, kind: 'mean' | 'maxPool2d', x: View, axes: readonly number[], keep: boolean): View {
  const { graph, name } = call;
  const order = storedOrder(x);
  const [over, left] = [order.filter((d) => axes.includes(d)), order.filter((d) => !axes.includes(d))];
  const channels = elements(left.map((d) => x.shape[d]!));
  const rows = over.length === 2 ? over.map((d) => [d]) : [[], over];
  const from = graph.arrange(x, [...rows, left], name);
  const pool = graph.tensors[from]!.shape.slice(0, 2) as [number, number];
  const attributes: Attributes = { padding: 'valid', strides: [1, 1], pool };
  const tensor =
    kind === 'mean'
      ? graph.op(kind, name, [from], [channels])
      : graph.op(kind, name, [from], [1, 1, channels], attributes);
  const kept = graph.result(
    tensor,
    x.shape.map((size, d) => (axes.includes(d) ? 1 : size)),
    [left],
    name,
  );
  if (keep) return kept;
  return {
    ...kept,
    shape: kept.shape.filter((_, d) => !axes.includes(d)),
    axes: kept.axes.filter((_, d) => !axes.includes(d)),
  };
}

/** Zeros around one or two dimensions. */
export function pad(call: Call): View {
  const x = call.storedView();
  const { graph, name } = call;
  const mode = call.text('mode', 'constant');
  if (mode !== 'constant') call.refuse(`padding of mode ${mode}`, 'zeros', 'Pad with zeros.');
  const fill = call.constant(2)?.data[0] ?? call.float('value', 0);
  if (fill !== 0) call.refuse(`padding with ${fill}`, 'zeros', 'Pad with zeros.');
  const rank = x.shape.length;
  const axes = call.integers(3)?.map((axis) => call.dimension(axis, rank)) ?? everyDimension(x);
  const given = call.integers(1, 'pads') ?? call.ints('paddings') ?? [];
  if (given.length !== 2 * axes.length) damaged(call.where, `${given.length} paddings`, `${2 * axes.length}`);
  const sides = x.shape.map((_, d): readonly [number, number] => {
    const i = axes.indexOf(d);
    return i < 0 ? [0, 0] : [given[i]!, given[i + axes.length]!];
  });
  const wide = everyDimension(x).filter((d) => sides[d]!.some((side) => side !== 0));
  if (wide.length === 0) return x;
  if (sides.flat().some((side) => side < 0))
    call.refuse('a padding below 0', '0 or more', 'Slice in a layer of its own.');
  if (wide.length > 2) call.refuse('padding of three dimensions', 'one or two', 'Pad in two steps.');
  // Height and width of the operator are the padded dimensions, or those of an image.
  const spatial = rank >= 3 && wide.every((d) => d >= 2) ? everyDimension(x).slice(2) : wide;
  const rest = storedOrder(x).filter((d) => !spatial.includes(d));
  const groups = [...(spatial.length === 1 ? [[]] : []), ...spatial.map((d) => [d]), rest];
  if (groups.length !== 3) call.refuse('padding of many dimensions', 'height and width', 'Use two-dimensional layers.');
  const from = graph.arrange(x, groups, name);
  const shape = x.shape.map((size, d) => size + sides[d]![0] + sides[d]![1]);
  const of = (i: number): readonly [number, number] => (groups[i]!.length === 0 ? [0, 0] : sides[groups[i]![0]!]!);
  const pads = [...of(0), ...of(1)] as [number, number, number, number];
  const sizes = groups.map((group) => elements(group.map((d) => shape[d]!)));
  return graph.result(graph.op('pad', name, [from], sizes, { pads }), shape, groups, name);
}

/** Positions of the input that a resize to `output` values takes. */
type Positions = (output: number, input: number) => number[];

/** The rules of the graph's operator by its attributes. */
const RULES: readonly { readonly attributes: Attributes; readonly positions: Positions }[] = [
  { attributes: {}, positions: (n, size) => at(n, (i) => Math.floor((i * size) / n)) },
  { attributes: { halfPixelCenters: true }, positions: (n, size) => at(n, (i) => Math.floor(((i + 0.5) * size) / n)) },
  {
    attributes: { alignCorners: true },
    positions: (n, size) => at(n, (i) => (n > 1 ? Math.round((i * (size - 1)) / (n - 1)) : 0)),
  },
];

function at(count: number, position: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => position(i));
}

const ROUNDING: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
};

/** Largest height or width of the graph's operator. */
const MAX_SIZE = 65_535;

/** Nearest neighbours; any rule of ONNX that takes the same positions as one of the graph's. */
export function resize(call: Call): View {
  const x = call.storedView();
  const groups = channelsLast(call, x);
  const mode = call.text('mode', 'nearest');
  if (mode !== 'nearest') call.refuse(`mode ${mode}`, 'nearest', "Use mode='nearest'.");
  const upsample = call.operator === 'Upsample' || call.opset < 11;
  const scales = scalesOf(call, upsample);
  const sizes = upsample ? undefined : call.integers(3);
  const rank = x.shape.length;
  const shape = x.shape.map((size, d) => (sizes?.length ? (sizes[d] ?? 0) : Math.floor(size * (scales[d] ?? 1))));
  const good = shape.every((size) => Number.isInteger(size) && size >= 1 && size <= MAX_SIZE);
  if (!good || shape[1] !== x.shape[1] || shape[0] !== x.shape[0]) {
    call.refuse(
      `a resize of [${x.shape.join(', ')}] to [${shape.join(', ')}]`,
      'another height and width',
      'Resize height and width.',
    );
  }
  const input = everyDimension(x)
    .slice(2)
    .map((d) => x.shape[d]!);
  const output = everyDimension(x)
    .slice(2)
    .map((d) => shape[d]!);
  const wanted = output.map((n, i) =>
    positionsOf(call, upsample, n, input[i]!, sizes?.length ? undefined : scales[i + 2]),
  );
  const rule = RULES.find(({ positions }) =>
    wanted.every((list, i) => list.join() === positions(output[i]!, input[i]!).join()),
  );
  if (!rule) {
    return call.refuse('a rule of rounding without a kernel', 'asymmetric with floor', 'Use a whole factor.');
  }
  const size = (rank === 4 ? output : [1, ...output]) as [number, number];
  const from = call.graph.arrange(x, groups, call.name);
  const tensor = call.graph.op('resizeNearest', call.name, [from], [...size, x.shape[1]!], {
    ...rule.attributes,
    size,
  });
  return call.graph.result(tensor, shape, groups, call.name);
}

/** Factors of the dimensions: the second input of Upsample and of Resize in operator set 10, the third of later ones. */
function scalesOf(call: Call, upsample: boolean): readonly number[] {
  const input = upsample ? 1 : 2;
  return [...(call.inputs[input] ? call.constant(input)!.data : (call.floats('scales') ?? []))];
}

function positionsOf(
  call: Call,
  upsample: boolean,
  output: number,
  input: number,
  factor: number | undefined,
): number[] {
  const scale = factor ?? output / input;
  const coordinates = upsample ? 'asymmetric' : call.text('coordinate_transformation_mode', 'half_pixel');
  const transforms: Readonly<Record<string, (i: number) => number>> = {
    asymmetric: (i) => i / scale,
    half_pixel: (i) => (i + 0.5) / scale - 0.5,
    pytorch_half_pixel: (i) => (output > 1 ? (i + 0.5) / scale - 0.5 : 0),
    align_corners: (i) => (output > 1 ? (i * (input - 1)) / (output - 1) : 0),
  };
  const rounding = upsample ? 'floor' : call.text('nearest_mode', 'round_prefer_floor');
  if (!Object.hasOwn(transforms, coordinates) || !Object.hasOwn(ROUNDING, rounding)) {
    call.refuse(`${coordinates} and ${rounding}`, Object.keys(transforms).join(', '), 'Use a whole factor.');
  }
  const round = ROUNDING[rounding]!;
  return at(output, (i) => Math.max(0, Math.min(input - 1, round(transforms[coordinates]!(i)))));
}
