import type { LayersModel } from '@tensorflow/tfjs-layers';
import { seededRandom } from '../random.js';
import type { ExpertTf } from './load.js';

type ModelLayer = LayersModel['layers'][number];

interface Initializer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Which option of a layer says how a weight starts, by the end of the weight's name. */
const OPTIONS: readonly (readonly [string, string])[] = [
  ['depthwise_kernel', 'depthwiseInitializer'],
  ['pointwise_kernel', 'pointwiseInitializer'],
  ['kernel', 'kernelInitializer'],
  ['bias', 'biasInitializer'],
  ['gamma', 'gammaInitializer'],
  ['beta', 'betaInitializer'],
];

const CONSTANTS: Readonly<Record<string, number>> = { Zeros: 0, Ones: 1 };

/**
 * Draws the starting weights of a model anew, by the model's own initialisers with seeds of ours where the caller gave
 * none, so that the same seed gives the same model. A model that comes with weights keeps them: one in which a bias or
 * another weight that starts at 0 or 1 has another value.
 */
export function seedWeights(tf: ExpertTf, model: LayersModel, seed: number): void {
  const layers = layersOf(model);
  if (layers.some(hasMoved)) return;
  const random = seededRandom(seed, 'weights');
  for (const layer of layers) {
    const drawn = initializersOf(layer).map((initializer, i) => {
      const own = 1 + (random.bits() >>> 1);
      const weight = layer.getWeights()[i]!;
      const make = initializer && isUnseeded(initializer) ? makerOf(tf, initializer.className) : undefined;
      return make ? make({ ...initializer!.config, seed: own } as never).apply(weight.shape) : weight;
    });
    if (drawn.length === 0) continue;
    const old = new Set(layer.getWeights());
    layer.setWeights(drawn);
    for (const tensor of drawn) if (!old.has(tensor)) tensor.dispose();
  }
}

/** Layers that drop values, to be given a seed for every step; those that the caller seeded are left alone. */
export function droppingLayers(model: LayersModel): { seed?: number }[] {
  return layersOf(model).filter(
    (layer) => layer.getClassName() === 'Dropout' && (layer.getConfig().seed ?? null) === null,
  ) as unknown as { seed?: number }[];
}

function layersOf(model: LayersModel): ModelLayer[] {
  return model.layers.flatMap((layer) => ('layers' in layer ? layersOf(layer as unknown as LayersModel) : [layer]));
}

/** How each weight of a layer starts, where that is known. */
function initializersOf(layer: ModelLayer): (Initializer | undefined)[] {
  const config = layer.getConfig();
  return layer.weights.map(({ originalName }) => {
    const part = originalName.split('/').at(-1)!;
    const option = OPTIONS.find(([name]) => part === name)?.[1];
    return option === undefined ? undefined : (config[option] as unknown as Initializer | undefined);
  });
}

function hasMoved(layer: ModelLayer): boolean {
  const values = layer.getWeights();
  return initializersOf(layer).some((initializer, i) => {
    const constant = initializer && CONSTANTS[initializer.className];
    return constant !== undefined && values[i]!.dataSync().some((v) => v !== constant);
  });
}

function isUnseeded({ config }: Initializer): boolean {
  return (config.seed ?? null) === null;
}

function makerOf(tf: ExpertTf, className: string) {
  const { initializers: i } = tf;
  return {
    VarianceScaling: i.varianceScaling,
    RandomUniform: i.randomUniform,
    RandomNormal: i.randomNormal,
    TruncatedNormal: i.truncatedNormal,
  }[className];
}
