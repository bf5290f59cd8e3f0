import type { Tensor } from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIVATIONS, instantiate, type LinearMemory, STACK_BYTES } from '../module.js';
import type { Engine } from '../tf.js';
import { bothBackends, expectClose, noise, on } from './testing/backends.js';

let tf: Engine;

beforeAll(async () => {
  tf = await bothBackends();
});

type Arguments = Parameters<typeof layers.layers.lstm>[0];

/** Result and gradients of all weights and the input, and how many tensors the result took. */
function run(kind: 'lstm' | 'gru', options: Partial<Arguments>, shape: readonly number[]): [Float32Array[], number] {
  let tensors = 0;
  const values = tf.tidy(() => {
    const layer = layers.layers[kind]({ units: 6, recurrentInitializer: 'zeros', ...options } as never);
    const x = tf.tensor(noise(shape, 'x'), shape as number[]);
    layer.apply(x);
    const size = (w: Tensor): Tensor => tf.mul(tf.tensor(noise(w.shape, `${w.shape}`), w.shape), 0.5);
    layer.setWeights(layer.getWeights().map(size));
    const read = layer.trainableWeights.map((w) => (w.read() as never as { name: string }).name);
    let result: Float32Array = new Float32Array(0);
    const loss = () => {
      const before = tf.engine().state.numTensors;
      const y = layer.apply(x, { training: true }) as Tensor;
      tensors = tf.engine().state.numTensors - before;
      result = y.dataSync() as Float32Array;
      return tf.sum(tf.mul(y, tf.tensor(noise(y.shape, 'dy'), y.shape))) as never;
    };
    const { grads } = tf.variableGrads(loss);
    const wide = tf.grad((z) => {
      const y = layer.apply(z, { training: true }) as Tensor;
      return tf.sum(tf.mul(y, tf.tensor(noise(y.shape, 'dy'), y.shape))) as never;
    })(x);
    layer.dispose();
    const all = [...read.map((name) => grads[name]!), wide];
    return [result, ...all.map((gradient) => gradient.dataSync() as Float32Array)];
  });
  return [values, tensors];
}

const OPTIONS: readonly Partial<Arguments>[] = [
  {},
  { recurrentActivation: 'sigmoid' },
  { returnSequences: true },
  { goBackwards: true, returnSequences: true },
  { useBias: false, units: 1 },
  { units: 8, activation: 'relu', recurrentActivation: 'sigmoid' },
  { units: 5, activation: 'linear', unitForgetBias: true },
  { units: 13, activation: 'sigmoid', returnSequences: true },
];

describe.each(['lstm', 'gru'] as const)('%s', (kind) => {
  it.each(OPTIONS)('equals the JavaScript backend, with %o', async (options) => {
    for (const shape of [
      [3, 7, 5],
      [8, 2, 4],
    ]) {
      const [actual, tensors] = await on(tf, 'wasm', () => run(kind, options, shape));
      const [expected] = await on(tf, 'cpu', () => run(kind, options, shape));
      expectClose(actual, expected, 1e-5);
      // Step by step it is a hundred.
      expect(tensors).toBeLessThan(20);
    }
  });

  it('goes its own way where there is dropout or states are asked for', () => {
    for (const one of [{ returnState: true }, { dropout: 0.1 }]) {
      tf.tidy(() => {
        const layer = layers.layers[kind]({ units: 3, recurrentInitializer: 'zeros', ...one } as never);
        const y = layer.apply(tf.ones([2, 4, 3]), { training: true });
        expect((Array.isArray(y) ? y : [y])[0]!.shape).toEqual([2, 3]);
        layer.dispose();
      });
    }
  });
});

it('has functions of activation to 1e-6', () => {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number }) => LinearMemory };
  };
  const memory = new WebAssembly.Memory({ initial: 32 });
  const kernels = instantiate(memory, 1024);
  const [at, gates, cells, hidden] = [512, 131072, 786432, 1310720] as const;
  const inputs = Float32Array.from(
    { length: 8192 },
    (_, i) => Math.sign(i - 4096) * 10 ** (Math.abs(i - 4096) / 680 - 5),
  );
  const [sequences, units] = [inputs.length / 4, 4];
  new Int32Array(memory.buffer, at, 5).set([sequences, 1, units, ACTIVATIONS.sigmoid, ACTIVATIONS.tanh]);
  const rows = new Float32Array(memory.buffer, gates, sequences * 4 * units);
  for (let s = 0; s < sequences; s++) {
    for (let gate = 0; gate < 4; gate++) rows.set(inputs.subarray(4 * s, 4 * s + 4), (4 * s + gate) * units);
  }
  kernels.lstm_forward(at, gates, 0, 0, cells, hidden);
  expect(STACK_BYTES).toBeLessThan(gates);
  inputs.forEach((x, i) => {
    const [s, u] = [Math.floor(i / 4), i % 4];
    const sigmoid = rows[4 * s * units + u]!;
    const tanh = rows[(4 * s + 2) * units + u]!;
    const [exactSigmoid, exactTanh] = [1 / (1 + Math.exp(-Math.max(x, -87))), Math.tanh(x)];
    expect(Math.abs(sigmoid - exactSigmoid), `sigmoid(${x})`).toBeLessThanOrEqual(1e-6 * exactSigmoid);
    expect(Math.abs(tanh - exactTanh), `tanh(${x})`).toBeLessThanOrEqual(1e-6 * Math.abs(exactTanh));
  });
});
