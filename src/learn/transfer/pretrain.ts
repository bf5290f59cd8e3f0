import type { FitOptions, FitReport } from '../../block.js';
import { type Graph, optimize, writeTflite } from '../../compile/index.js';
import { fail } from '../../errors.js';
import { float, int, type Options, resolve, value } from '../../params.js';
import { type Kind, type Spec, shapeOf, sizeOf } from '../../spec.js';
import { layer as checkedLayer, type Layer } from '../layers.js';
import { buildNetwork, type Network } from '../network/network.js';
import { presetLayers } from '../presets/presets.js';
import type { Random } from '../random.js';
import { checkRows } from '../rows.js';
import { takingRaw, unitOf } from '../standardise/unit.js';
import { splitRows } from '../training/split.js';
import { trainNetwork } from '../training/train.js';

const schema = {
  layers: value<'auto' | readonly Layer[]>(
    'auto',
    'Layers of the base; what the last of them gives are its features.',
    {
      check: (layers) => {
        if (layers === 'auto') return undefined;
        if (!Array.isArray(layers) || layers.length === 0) return "'auto' or a list of layers";
        layers.forEach(checkedLayer);
        return undefined;
      },
    },
  ),
  epochs: int(60, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.003, 'Step size of Adam at the start; it falls to 0 along a cosine.', { min: 1e-6, max: 1 }),
  batchSize: int(32, 'Windows per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.1, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  masks: int(3, 'Stretches that are hidden from the network in every window.', { min: 1, max: 100 }),
  maskShare: float(0.12, 'Length of each of them, as a share of the time steps or of the rows of an image.', {
    min: 0.001,
    max: 0.9,
  }),
};

/** Options of self-supervised training. */
export interface PretrainOptions
  extends Options<typeof schema>,
    Pick<FitOptions, 'seed' | 'signal' | 'onAbort' | 'onProgress' | 'onBatch' | 'checkpoint'> {}

/** A base for `transfer({ from })`. */
export interface PretrainedBase {
  /** The network with its decoder, which `transfer` takes away. */
  readonly graph: Graph;
  readonly report: FitReport;
  /** Its saved form: a .tflite file, which `transfer({ from })` takes too. */
  readonly tflite: () => Uint8Array;
}

/**
 * Trains a base on rows without labels: stretches of every row are hidden, and the network learns to give the whole row
 * (masked reconstruction, after Vincent et al., 2008, and He et al., 2022; here with a dense layer as the decoder).
 *
 * @param groups of each row: the recording it was cut from
 * @throws `BAD_OPTION`, `UNSUPPORTED` for flat features, `NO_DATA`, `BAD_DATA`, `SHAPE_MISMATCH`, `ABORTED`
 */
export async function pretrainRows(
  rows: readonly Float32Array[],
  groups: readonly string[],
  input: Spec<Kind>,
  options: PretrainOptions = {},
): Promise<PretrainedBase> {
  const { seed = 1, signal, onAbort, onProgress, onBatch, checkpoint, ...given } = options;
  const params = resolve('pretrain', schema, given);
  if (input.kind === 'features') {
    fail({
      code: 'UNSUPPORTED',
      where: 'pretrain',
      got: 'flat features',
      expected: 'spectrograms, signals or images, whose values are related to their neighbours',
      fix: 'Train a classifier on other labels and hand that to transfer({ from }).',
    });
  }
  const data = { features: rows, labels: new Int32Array(rows.length), classes: ['row'], groups };
  checkRows('pretrain', data, sizeOf(input));
  const split = splitRows(data, params.validationSplit, seed);
  const unit = unitOf(Array.from(split.train, (row) => rows[row]!));
  const standard = rows.map((row) => row.map((v) => (v - unit.mean) * unit.factor));
  const layers = params.layers === 'auto' ? presetLayers('auto', input.kind) : params.layers;
  const { graph, report } = await trainNetwork(
    {
      ...split,
      learner: 'pretrain',
      network: withoutSoftmax(buildNetwork(layers, input, sizeOf(input))),
      loss: 'squaredError',
      input: (row, out, random) => {
        out.set(standard[row]!);
        if (random) hide(out, input, params, random);
      },
      target: (row, out) => out.set(standard[row]!),
      origin: -unit.mean * unit.factor,
    },
    { ...params, seed, signal, onAbort, onProgress, onBatch, checkpoint },
  );
  const base = optimize(takingRaw(graph, unit));
  return { graph: base, report, tflite: () => writeTflite(base) };
}

/** Puts the mean in the place of some stretches of time, or rows of an image. */
function hide(
  out: Float32Array,
  input: Spec<Kind>,
  { masks, maskShare }: { readonly masks: number; readonly maskShare: number },
  random: Random,
): void {
  const [steps] = shapeOf(input) as [number];
  const size = out.length / steps;
  const length = Math.max(1, Math.round(maskShare * steps));
  for (let mask = 0; mask < masks; mask++) {
    const start = random.below(steps - length + 1);
    out.fill(0, start * size, (start + length) * size);
  }
}

function withoutSoftmax({ graph, ...rest }: Network): Network {
  const ops = graph.ops.slice(0, -1);
  return { ...rest, graph: { ...graph, ops, output: ops.at(-1)!.output } };
}
