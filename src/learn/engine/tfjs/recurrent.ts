import type { Tensor, Tensor2D, TensorInfo } from '@tensorflow/tfjs-core';
import { ACTIVATIONS, type TrainingKernels } from '../module.js';
import type { Engine } from '../tf.js';
import { type Device, deviceOf } from './device.js';
import { differentiable } from './differentiable.js';
import { interceptLayer, type LayerArguments, type Weight } from './layer.js';

interface RecurrentLayer {
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  readonly cell: {
    readonly units: number;
    readonly dropout: number;
    readonly recurrentDropout: number;
    readonly activation: { getClassName(): string };
    readonly recurrentActivation: { getClassName(): string };
    readonly kernel: Weight;
    readonly recurrentKernel: Weight;
    readonly bias: Weight | null;
  };
}

interface Family {
  readonly gates: number;
  readonly scratchBytes: TrainingKernels['lstm_scratch_bytes'];
  readonly forward: TrainingKernels['lstm_forward'];
  readonly backward: TrainingKernels['lstm_backward'];
}

/** Long short-term memory and gated recurrent units run whole sequences in one call, where nothing uncommon is asked. */
export function interceptRecurrent(tf: Engine): void {
  const intercept = (className: string, family: (kernels: TrainingKernels) => Family): void => {
    interceptLayer<RecurrentLayer>(tf, className, (layer, x, kwargs) => {
      if (!covers(layer, x, kwargs)) return undefined;
      const device = deviceOf(tf.backend());
      const ordered = layer.goBackwards ? tf.reverse(x, 1) : x;
      return recurrent(tf, device, family(device.kernels), layer, ordered);
    });
  };
  intercept('LSTM', (k) => {
    return { gates: 4, scratchBytes: k.lstm_scratch_bytes, forward: k.lstm_forward, backward: k.lstm_backward };
  });
  intercept('GRU', (k) => {
    return { gates: 3, scratchBytes: k.gru_scratch_bytes, forward: k.gru_forward, backward: k.gru_backward };
  });
}

function covers(layer: RecurrentLayer, x: Tensor, kwargs: LayerArguments): boolean {
  const { cell } = layer;
  const drops = kwargs.training === true && (cell.dropout > 0 || cell.recurrentDropout > 0);
  const given = kwargs.mask != null || kwargs.initialState != null;
  const uncommon = layer.returnState || layer.stateful || layer.unroll;
  const known = [cell.activation, cell.recurrentActivation].every((one) => one?.getClassName() in ACTIVATIONS);
  return known && !drops && !given && !uncommon && x.rank === 3 && x.dtype === 'float32' && x.size > 0;
}

function recurrent(tf: Engine, device: Device, family: Family, layer: RecurrentLayer, x: Tensor): Tensor {
  const { cell, returnSequences } = layer;
  const [batch, steps, features] = x.shape as [number, number, number];
  const { units } = cell;
  const wide = family.gates * units;
  const [kernel, recurrentKernel, bias] = [cell.kernel.read(), cell.recurrentKernel.read(), cell.bias?.read()];
  const activation = (one: { getClassName(): string }): number =>
    ACTIVATIONS[one.getClassName() as keyof typeof ACTIVATIONS];
  const words = [batch, steps, units, activation(cell.recurrentActivation), activation(cell.activation)];
  const tensor = (info: TensorInfo): Tensor => tf.engine().makeTensorFromTensorInfo(info);
  const rows = (y: Tensor, width: number): Tensor2D => tf.reshape(y, [batch * steps, width]);

  const forward = (save: (tensors: Tensor[]) => void): Tensor[] => {
    const gates = tf.matMul(rows(x, features), kernel as Tensor2D);
    // The other states kept for the way back: cells, or states behind the reset gate.
    const inner = tensor(device.output([batch, steps, units]));
    const hidden = tensor(device.output([batch, steps, units]));
    const at = device.describe(words);
    const pointers = [gates, recurrentKernel, bias, inner, hidden].map((one) => device.at(one));
    family.forward(at, ...(pointers as [number, number, number, number, number]));
    save([x, kernel, recurrentKernel, gates, inner, hidden]);
    if (returnSequences) return [hidden];
    return [tf.reshape(tf.slice(hidden, [0, steps - 1, 0], [batch, 1, units]), [batch, units])];
  };

  const backward = ([dy]: readonly Tensor[], saved: readonly Tensor[]): Record<string, () => Tensor> => {
    const [x, kernel, recurrentKernel, gates, inner, hidden] = saved as [Tensor, Tensor2D, ...Tensor[]];
    const dGates = tensor(device.output([batch * steps, wide])) as Tensor2D;
    const dRecurrent = tensor(device.output([units, wide]));
    const dBias = bias && tensor(device.output([wide]));
    const at = device.describe(words);
    const scratch = device.scratch(family.scratchBytes(at));
    const states = [gates, recurrentKernel, inner, hidden].map((one) => device.at(one));
    const gradients = [returnSequences ? dy : null, returnSequences ? null : dy, dGates, dRecurrent, dBias];
    const pointers = [...states, ...gradients.map((one) => device.at(one))];
    (family.backward as (...pointers: number[]) => void)(at, ...pointers, scratch);
    return {
      x: () => tf.reshape(tf.matMul(dGates, kernel, false, true), [batch, steps, features]),
      kernel: () => tf.matMul(rows(x, features), dGates, true, false),
      recurrentKernel: () => dRecurrent,
      ...(dBias && { bias: () => dBias }),
    };
  };
  const inputs = { x, kernel, recurrentKernel, ...(bias && { bias }) };
  return differentiable(tf, inputs, { forward, backward })[0]!;
}
