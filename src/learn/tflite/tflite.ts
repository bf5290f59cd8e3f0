import type { BlockState, PretrainedBlock, TrainedBlock } from '../../block.js';
import { type Graph, optimize, readTflite, readTfliteLabels } from '../../compile/index.js';
import { fail, show } from '../../errors.js';
import { resolve, value } from '../../params.js';
import { type Kind, type Spec, shapeOf, sizeOf } from '../../spec.js';
import { classNetwork } from '../network/classes.js';
import { graphFromState } from '../network/graph-state.js';
import { networkBlock, reviveNetwork } from '../network/trained.js';

const schema = {
  labels: value<readonly string[]>([], 'Names of the outputs, in their order; by default those in the file.', {
    check: checkLabels,
  }),
};

const KIND = classNetwork('tflite');

type TfliteInput = 'signal' | 'spectrogram' | 'features' | 'image';

export interface TfliteOptions {
  /** Names of the outputs, in their order; by default those that `toTflite` put into the file. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * A classifier from a TensorFlow Lite model: already trained, so `impulse({...})` with it deploys and estimates at once.
 *
 * `features | spectrogram | signal | image -> scores [class C]`. Features go into the model's input in their order
 * (row-major, as `[height, width, channel]`); float32 models take them as they are, int8 models store them with the
 * scale of the input. Scores are the model's outputs as float32: probabilities when it ends in a softmax. `fit` keeps
 * the network and only takes note of the data. A float32 model can be quantised like one of our own.
 *
 * @throws `BAD_FILE`, `UNSUPPORTED` naming operator and layer (see `readTflite`); `SHAPE_MISMATCH` when the number of
 * labels is not the number of outputs, and from `impulse` when the features are not as many as the model's inputs
 * @example
 * ```ts
 * const keyword = impulse({
 *   input: audio({ rateHz: 16_000, windowMs: 1000 }),
 *   dsp: mfcc(),
 *   learn: tflite(await readFile('kws.tflite'), { labels: ['no', 'yes'] }),
 * });
 * await write(keyword.deploy(cppLibrary({ name: 'keyword' })), 'out');
 * ```
 */
export const tflite = Object.assign(
  (bytes: Uint8Array, options: TfliteOptions = {}): PretrainedBlock<TfliteInput> => {
    const { labels } = options;
    return make(optimize(readTflite(bytes)), { labels: labels ?? readTfliteLabels(bytes) ?? [] });
  },
  {
    type: 'tflite',
    version: 1,
    schema,
    /** A block from what a saved impulse holds of it. */
    restore: (params: Readonly<Record<string, unknown>>, { json, arrays }: BlockState): PretrainedBlock<TfliteInput> =>
      make(graphFromState((json as Record<string, unknown> | null)?.network, arrays), params),
  },
);

function make(graph: Graph, options: Readonly<Record<string, unknown>>): PretrainedBlock<TfliteInput> {
  const params = resolve('tflite', schema, options);
  const { labels } = params;
  checkOutputs(graph, labels);
  const trained = (input: Spec): TrainedBlock => {
    checkInputs(graph, input);
    return networkBlock(KIND, { graph, labels, report: {} }, input);
  };
  return {
    role: 'learn',
    type: 'tflite',
    version: 1,
    params,
    schema,
    trained,
    fit: async (_data, input) => trained(input),
    sketch: (input) => trained(input),
    revive: (state, input) => reviveNetwork(KIND, state, input),
    with: (changes) => make(graph, { ...params, ...changes }),
  };
}

/** Number of values of a shape. */
function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function checkLabels(labels: readonly string[]): string | undefined {
  const good = Array.isArray(labels) && labels.every((label) => typeof label === 'string' && label !== '');
  return good && new Set(labels).size === labels.length ? undefined : 'a list of different names';
}

function checkOutputs(graph: Graph, labels: readonly string[]): void {
  const { name, shape } = graph.tensors[graph.output]!;
  if (labels.length === size(shape)) return;
  fail({
    code: 'SHAPE_MISMATCH',
    where: 'tflite.labels',
    got: `${labels.length} labels for output ${show(name)} of shape [${shape.join(', ')}]`,
    expected: `${size(shape)} labels`,
    fix: 'Name every output of the model, in the order it was trained with.',
  });
}

function checkInputs(graph: Graph, input: Spec<Kind>): void {
  const { name, shape } = graph.tensors[graph.input]!;
  if (sizeOf(input) === size(shape)) return;
  fail({
    code: 'SHAPE_MISMATCH',
    where: 'tflite',
    got: `${sizeOf(input)} features (${input.kind} of ${shapeOf(input).join(' x ')})`,
    expected: `${size(shape)} for input ${show(name)} of shape [${shape.join(', ')}]`,
    fix: 'Set window and processing block as they were when the model was trained.',
  });
}
