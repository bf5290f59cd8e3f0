import { show } from '../../../errors.js';
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
    const direction = call.text('direction', 'forward');
    const ways = Object.hasOwn(DIRECTIONS, direction)
      ? DIRECTIONS[direction]!
      : damaged(call.where, `direction ${show(direction)}`, 'forward');
    const [steps, , channels] = x.shape as [number, number, number];
    const gate = gateOf(call, kind, ways.length);
    requireDefaults(call, steps);
    const weights = weightsOf(call, kind, ways.length, channels);
    const units = weights[0]!.units;
    const from = graph.arrange(x, [[], [0], [2]], name);
    const rows = (of: number, count: number, begin: number, end: number, stride: number, part: string): number => {
      const slice = { begin: [0, begin, 0], end: [1, end, units], strides: [1, stride, 1] };
      return graph.op('stridedSlice', call.part(part), [of], [1, count, units], { slice });
    };
    const ends: number[] = [];
    const states = ways.map((backwards, way) => {
      const label = call.part(ways.length === 1 ? '' : backwards ? 'backward' : 'forward');
      const attributes = { gate, everyStep: true, ...(backwards && { backwards }) };
      const constants = [
        graph.constant(`${label}/weights`, [weights[way]!.rows, channels], weights[way]!.input),
        graph.constant(`${label}/bias`, [weights[way]!.rows], weights[way]!.bias),
        graph.constant(`${label}/recurrent`, [weights[way]!.rows, units], weights[way]!.fed),
      ];
      const all = graph.op(kind, label, [from, ...constants], [1, steps, units], attributes);
      ends.push(rows(all, 1, steps - 1, steps, 1, `${label}/last`));
      // The file has states in the order of time, whichever way a layer goes.
      return backwards ? rows(all, steps, steps - 1, -1, -1, `${label}/turned`) : all;
    });
    const joined = (parts: readonly number[], count: number, part: string): number => {
      if (parts.length === 1) return parts[0]!;
      return graph.op('concat', call.part(part), parts, [1, count, units * parts.length], { axis: 2 });
    };
    return [
      graph.result(joined(states, steps, 'states'), [steps, ways.length, 1, units], [[], [0], [1, 3]], name),
      graph.result(joined(ends, 1, 'ends'), [ways.length, 1, units], [[], [], [0, 2]], name),
    ];
  };
}

/** The curve of the gates; others are those of the standard. */
function gateOf(call: Call, kind: Kind, ways: number): 'sigmoid' | 'hardSigmoid' {
  const standard = LAYERS[kind].curves;
  const given = call.texts('activations') ?? Array.from({ length: ways }, () => standard).flat();
  const hard = given[0]?.toLowerCase() === 'hardsigmoid' && !call.floats('activation_alpha')?.length;
  const wanted = Array.from({ length: ways }, () => [hard ? 'HardSigmoid' : standard[0], ...standard.slice(1)]).flat();
  if (given.join().toLowerCase() === wanted.join().toLowerCase()) return hard ? 'hardSigmoid' : 'sigmoid';
  return call.refuse(`activations ${given.join(', ')}`, standard.join(', '), 'Use the activations of the standard.');
}

/** Refuses what the graph's layers do not do. */
function requireDefaults(call: Call, steps: number): void {
  const fix = 'Export the layer as it comes: with a state of 0, whole windows, no clipping.';
  if (call.int('layout', 0) !== 0) call.refuse('layout 1', 'time first', 'Export with opset_version=13.');
  if (call.float('clip', 0) !== 0) call.refuse('clipped gates', 'none', fix);
  if (call.int('input_forget', 0) !== 0) call.refuse('a coupled forget gate', 'one of its own', fix);
  if (call.int('linear_before_reset', 0) !== 0) {
    call.refuse(
      'a reset gate behind the weights',
      'linear_before_reset 0',
      'Use an LSTM, as PyTorch has no other GRU.',
    );
  }
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
function weightsOf(call: Call, kind: Kind, ways: number, channels: number): readonly Weights[] {
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
    const own = b && part(b, way * 2 * rows, 1);
    const fed = b && part(b, way * 2 * rows + rows, 1);
    return {
      rows,
      units,
      input: part(w, way * rows * channels, channels),
      fed: part(r, way * rows * units, units),
      bias: Float32Array.from({ length: rows }, (_, i) => (own && fed ? own[i]! + fed[i]! : 0)),
    };
  });
}
