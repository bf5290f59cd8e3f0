/** Our training steps on the nets of the bench, on made-up rows that stay the same. */
import { compiledStepper } from '../../src/learn/engine/step/step.js';
import { loadEngine } from '../../src/learn/index.js';
import { buildNetwork, type Network } from '../../src/learn/network/network.js';
import { seededRandom } from '../../src/learn/random.js';
import type { Stepper } from '../../src/learn/training/stepper.js';
import type { LayerNet, Net, RecurrentNet } from './nets.js';

export const BATCH = 32;
const LEARNING_RATE = 1e-3;

/** A function that runs one training step: forward, backward, Adam. */
export function ourStep(net: Net): Promise<() => Promise<unknown> | unknown> {
  return 'cell' in net ? recurrentStep(net) : layerStep(net);
}

async function layerStep(net: LayerNet): Promise<() => unknown> {
  const stepper = stepperOf(net);
  const { normal, below } = seededRandom(1, 'bench');
  stepper.input.forEach((_, i, all) => {
    all[i] = normal();
  });
  if (net.loss === 'squaredError') stepper.target.set(stepper.input);
  else for (let row = 0; row < BATCH; row++) stepper.target[row * net.outputs + below(net.outputs)] = 1;
  return () => stepper.train(BATCH, LEARNING_RATE);
}

function stepperOf(net: LayerNet): Stepper {
  const none = (): void => {};
  const task = {
    learner: 'bench',
    network: networkOf(net),
    loss: net.loss,
    input: none,
    target: none,
    train: Int32Array.of(),
    validation: Int32Array.of(),
  };
  return compiledStepper(task, { epochs: 1, batchSize: BATCH, learningRate: LEARNING_RATE });
}

function networkOf({ layers, input, outputs, loss }: LayerNet): Network {
  const network = buildNetwork(layers, input, outputs);
  if (loss === 'crossEntropy') return network;
  const ops = network.graph.ops.slice(0, -1);
  return { ...network, graph: { ...network.graph, ops, output: ops.at(-1)!.output } };
}

async function recurrentStep({ cell, units, time, channels, classes }: RecurrentNet): Promise<() => Promise<unknown>> {
  const core = await loadEngine();
  const { layers, sequential } = await import('@tensorflow/tfjs-layers');
  const { normal, below } = seededRandom(1, 'bench');
  const model = sequential({
    layers: [
      layers[cell]({ units, inputShape: [time, channels], recurrentInitializer: 'glorotUniform' }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: core.train.adam(LEARNING_RATE), loss: 'categoricalCrossentropy' });
  const x = core.tensor3d(Float32Array.from({ length: BATCH * time * channels }, normal), [BATCH, time, channels]);
  const y = core.oneHot(
    Array.from({ length: BATCH }, () => below(classes)),
    classes,
  );
  return () => model.trainOnBatch(x, y);
}
