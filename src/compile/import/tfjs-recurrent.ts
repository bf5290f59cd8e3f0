import { show } from '../../errors.js';
import type { Attributes } from '../graph.js';
import type { Call, Config, Conversion, GraphWriter } from './conversion.js';
import { transposed } from './transposed.js';

type Kind = 'lstm' | 'gru';
const KINDS: Readonly<Record<string, Kind>> = { LSTM: 'lstm', GRU: 'gru' };

/** A layer that goes through a sequence in one direction. */
function layer(to: GraphWriter, call: Call, kind: Kind, shape: readonly number[]): number {
  const { name, config, inputs, weights } = call;
  if (inputs.length > 1) call.refuse('a state to begin with', 'a state that begins at 0');
  for (const option of ['stateful', 'returnState'] as const) {
    if (config[option]) call.refuse(option, 'one output that begins anew with every window');
  }
  if (config.activation !== 'tanh') call.refuse(`activation ${show(config.activation)}`, 'tanh');
  const gate = config.recurrentActivation;
  if (gate !== 'sigmoid' && gate !== 'hardSigmoid') {
    call.refuse(`recurrentActivation ${show(gate)}`, 'sigmoid or hardSigmoid');
  }
  const [kernel, back, bias] = weights as [Call['weights'][number], Call['weights'][number], Call['weights'][number]?];
  const [channels, rows] = kernel.shape as [number, number];
  const units = back.shape[0]!;
  const constants = [
    to.constant(`${name}/weights`, [rows, channels], transposed(kernel.data, channels, rows)),
    to.constant(`${name}/bias`, [rows], bias?.data.slice() ?? new Float32Array(rows)),
    to.constant(`${name}/recurrent`, [rows, units], transposed(back.data, units, rows)),
  ];
  const attributes: Attributes = {
    gate,
    ...(config.returnSequences === true && { everyStep: true }),
    ...(config.goBackwards === true && { backwards: true }),
  };
  return to.op(name, kind, [inputs[0]!, ...constants], shape, attributes);
}

const oneWay: Conversion = (to, call) => layer(to, call, KINDS[call.type]!, call.shape);

const MERGED = { concat: 'concat', sum: 'add', mul: 'mul' } as const;

/** A layer in both directions; what comes last in time is last in the sequences of both. */
const bothWays: Conversion = (to, call) => {
  const { name, config, weights, shape } = call;
  const { className, config: inner } = config.layer as { readonly className: string; readonly config: Config };
  const kind = Object.hasOwn(KINDS, className)
    ? KINDS[className]!
    : call.refuse(`a layer of type ${className}`, 'LSTM or GRU');
  const { mergeMode } = config;
  const known = Object.hasOwn(MERGED, String(mergeMode));
  if (!known) call.refuse(`mergeMode ${show(mergeMode)}`, Object.keys(MERGED).join(', '));
  const merge = MERGED[mergeMode as keyof typeof MERGED];
  const half = merge === 'concat' ? shape.with(-1, shape.at(-1)! / 2) : shape;
  const middle = weights.length / 2;
  const way = (label: string, own: Call['weights'], goBackwards: boolean): number =>
    layer(to, { ...call, name: `${name}/${label}`, weights: own, config: { ...inner, goBackwards } }, kind, half);
  const forward = way('forward', weights.slice(0, middle), inner.goBackwards === true);
  const backward = way('backward', weights.slice(middle), inner.goBackwards !== true);
  const turned = inner.returnSequences === true ? reversed(to, name, backward) : backward;
  return to.op(name, merge, [forward, turned], shape, merge === 'concat' ? { axis: shape.length - 1 } : {});
};

/** A sequence from its last step to its first. */
function reversed(to: GraphWriter, name: string, x: number): number {
  const [, steps, units] = to.shapeOf(x) as [number, number, number];
  const slice = { begin: [0, steps - 1, 0], end: [1, -1, units], strides: [1, -1, 1] };
  return to.op(`${name}/reversed`, 'stridedSlice', [x], [1, steps, units], { slice });
}

/** Layers that keep a state. */
export const RECURRENT: Readonly<Record<string, Conversion>> = { LSTM: oneWay, GRU: oneWay, Bidirectional: bothWays };
