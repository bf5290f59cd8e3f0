import type { Graph } from '../../graph.js';
import type { OnnxReadOptions } from './read.js';

export type { OnnxReadOptions };

/**
 * Reads an ONNX model as a graph of the compiler, as PyTorch and others export it: operator sets 7 to 20, one input, one
 * output, a batch of 1 (a dynamic batch counts as 1), float32 or the QDQ form of int8.
 *
 * Channels come last in the graph: an input `[1, C, H, W]` becomes `[H, W, C]`, `[1, C, T]` becomes `[1, T, C]`, `[1, n]`
 * becomes `[n]`; so a window of the impulse goes in as it is. An output `[1, C, H, W]` comes as `[H, W, C]`, others as
 * ONNX orders them. A LogSoftmax at the end gives probabilities: a Softmax takes its place. Shapes that exporters compute
 * in the network are folded.
 *
 * Source: github.com/onnx/onnx, onnx/onnx.proto3 and docs/Operators.md. Files may come from anywhere: whatever is in them,
 * the result is a checked graph or an error. The reader is loaded with the first file.
 *
 * @throws `BAD_FILE` when the file is damaged or contradicts itself; `UNSUPPORTED` naming every operator and node that
 * stands in the way, with what would work instead
 * @example
 * ```ts
 * const network = await readOnnx(new Uint8Array(await readFile('kws.onnx')));
 * const scores = interpret(network, input);
 * ```
 */
export async function readOnnx(bytes: Uint8Array, options: OnnxReadOptions = {}): Promise<Graph> {
  const { networkOf } = await import('./read.js');
  return networkOf(bytes, options);
}
