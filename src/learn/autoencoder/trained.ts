import type { BlockState, TrainedBlock } from '../../block.js';
import { addWork } from '../../cost.js';
import type { CppStage } from '../../cpp.js';
import { fail } from '../../errors.js';
import { detectionScore } from '../../metrics/index.js';
import { type Spec, sizeOf } from '../../spec.js';
import { type NetworkKind, networkBlock, reviveNetwork, type TrainedNetwork } from '../network/trained.js';
import type { FeatureScale } from '../standardise/feature-scale.js';
import header from './autoencoder.h.js';

/** Machine code of `Autoencoder::run`, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { autoencoder: 80 };
const FLOPS_PER_FEATURE = 5;

const f32 = Math.fround;
const FARTHEST = f32(1e30);

/** The network inside: it gives back its standardised features, and its labels are the normal classes. */
const KIND: NetworkKind = {
  type: 'autoencoder',
  answers: 'anomaly',
  output: ({ graph }) => {
    const { shape } = graph.tensors[graph.output]!;
    return { kind: 'features', axes: shape.map((size) => ({ name: 'feature', size })) };
  },
  score: ({ labels }, scores, truth, options) => detectionScore(labels, scores, truth, options),
};

/** A network that gives back its standardised features, with all that is known of it. */
export interface TrainedAutoencoder extends TrainedNetwork {
  readonly scale: FeatureScale;
}

/** The block that scores by the network's error. */
export function autoencoderBlock(network: TrainedAutoencoder, input: Spec): TrainedBlock {
  return scoring(networkBlock(KIND, network, input), network.scale);
}

/**
 * Revives a saved block; what is saved may come from anywhere.
 *
 * @throws `BAD_FILE`
 */
export function reviveAutoencoder(state: BlockState, input: Spec): TrainedBlock {
  const network = reviveNetwork(KIND, state, input);
  const { mean, inverseScale } = network.state.arrays;
  if (
    !(mean instanceof Float32Array && inverseScale instanceof Float32Array) ||
    sizeOf(network.output) !== mean.length
  ) {
    fail({
      code: 'BAD_FILE',
      where: 'autoencoder',
      got: 'a saved network without scales, or with other outputs than inputs',
      expected: `${sizeOf(input)} standardised features in and out`,
      fix: 'Save the impulse again.',
    });
  }
  return scoring(network, { mean, inverseScale });
}

/** Turns a block that gives back its features into one that gives their distance from what went in. */
function scoring(network: TrainedBlock, scale: FeatureScale): TrainedBlock {
  const { tflite: _, quantize, ...block } = network;
  const copy = new Float32Array(sizeOf(network.output));
  return {
    ...block,
    labels: [],
    output: { kind: 'scores', axes: [{ name: 'anomaly', size: 1 }] },
    run: (x, out) => {
      network.run(x, copy);
      out[0] = meanSquaredError(scale, x, copy);
    },
    work: addWork(network.work, { flop: FLOPS_PER_FEATURE * copy.length }),
    cpp: scoringStage(network.cpp, copy.length),
    ...(quantize && { quantize: (features, signal) => scoring(quantize(features, signal), scale) }),
  };
}

/** Twin of `Autoencoder::run`, behind the network. */
function meanSquaredError({ mean, inverseScale }: FeatureScale, x: Float32Array, copy: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < copy.length; i++) {
    const error = f32(f32(f32(x[i]! - mean[i]!) * inverseScale[i]!) - copy[i]!);
    sum = f32(sum + f32(error * error));
  }
  return sum < FARTHEST ? f32(sum * f32(1 / copy.length)) : FARTHEST;
}

function scoringStage(network: CppStage, features: number): CppStage {
  const behind = Math.ceil(features / 4) * 16;
  return {
    headers: [header, ...network.headers],
    scratchBytes: behind + network.scratchBytes,
    constBytes: network.constBytes,
    codeBytes: { ...network.codeBytes, ...CODE_BYTES },
    emit: (name, optimize) => {
      const { declaration, definition } = network.emit(`${name}Copy`, optimize);
      // The scale is that of the standardisation in front of the network.
      const type = `impulsekit::learn::Autoencoder<${name}CopyScaleTraits, ${name}Copy, ${behind}>`;
      return { declaration: `${declaration}\ntypedef ${type} ${name};`, definition };
    },
  };
}
