import { show } from '../../../errors.js';
import type { Attributes } from '../../graph.js';
import { type Call, isConstant } from './call.js';
import type { Constant } from './constant.js';
import { damaged } from './problem.js';
import type { View } from './view.js';

type Kind = 'lstm' | 'gru';

/** Which block of rows of the file comes where in the graph, and the curves of one direction. */
const LAYERS = {
  lstm: { rows: [0, 2, 3, 1], curves: ['Sigmoid', 'Tanh', 'Tanh'] },
  gru: { rows: [0, 1, 2], curves: ['Sigmoid', 'Tanh'] },
} as const;

/** For each direction of a layer whether it goes backwards. */
const DIRECTIONS: Readonly<Record<string, readonly boolean[]>> = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
};

/** LSTM or GRU over `[time, 1, channel]`: all states `[time, direction, 1, unit]`, and the last ones. */
export function recurrent(kind: Kind): (call: Call) => readonly View[] {
  return (call) => {
    const { graph, name } = call;
    const x = call.view();
    if (x.shape.length !== 3) damaged(call.where, `an input of ${x.shape.length} dimensions`, '3');
    const [steps, , channels] = x.shape as [number, number, number];
    requireDefaults(call, steps);
    const ways = waysOf(call);
    const resetAfter = kind === 'gru' && call.int('linear_before_reset', 0) !== 0;
    const weights = weightsOf(call, kind, ways.length, channels, resetAfter);
    const attributes = { gate: gateOf(call, kind, ways.length), everyStep: true, ...(resetAfter && { resetAfter }) };
    const from = graph.arrange(x, [[], [0], [2]], name);
    const layers = ways.map((backwards, way) => oneWay(call, kind, from, weights[way]!, { ...attributes, backwards }));
    const { units } = weights[0]!;
    const joined = (parts: readonly number[], count: number, part: string): number => {
      if (parts.length === 1) return parts[0]!;
      return graph.op('concat', call.part(part), parts, [1, count, units * parts.length], { axis: 2 });
    };
    const states = joined(
      layers.map((layer) => layer.states),
      steps,
      'states',
    );
    const last = joined(
      layers.map((layer) => layer.last),
      1,
      'last',
    );
    return [
      graph.result(states, [steps, ways.length, 1, units], [[], [0], [1, 3]], name),
      graph.result(last, [ways.length, 1, units], [[], [], [0, 2]], name),
    ];
  };
}

/** For each direction whether it goes backwards. */
function waysOf(call: Call): readonly boolean[] {
  const direction = call.text('direction', 'forward');
  if (Object.hasOwn(DIRECTIONS, direction)) return DIRECTIONS[direction]!;
  return damaged(call.where, `direction ${show(direction)}`, 'forward');
}

/** Appends a layer in one direction: `[1, time, unit]` and `[1, 1, unit]`. */
function oneWay(
  call: Call,
  kind: Kind,
  from: number,
  { rows, units, input, fed, bias }: Weights,
  { backwards, ...rest }: Attributes,
): { readonly states: number; readonly last: number } {
  const { graph } = call;
  const [, steps, channels] = graph.tensors[from]!.shape as [number, number, number];
  const label = call.part(backwards ? 'backward' : '');
  const constants = [
    graph.constant(`${label}/weights`, [rows, channels], input),
    graph.constant(`${label}/bias`, [bias.length], bias),
    graph.constant(`${label}/recurrent`, [rows, units], fed),
  ];
  const attributes = { ...rest, ...(backwards && { backwards }) };
  const all = graph.op(kind, label, [from, ...constants], [1, steps, units], attributes);
  const part = (suffix: string, count: number, end: number, stride: number): number => {
    const slice = { begin: [0, steps - 1, 0], end: [1, end, units], strides: [1, stride, 1] };
    return graph.op('stridedSlice', graph.nameFor(`${label}/${suffix}`), [all], [1, count, units], { slice });
  };
  // The file has states in the order of time, whichever way a layer goes.
  return { states: backwards ? part('turned', steps, -1, -1) : all, last: part('last', 1, steps, 1) };
}

