import type { BlockState, PretrainedBlock } from '../../block.js';
import { optimize, readTflite, readTfliteLabels } from '../../compile/index.js';
import { FILE_SCHEMA, type FileInput, fileNetwork } from '../network/from-file.js';
import { graphFromState } from '../network/graph-state.js';

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
  (bytes: Uint8Array, options: TfliteOptions = {}): PretrainedBlock<FileInput> => {
    const { labels } = options;
    return fileNetwork('tflite', optimize(readTflite(bytes)), { labels: labels ?? readTfliteLabels(bytes) ?? [] });
  },
  {
    type: 'tflite',
    version: 1,
    schema: FILE_SCHEMA,
    /** A block from what a saved impulse holds of it. */
    restore: (params: Readonly<Record<string, unknown>>, { json, arrays }: BlockState): PretrainedBlock<FileInput> =>
      fileNetwork('tflite', graphFromState((json as Record<string, unknown> | null)?.network, arrays), params),
  },
);
