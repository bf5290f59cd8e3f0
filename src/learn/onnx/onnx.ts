import type { BlockState, PretrainedBlock } from '../../block.js';
import { type OnnxReadOptions, optimize, readOnnx } from '../../compile/index.js';
import { FILE_SCHEMA, type FileInput, fileNetwork } from '../network/from-file.js';
import { graphFromState } from '../network/graph-state.js';

export interface OnnxOptions extends OnnxReadOptions {
  /** Names of the outputs, in their order. */
  readonly labels: readonly string[];
}

/**
 * A classifier from an ONNX model, as PyTorch exports it: already trained, so `impulse({...})` with it deploys and
 * estimates at once. The reader is loaded when this is first called, hence the promise.
 *
 * `features | spectrogram | signal | image -> scores [class C]`. Features go into the model's input in their order with
 * channels last: an input `[1, C, H, W]` takes `[height, width, channel]`, `[1, C, T]` takes `[time, channel]`. Scores are
 * the model's outputs as float32: probabilities when it ends in a Softmax or LogSoftmax. `fit` keeps the network. A
 * float32 model can be quantised like one of our own; a model in the QDQ form is int8 already, with its own scales.
 *
 * @throws `BAD_FILE`, `UNSUPPORTED` naming operators and nodes (see `readOnnx`); `SHAPE_MISMATCH` when the number of
 * labels is not the number of outputs, and from `impulse` when the features are not as many as the model's inputs
 * @example
 * ```ts
 * const keyword = impulse({
 *   input: audio({ rateHz: 16_000, windowMs: 1000 }),
 *   dsp: mfcc(),
 *   learn: await onnx(await readFile('kws.onnx'), { labels: ['no', 'yes'] }),
 * });
 * const int8 = await keyword.quantize(recordings);
 * await write(int8.deploy(cppLibrary({ name: 'keyword' })), 'out');
 * ```
 */
export const onnx = Object.assign(
  async (bytes: Uint8Array, { labels, channels }: OnnxOptions): Promise<PretrainedBlock<FileInput>> =>
    fileNetwork('onnx', optimize(await readOnnx(bytes, { channels })), { labels }),
  {
    type: 'onnx',
    version: 1,
    schema: FILE_SCHEMA,
    /** A block from what a saved impulse holds of it. */
    restore: (params: Readonly<Record<string, unknown>>, { json, arrays }: BlockState): PretrainedBlock<FileInput> =>
      fileNetwork('onnx', graphFromState((json as Record<string, unknown> | null)?.network, arrays), params),
  },
);