/** The curve of the gates; others are those of the standard. */
function gateOf(call: Call, kind: Kind, ways: number): 'sigmoid' | 'hardSigmoid' {
  const standard = LAYERS[kind].curves;
  const given = call.texts('activations') ?? Array.from({ length: ways }, () => standard).flat();
  const hard = given[0]?.toLowerCase() === 'hardsigmoid' && !call.floats('activation_alpha')?.length;
  const wanted = Array.from({ length: ways }, () => [hard ? 'HardSigmoid' : standard[0], ...standard.slice(1)]).flat();
  if (given.join().toLowerCase() === wanted.join().toLowerCase()) return hard ? 'hardSigmoid' : 'sigmoid';
  return call.refuse(
    `activations ${show(given.join(', '))}`,
    standard.join(', '),
    'Use the activations of the standard.',
  );
}

/** Refuses what the graph's layers do not do. */
function requireDefaults(call: Call, steps: number): void {
  const fix = 'Export the layer as it comes: with a state of 0, whole windows, no clipping.';
  if (call.int('layout', 0) !== 0) call.refuse('layout 1', 'time first', 'Export with opset_version=13.');
  if (call.float('clip', 0) !== 0) call.refuse('clipped gates', 'none', fix);
  if (call.int('input_forget', 0) !== 0) call.refuse('a coupled forget gate', 'one of its own', fix);
  const states = call.inputs.slice(5);
  if (states.some((value) => value && !(isConstant(value) && value.data.every((v) => v === 0)))) {
    call.refuse('a state to begin with, or peepholes', 'a state of 0', fix);
  }
  const lengths = call.inputs[4];
  if (lengths && !(isConstant(lengths) && lengths.data.every((n) => n === steps))) {
    call.refuse('sequences of several lengths', `${steps} steps`, fix);
  }
}

interface Weights {
  readonly rows: number;
  readonly units: number;
  readonly input: Float32Array;
  readonly fed: Float32Array;
  readonly bias: Float32Array;
}

/** By direction, with the blocks of rows in the graph's order. */
function weightsOf(call: Call, kind: Kind, ways: number, channels: number, resetAfter: boolean): readonly Weights[] {
  const order = LAYERS[kind].rows;
  const [w, r, b] = [call.requiredConstant(1), call.requiredConstant(2), call.constant(3)];
  const units = r.shape[2] ?? 0;
  const rows = order.length * units;
  const good =
    units > 0 &&
    w.shape.join() === [ways, rows, channels].join() &&
    r.shape.join() === [ways, rows, units].join() &&
    (!b || b.shape.join() === [ways, 2 * rows].join());
  if (!good)
    damaged(call.where, `weights [${w.shape.join(', ')}]`, `[${ways}, ${rows}, ${channels}] and what belongs to it`);
  /** Some values per row of one direction. */
  const part = ({ data }: Constant, from: number, perRow: number): Float32Array => {
    const block = units * perRow;
    return Float32Array.from({ length: rows * perRow }, (_, i) => {
      return data[from + order[Math.floor(i / block)]! * block + (i % block)]!;
    });
  };
  return Array.from({ length: ways }, (_, way) => {
    const own = b ? part(b, way * 2 * rows, 1) : new Float32Array(rows);
    const fed = b ? part(b, way * 2 * rows + rows, 1) : new Float32Array(rows);
    // The candidate's recurrent bias stays apart where the reset gate works on it.
    const shared = resetAfter ? rows - units : rows;
    const sums = own.map((value, i) => (i < shared ? value + fed[i]! : value));
    return {
      rows,
      units,
      input: part(w, way * rows * channels, channels),
      fed: part(r, way * rows * units, units),
      bias: Float32Array.of(...sums, ...fed.subarray(shared)),
    };
  });
}
